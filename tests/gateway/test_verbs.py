"""The verbs about the record, as people type them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.record.database import database_path
from gateway.record.journal import Journal
from tests.gateway.record.making import make_entry
from tests.gateway.records import fresh_record
from tests.gateway.shell import Seawall, run


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str]) -> Seawall:
    return Seawall(capsys)


async def record(data: Path, count: int) -> None:
    journal = Journal(data)
    await journal.start()
    for number in range(1, count + 1):
        await journal.record(make_entry(number), 5.0)
    await journal.stop()


def test_a_key_is_rotated_with_a_grace(seawall: Seawall, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    _, old, _ = seawall("keys", "new", "--tenant", "t", "--name", "chat-1", *data)
    status, new, err = seawall("keys", "rotate", "chat-1", "--grace", "30m", *data)
    assert status == 0
    assert new.startswith("sw_")
    assert new != old
    assert "(t, server, chat-1); k_" in err
    assert " works until " in err
    _, out, _ = seawall("keys", "list", "--json", *data)
    first, second = (json.loads(line) for line in out.splitlines())
    assert (first["name"], second["name"]) == ("chat-1", "chat-1")
    assert 1700 < first["expires"] - second["created"] <= 1800
    assert second["expires"] is None
    assert seawall("keys", "rotate", "chat-1", *data)[2].startswith("seawall: several keys")


def test_a_key_may_have_an_end(seawall: Seawall, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    new = ("keys", "new", "--tenant", "t", "--name", "n", *data)
    assert seawall(*new, "--expires", "7d")[0] == 0
    (row,) = seawall("keys", "list", "--json", *data)[1].splitlines()
    key = json.loads(row)
    assert key["expires"] - key["created"] == pytest.approx(7 * 86_400)
    for wrong in ("7", "d", "-1d", "7w", "1e3s", "٣d"):
        assert seawall(*new, f"--expires={wrong}")[0] == 2
    assert seawall(*new, "--expires", "0s")[0] == 1


def test_the_record_is_where_the_settings_say(
    seawall: Seawall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (tmp_path / f"{name}.db" for name in ("one", "two", "three"))
    config = tmp_path / "seawall.toml"
    config.write_text(f'data = "{tmp_path}/data"\ndatabase = "sqlite://{one}"\n', encoding="utf-8")
    new = ("keys", "new", "--tenant", "t", "--name", "n", "--config", str(config))
    assert seawall(*new)[0] == 0
    assert one.exists()
    monkeypatch.setenv("SEAWALL_DATABASE", f"sqlite://{two}")
    assert seawall(*new)[0] == 0
    assert two.exists()
    assert seawall(*new, "--database", f"sqlite://{three}")[0] == 0
    assert three.exists()
    assert not (tmp_path / "data" / "seawall.db").exists()
    status, _, err = seawall("keys", "list", "--database", "mysql://u:hunter22@h/x")
    assert (status, err.count("\n")) == (1, 1)
    assert "hunter22" not in err


async def test_heads_are_listed_as_verify_takes_them(seawall: Seawall, tmp_path: Path) -> None:
    data = tmp_path / "data"
    fresh_record(data)
    await record(data, 3)
    with closing(sqlite3.connect(database_path(data))) as database:
        (writer, last) = database.execute(
            "SELECT substr(key, 6), value FROM meta WHERE key LIKE 'head:%'"
        ).fetchone()
        seq, _, digest = last.partition(":")
        head = (writer, int(seq), bytes.fromhex(digest), 5.0)
        database.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", head)
        database.commit()
    out = await asyncio.to_thread(run, "journal", "heads", "--data", str(data))
    assert out.returncode == 0
    listed = [line.split()[0] for line in out.stdout.splitlines()]
    assert f"{writer}:{last}" in listed
    heads = [part for one in listed for part in ("--head", one)]
    assert seawall("journal", "verify", "--data", str(data), *heads)[0] == 0
    status, _, err = await asyncio.to_thread(seawall, "journal", "heads", "--limit", "0")
    assert (status, err) == (1, "seawall: --limit: want a number from 1\n")


async def test_a_person_is_exported_kept_and_erased(seawall: Seawall, tmp_path: Path) -> None:
    data = tmp_path / "data"
    fresh_record(data)
    await record(data, 7)
    person = ("--tenant", "acme", "--user", "user-3", "--data", str(data))
    status, out, _ = seawall("subject", "export", *person)
    assert status == 0
    assert "text 3" in out
    assert json.loads(out)
    assert seawall("subject", "hold", *person) == (0, "held: 1 pieces of evidence\n", "")
    status, out, err = seawall("subject", "erase", *person)
    assert (status, err) == (1, "1 pieces of evidence are kept: legal hold\n")
    assert seawall("subject", "release", *person)[0] == 0
    status, out, err = seawall("subject", "erase", *person, "--by", "dpo")
    assert (status, err) == (0, "")
    assert out.startswith("erased: 1 pieces of evidence, ")
    assert "text 3" not in seawall("subject", "export", *person)[1]
    assert seawall("journal", "verify", "--data", str(data))[0] == 0
    both = ("--tenant", "t", "--user", "u", "--message", "m")
    assert seawall("subject", "hold", *both)[0] == 2
    assert seawall("subject", "hold", "--tenant", "t")[0] == 2
