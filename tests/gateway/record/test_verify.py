"""Whatever is done to the journal behind our back is found, with its place."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gateway.record.chain import FIELDS, GENESIS, Head
from gateway.record.ledger import Ledger
from gateway.record.seal import Content, Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.storage import open_store
from gateway.record.verify import export, parse_head, verify
from seawall.errors import ConfigError
from tests.gateway.record.making import change, make_entry, query

ANN, BOB = "a" * 32, "b" * 32


@pytest.fixture
def heads(data: Path) -> dict[str, Head]:
    """Write two chains of five rows, and return their published heads."""
    published: dict[str, Head] = {}
    store = open_store(data)
    for writer in (ANN, BOB):
        ledger = Ledger(writer, Head(), 0, Pseudonyms(load_secret(data)), Seal(load_secret(data)))
        entries = [make_entry(n, tenant=f"tenant {writer[0]}") for n in range(1, 6)]
        store.commit(batch := ledger.batch(list(enumerate(entries, 1))))
        published[writer] = batch.head
    store.close()
    return published


def test_an_untouched_journal_is_whole(data: Path, heads: dict[str, Head]) -> None:
    report = verify(data, heads)
    assert report.whole
    assert (report.rows, report.evidence) == (10, 10)
    told = {writer: (head.seq, head.hash.hex()) for writer, head in heads.items()}
    assert report.heads == told


def test_an_empty_journal_is_whole(data: Path) -> None:
    assert verify(data) == verify(data, {})
    assert (verify(data).whole, verify(data).rows) == (True, 0)


EDITS: dict[str, object] = dict.fromkeys(FIELDS, "x")
EDITS |= {"form": 2, "seq": 9, "n": 77, "rev": 1, "count": 2}
EDITS |= {"at": 1.5, "score": 0.91, "ms_total": 1.2500000000000002}
EDITS |= {"prev": b"p" * 32, "hash": b"h" * 32, "actions": '[{"kind":"mute"}]'}


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_of_any_column_is_found_where_it_is(
    data: Path, heads: dict[str, Head], column: str
) -> None:
    change(
        data,
        f'UPDATE journal SET "{column}" = ? WHERE writer = ? AND seq = 3',
        EDITS[column],
        BOB,
    )
    broken = verify(data).broken
    assert broken is not None
    place = (broken.writer, broken.seq)
    assert place == {"seq": (BOB, 4), "writer": (BOB, 4)}.get(column, (BOB, 3))


def test_a_type_no_column_has_is_found_too(data: Path, heads: dict[str, Head]) -> None:
    change(data, "UPDATE journal SET n = 'many' WHERE writer = ? AND seq = 3", ANN)
    broken = verify(data).broken
    assert broken is not None
    assert "unreadable" in broken.why


@pytest.mark.parametrize("seq", [1, 3])
def test_a_deleted_row_is_missed(data: Path, heads: dict[str, Head], seq: int) -> None:
    change(data, "DELETE FROM journal WHERE writer = ? AND seq = ?", ANN, seq)
    broken = verify(data).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, seq + 1)
    assert "missing" in broken.why


def test_a_chain_cut_at_its_end_is_missed(data: Path, heads: dict[str, Head]) -> None:
    change(data, "DELETE FROM journal WHERE writer = ? AND seq > 3", ANN)
    broken = verify(data).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, 4)
    assert "went on to 5" in broken.why


def test_a_chain_cut_together_with_its_head_is_missed_by_the_published_one(
    data: Path, heads: dict[str, Head]
) -> None:
    change(data, "DELETE FROM journal WHERE writer = ?", ANN)
    change(data, "DELETE FROM meta WHERE key = ?", f"head:{ANN}")
    left_over = verify(data).broken
    assert left_over is not None
    assert "the evidence of 'm1' rev 0 is of no row" in left_over.why
    change(data, "DELETE FROM evidence WHERE tenant = 'tenant a'")
    assert verify(data).whole
    broken = verify(data, heads).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, 1)


def test_a_chain_written_anew_is_not_the_published_one(data: Path, heads: dict[str, Head]) -> None:
    change(data, "DELETE FROM journal WHERE writer = ?", ANN)
    change(data, "DELETE FROM evidence")
    store = open_store(data)
    ledger = Ledger(ANN, Head(), 0, Pseudonyms(load_secret(data)), Seal(load_secret(data)))
    store.commit(ledger.batch([(n, make_entry(n, action="allow")) for n in range(1, 6)]))
    store.close()
    assert verify(data).whole
    broken = verify(data, heads).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, 5)
    assert "published head" in broken.why


def test_a_journal_that_grew_since_its_head_was_published_is_whole(
    data: Path, heads: dict[str, Head]
) -> None:
    store = open_store(data)
    head, n = store.last(ANN)
    ledger = Ledger(ANN, head, n, Pseudonyms(load_secret(data)), Seal(load_secret(data)))
    store.commit(ledger.batch([(6, make_entry(6))]))
    store.close()
    assert verify(data, heads).whole


def test_two_rows_that_changed_places_are_found(data: Path, heads: dict[str, Head]) -> None:
    for old, new in ((2, 90), (3, 2), (90, 3)):
        change(data, "UPDATE journal SET seq = ? WHERE writer = ? AND seq = ?", new, ANN, old)
    broken = verify(data).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, 2)


def test_edited_evidence_is_found(data: Path, heads: dict[str, Head]) -> None:
    harmless = Seal(load_secret(data)).seal(Content("harmless"), ("tenant a", "m3", 0))
    edit = "UPDATE evidence SET sealed = ? WHERE tenant = 'tenant a' AND id = 'm3'"
    change(data, edit, harmless)
    broken = verify(data).broken
    assert broken is not None
    assert (broken.writer, broken.seq) == (ANN, 3)
    assert "evidence of 'm3'" in broken.why


def test_evidence_of_nothing_is_found(data: Path, heads: dict[str, Head]) -> None:
    change(data, "UPDATE evidence SET id = 'zzz' WHERE tenant = 'tenant b' AND id = 'm5'")
    broken = verify(data).broken
    assert broken is not None
    assert "evidence of 'zzz'" in broken.why


def test_erased_evidence_leaves_the_chain_whole(data: Path, heads: dict[str, Head]) -> None:
    change(data, "DELETE FROM evidence WHERE tenant = 'tenant a'")
    report = verify(data, heads)
    assert (report.whole, report.rows, report.evidence) == (True, 10, 5)


def test_a_damaged_file_is_reported_not_raised(data: Path, heads: dict[str, Head]) -> None:
    query(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = data / "seawall.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    broken = verify(data).broken
    assert broken is not None
    assert "unreadable" in broken.why


def test_where_no_record_is_nothing_is_whole(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no record"):
        verify(tmp_path)
    with pytest.raises(ConfigError, match="no record"):
        export(tmp_path, io.BytesIO())


def test_the_export_is_the_journal_line_by_line(data: Path, heads: dict[str, Head]) -> None:
    out = io.BytesIO()
    assert export(data, out) == 10
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["writer"], line["seq"]) for line in lines] == [
        (writer, seq) for writer in (ANN, BOB) for seq in range(1, 6)
    ]
    assert list(lines[0]) == [*FIELDS, "prev", "hash"]
    assert lines[0]["prev"] == GENESIS.hex()
    assert lines[4]["hash"] == heads[ANN].hash.hex()
    assert "text 1" not in out.getvalue().decode()


def test_a_head_is_read_as_it_is_published() -> None:
    assert parse_head(f"{ANN}:5:{'ab' * 32}") == (ANN, Head(5, b"\xab" * 32))


@pytest.mark.parametrize(
    "text", ["", "a:b", "a:1:zz", ":1:" + "ab" * 32, "a:1:abab", "a:-1:" + "ab" * 32]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a head"):
        parse_head(text)
