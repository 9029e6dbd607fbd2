"""Where a chain ends is published while it grows, and whoever edits the journal is found by it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from gateway.record.chain import Head
from gateway.record.headfile import HEADS_FILE, Published, note_head, noted_heads
from gateway.record.heads import Heads
from gateway.record.journal import Journal
from gateway.record.verify import verify
from gateway.record.where import Where
from tests.gateway.record.making import change, eventually, make_entry, query


async def grown(where: Where) -> Journal:
    """Let a journal publish several heads, and end."""
    journal = Journal(where, heads_s=0.02)
    await journal.start()
    for number in range(1, 7):
        await journal.record(make_entry(number), 5.0)
        await eventually(lambda: journal.spilled == 0)
        seen = number
        await eventually(lambda seen=seen: len(noted_heads(where.data)) >= seen)  # type: ignore[misc]
    await journal.stop()
    return journal


async def test_heads_are_published_as_the_chain_moves(where: Where) -> None:
    journal = await grown(where)
    with closing(Heads(where)) as heads:
        recent = await heads.recent(3)
        everything = await heads.recent(100)
    assert [head.seq for head in recent] == [6, 5, 4]
    assert {head.writer for head in everything} == {journal.writer}
    assert recent[0].head() == journal.head
    noted = [each for _, each in noted_heads(where.data)]
    assert noted == sorted(everything, key=lambda head: head.seq)
    assert verify(where).whole


@pytest.mark.parametrize("kept", [3, 0])
async def test_a_tail_cut_off_with_the_databases_heads_is_missed_by_the_file(
    where: Where, kept: int
) -> None:
    journal = await grown(where)
    change(where, "DELETE FROM journal WHERE seq > ?", kept)
    change(where, "DELETE FROM meta WHERE substr(key, 1, 5) = 'head:'")
    change(where, "DELETE FROM heads")
    broken = verify(where).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (journal.writer, kept + 1)
    assert HEADS_FILE in broken.why


async def test_a_tail_cut_off_with_the_file_is_missed_by_the_database(where: Where) -> None:
    journal = await grown(where)
    (where.data / HEADS_FILE).unlink()
    change(where, "DELETE FROM journal WHERE seq > 3")
    change(where, "DELETE FROM meta WHERE substr(key, 1, 5) = 'head:'")
    broken = verify(where).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (journal.writer, 4)
    assert "the database's heads" in broken.why


async def test_an_edited_row_is_found_where_it_is(where: Where) -> None:
    journal = await grown(where)
    change(where, "UPDATE journal SET action = 'allow' WHERE seq = 4")
    broken = verify(where).broken
    assert broken is not None
    assert (broken.writer, broken.seq, "edited" in broken.why) == (journal.writer, 4, True)


async def test_an_edited_head_is_found_where_it_is(where: Where) -> None:
    journal = await grown(where)
    change(where, "UPDATE heads SET hash = ? WHERE seq = 5", bytes(32))
    broken = verify(where).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (journal.writer, 5)
    assert "the database's heads" in broken.why


async def test_an_edited_line_of_the_file_is_found(where: Where) -> None:
    journal = await grown(where)
    path = where.data / HEADS_FILE
    whole = path.read_bytes()
    third = whole.split(b"\n")[2]
    other = Published(journal.writer, 3, "ab" * 32, 1.0)
    note_head(path.parent, other)
    broken = verify(where).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (journal.writer, 3)
    assert "line 7" in broken.why
    path.write_bytes(whole.replace(third, third[:40]))
    broken = verify(where).broken
    assert broken is not None
    assert "line 3 is no head" in broken.why


async def test_a_truncated_database_file_is_unreadable_not_whole(data: Path) -> None:
    await grown(Where.of(data))
    query(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = data / "seawall.db"
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    broken = verify(data).broken
    assert broken is not None
    assert "unreadable" in broken.why


def test_a_line_torn_by_a_crash_is_no_break_and_is_cut_off(tmp_path: Path) -> None:
    first, second = (Published("w", n, "ab" * 32, float(n)) for n in (1, 2))
    note_head(tmp_path, first)
    with (tmp_path / HEADS_FILE).open("ab") as file:
        file.write(b'{"writer": "w", "se')
    assert noted_heads(tmp_path) == [(1, first)]
    note_head(tmp_path, second)
    assert noted_heads(tmp_path) == [(1, first), (2, second)]
    assert noted_heads(tmp_path / "nowhere") == []


def test_a_head_is_a_row_and_a_hash() -> None:
    assert Published("w", 1, "ab" * 32, 0.0).head() == Head(1, b"\xab" * 32)
    for seq, digest in ((0, "ab" * 32), (1, "ab"), (1, "zz" * 32)):
        with pytest.raises(ValueError):  # noqa: PT011  (any message: the caller words it)
            Published("w", seq, digest, 0.0).head()
