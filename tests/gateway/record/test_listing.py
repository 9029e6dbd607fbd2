"""Keys and verification as people and scripts read them; a key itself is never shown."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.record.database import database_path
from gateway.record.headfile import HEADS_FILE
from gateway.record.journal import Journal
from gateway.record.keys import keys_new, keys_revoke
from gateway.record.listing import (
    print_erasure,
    print_keys,
    print_legal_hold,
    print_subject,
    print_verification,
)
from seawall.errors import ConfigError
from tests.gateway.record.making import make_entry

Captured = pytest.CaptureFixture[str]


def test_no_keys_are_a_heading_or_nothing(data: Path, capsys: Captured) -> None:
    assert print_keys(data, as_json=False) == 0
    assert capsys.readouterr().out.split() == [
        "id",
        "tenant",
        "role",
        "name",
        "created",
        "expires",
        "revoked",
    ]
    assert print_keys(data, as_json=True) == 0
    assert capsys.readouterr().out == ""


def test_keys_stand_in_a_table_oldest_first(data: Path, capsys: Captured) -> None:
    made = [keys_new(data, "t", "server", "one"), keys_new(data, "t", "admin", "two words")]
    revoked = keys_revoke(data, "one")
    assert print_keys(data, as_json=False) == 0
    out, err = capsys.readouterr()
    heading, first, second = out.splitlines()
    assert first.startswith(revoked.id)
    assert len(first.split()) == 8  # created and revoked, each a day and a time
    assert "two words" in second
    assert len(second) < len(heading) + 20
    assert err == ""
    assert not any(key in out for key in made)


def test_columns_stand_under_each_other_for_a_long_name_too(data: Path, capsys: Captured) -> None:
    keys_new(data, "t" * 30, "server", "n" * 128)
    print_keys(data, as_json=False)
    assert f"{'t' * 30} server" in capsys.readouterr().out


def test_as_json_each_key_is_a_line(data: Path, capsys: Captured) -> None:
    made = keys_new(data, "t", "moderator", 'quoted "name"')
    print_keys(data, as_json=True)
    out = capsys.readouterr().out
    row = json.loads(out)
    assert set(row) == {"id", "tenant", "role", "name", "created", "expires", "revoked"}
    assert (row["tenant"], row["role"], row["name"]) == ("t", "moderator", 'quoted "name"')
    assert row["revoked"] is None
    assert made not in out


async def write(data: Path, count: int) -> str:
    """Record entries; return the head as `--head` wants it."""
    journal = Journal(data)
    await journal.start()
    for number in range(1, count + 1):
        await journal.record(make_entry(number), 5.0)
    await journal.stop()
    return f"{journal.writer}:{journal.head.seq}:{journal.head.hash.hex()}"


async def test_a_whole_journal_shows_its_heads(data: Path, capsys: Captured) -> None:
    head = await write(data, 3)
    assert print_verification(data, [head], as_json=False) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"head {head}"
    assert out.splitlines()[1].startswith("whole: 3 rows in 1 chain, ")
    assert err == ""


async def test_a_broken_journal_shows_where(data: Path, capsys: Captured) -> None:
    head = await write(data, 3)
    with closing(sqlite3.connect(database_path(data))) as database:
        database.execute("DELETE FROM journal WHERE seq = 2")
        database.commit()
    assert print_verification(data, [], as_json=False) == 1
    out = capsys.readouterr().out
    writer = head.partition(":")[0]
    assert f"BROKEN at chain {writer}, row " in out
    assert print_verification(data, [], as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["broken"]["writer"] == writer
    assert report["broken"]["why"]


async def test_a_journal_cut_short_is_found_by_a_published_head(
    data: Path, capsys: Captured
) -> None:
    head = await write(data, 3)
    with closing(sqlite3.connect(database_path(data))) as database:
        database.execute("DELETE FROM journal")
        database.execute("DELETE FROM evidence")
        database.execute("DELETE FROM meta")
        database.commit()
    assert print_verification(data, [], as_json=False) == 1
    assert HEADS_FILE in capsys.readouterr().out
    (data / HEADS_FILE).unlink()
    with closing(sqlite3.connect(database_path(data))) as database:
        database.execute("DELETE FROM heads")
        database.commit()
    assert print_verification(data, [], as_json=False) == 0
    capsys.readouterr()
    assert print_verification(data, [head], as_json=False) == 1
    assert "BROKEN" in capsys.readouterr().out


@pytest.mark.parametrize("head", ["", "w", "w:1", "w:one:00", "w:1:zz", ":::", "w:1:00:00"])
def test_a_head_that_is_none_is_told(data: Path, head: str) -> None:
    with pytest.raises(ConfigError, match="WRITER:SEQ:HASH"):
        print_verification(data, [head], as_json=False)


async def test_a_person_is_shown_erased_and_kept_for_the_law(data: Path, capsys: Captured) -> None:
    await write(data, 8)
    assert print_subject(data, "acme", "user-1") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["event"] for row in shown["journal"]] == ["m1", "m8"]
    assert print_legal_hold(data, "acme", event="m8", on=True, by="counsel") == 0
    assert print_erasure(data, "acme", "user-1", "dpo") == 1
    out, err = capsys.readouterr()
    assert "erased: 1 pieces of evidence" in out
    assert "1 pieces of evidence are kept: legal hold" in err
    assert print_legal_hold(data, "acme", event="m8", on=False, by="counsel") == 0
    assert print_erasure(data, "acme", "user-1", "dpo") == 0
    assert print_legal_hold(data, "acme", user="user-1", on=True, by="counsel") == 1
    assert print_verification(data, [], as_json=False) == 0
