"""The command line as people type it: results on stdout, one clear line for each mistake."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gateway.record.database import database_path
from gateway.record.journal import Journal
from seawall import __version__, wire
from tests.gateway.live import write_policy
from tests.gateway.record.making import make_entry
from tests.gateway.records import fresh_record
from tests.gateway.shell import Seawall, run


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str]) -> Seawall:
    return Seawall(capsys)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    fresh_record(folder)
    return folder


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write_policy(tmp_path / "policy")


def test_the_version_is_one_line_on_stdout(seawall: Seawall) -> None:
    assert seawall("--version") == (0, f"seawall {__version__}\n", "")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "keys",
        "keys new",
        "keys new --tenant t",
        "keys new --tenant t --name n --role king",
        "keys revoke",
        "keys list --yaml",
        "journal",
        "journal verify --head",
        "policy",
        "judge a b",
        "serve --listn x:1",
    ],
)
def test_misuse_is_status_2_with_the_usage_on_stderr(seawall: Seawall, line: str) -> None:
    status, out, err = seawall(*line.split())
    assert (status, out) == (2, "")
    assert err.startswith("usage: seawall")


@pytest.mark.parametrize("line", ["", "serve", "keys new", "journal export", "policy check"])
def test_help_is_on_stdout(seawall: Seawall, line: str) -> None:
    status, out, err = seawall(*line.split(), "--help")
    assert (status, err) == (0, "")
    assert out.startswith("usage: seawall")


def test_keys_are_made_listed_and_revoked(seawall: Seawall, tmp_path: Path) -> None:
    data = str(tmp_path / "made here")
    status, out, err = seawall("keys", "new", "--tenant", "t", "--name", "chat-1", "--data", data)
    assert (status, err) == (0, "")
    key = out.removesuffix("\n")
    assert key.startswith("sw_")
    assert key.isascii()
    assert "\n" not in key
    more = ("--role", "moderator", "--name", "Ola", "--data", data)
    assert seawall("keys", "new", "--tenant", "t", *more)[0] == 0
    status, out, _ = seawall("keys", "list", "--data", data)
    assert status == 0
    heading, first, second = out.splitlines()
    assert heading.split() == ["id", "tenant", "role", "name", "created", "expires", "revoked"]
    assert first.split()[1:4] == ["t", "server", "chat-1"]
    assert second.split()[1:4] == ["t", "moderator", "Ola"]
    assert key not in out
    status, out, err = seawall("keys", "revoke", "chat-1", "--data", data)
    assert (status, out) == (0, "")
    assert err.startswith("revoked k_")
    assert "(t, server, chat-1)" in err
    _, out, _ = seawall("keys", "list", "--json", "--data", data)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["name"] for row in rows] == ["chat-1", "Ola"]
    assert rows[0]["revoked"] >= rows[0]["created"]
    assert rows[1]["revoked"] is None
    assert key not in out
    assert key.encode() not in database_path(Path(data)).read_bytes()


async def record(data: Path, count: int) -> None:
    journal = Journal(data)
    await journal.start()
    for number in range(1, count + 1):
        await journal.record(make_entry(number), 5.0)
    await journal.stop()


async def test_the_journal_is_verified_and_exported(seawall: Seawall, tmp_path: Path) -> None:
    data = tmp_path / "data"
    fresh_record(data)
    await record(data, 5)
    status, out, err = seawall("journal", "verify", "--data", str(data))
    assert (status, err) == (0, "")
    head, last = out.splitlines()
    assert last.startswith("whole: 5 rows in 1 chain")
    assert head.startswith("head ")
    published = head.removeprefix("head ")
    assert seawall("journal", "verify", "--data", str(data), "--head", published)[0] == 0
    status, out, _ = seawall("journal", "verify", "--json", "--data", str(data))
    assert status == 0
    assert json.loads(out)["rows"] == 5


async def test_a_journal_that_was_changed_is_status_1_with_the_place(
    seawall: Seawall, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    fresh_record(data)
    await record(data, 5)
    with closing(sqlite3.connect(database_path(data))) as database:
        database.execute("UPDATE journal SET action = 'allow' WHERE seq = 3")
        database.commit()
    status, out, _ = seawall("journal", "verify", "--data", str(data))
    assert status == 1
    assert "BROKEN at chain " in out
    assert ", row 3: " in out
    status, out, _ = seawall("journal", "verify", "--json", "--data", str(data))
    assert status == 1
    assert json.loads(out)["broken"]["seq"] == 3


async def test_the_export_is_json_lines_and_a_count(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fresh_record(data)
    await record(data, 3)
    done = run("journal", "export", "--data", str(data))
    assert (done.returncode, done.stderr) == (0, "3 rows\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3]


def test_a_head_that_is_none_is_told(seawall: Seawall, migrated: Path) -> None:
    status, _, err = seawall("journal", "verify", "--data", str(migrated), "--head", "x:y")
    assert status == 1
    assert err.startswith("seawall: --head: ")
    assert "WRITER:SEQ:HASH" in err
    missing = f"w:7:{'0' * 64}"
    status, out, _ = seawall("journal", "verify", "--data", str(migrated), "--head", missing)
    assert status == 1
    assert "BROKEN" in out


@pytest.mark.parametrize("line", ["keys list", "keys revoke x", "journal verify", "journal export"])
def test_a_folder_without_a_record_is_told_and_not_made(
    seawall: Seawall, tmp_path: Path, line: str
) -> None:
    data = tmp_path / "nothing"
    status, out, err = seawall(*line.split(), "--data", str(data))
    assert (status, out) == (1, "")
    assert err == f"seawall: {data}: holds no record (seawall.db)\n"
    assert not data.exists()


@pytest.mark.parametrize(
    "line",
    [
        "keys list",
        "keys revoke x",
        "keys new --tenant t --name n",
        "journal verify",
        "journal export",
    ],
)
def test_a_database_that_is_none_is_told(seawall: Seawall, tmp_path: Path, line: str) -> None:
    database_path(tmp_path).write_bytes(b"this is no database" * 100)
    status, out, err = seawall(*line.split(), "--data", str(tmp_path))
    assert status == 1
    told = err or out
    assert "not a database" in told
    assert told.count("\n") == 1


def test_a_data_folder_that_is_a_file_is_told(seawall: Seawall, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    status, _, err = seawall("keys", "new", "--tenant", "t", "--name", "n", "--data", str(file))
    assert status == 1
    assert "cannot be used as the data folder" in err
    assert err.count("\n") == 1


def test_the_shipped_policy_is_checked_and_explained(seawall: Seawall) -> None:
    status, out, err = seawall("policy", "check")
    assert (status, err) == (0, "")
    assert out.startswith("default ")
    assert "rules" in out
    status, out, err = seawall("policy", "explain")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) > 50


def test_a_rule_is_explained_and_an_unknown_one_told(seawall: Seawall, policy: Path) -> None:
    status, out, _ = seawall("policy", "explain", "block-spam", "--policy", str(policy))
    assert status == 0
    assert "block" in out
    assert "lexicon.spam" in out
    status, out, err = seawall("policy", "explain", "block-spm", "--policy", str(policy))
    assert (status, out) == (1, "")
    assert "'block-spm'; did you mean 'block-spam'?" in err


def test_a_broken_policy_is_told_with_file_line_and_suggestion(
    seawall: Seawall, tmp_path: Path
) -> None:
    rules = (
        "- {rule: one, category: spam, when: lexicon.spam, then: block}\n"
        "- {rule: two, category: spam, when: lexicon.spam, then: blok}\n"
        "- {rule: three, category: spma, when: lexicon.spam, then: block}\n"
    )
    folder = str(write_policy(tmp_path / "policy", rules=rules))
    status, out, err = seawall("policy", "check", "--policy", folder)
    assert status == 1
    first, second = [line for line in out.splitlines() if not line.startswith("warning: ")]
    assert first.startswith("rules.yaml:2: ")
    assert "did you mean 'block'?" in first
    assert second.startswith("rules.yaml:3: ")
    assert err == "2 problems; this policy would not go live\n"
    for line, refused in (("policy explain", 1), ("judge", 2)):
        status, out, err = seawall(*line.split(), "--policy", folder)
        assert (status, out) == (refused, "")
        assert "rules.yaml:2: " in err


@pytest.mark.parametrize(
    ("line", "refused"), [("policy check", 1), ("policy explain", 1), ("judge", 2)]
)
def test_a_policy_or_tenant_file_that_is_missing_is_named(
    seawall: Seawall, policy: Path, tmp_path: Path, line: str, refused: int
) -> None:
    status, out, err = seawall(*line.split(), "--policy", str(tmp_path / "nofolder"))
    assert status == refused
    assert "nofolder" in out + err
    tenant = ("--policy", str(policy), "--tenant-file", str(tmp_path / "notenant.yaml"))
    status, out, err = seawall(*line.split(), *tenant)
    assert status == refused
    assert "notenant.yaml" in out + err


def test_judge_reads_a_file_or_standard_input(policy: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "a blockword"}\n{"text": "hello"}\n', encoding="utf-8")
    done = run("judge", str(file), "--policy", str(policy))
    assert done.returncode == 0
    verdicts = [msgspec.json.decode(line, type=wire.Verdict) for line in done.stdout.splitlines()]
    assert [verdict.action for verdict in verdicts] == ["block", "allow"]
    assert done.stderr.startswith("judged 2 messages")
    piped = subprocess.run(
        [sys.executable, "-m", "seawall", "judge", "-", "--policy", str(policy)],
        input=file.read_bytes(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert piped.stdout.decode() == done.stdout


def test_judge_of_nothing_is_status_2(
    seawall: Seawall, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, out, err = seawall("judge", "--policy", str(policy))
    assert (status, out) == (2, "")
    assert err.startswith("judged 0 messages")


def test_a_file_to_judge_that_is_missing_is_told(
    seawall: Seawall, policy: Path, tmp_path: Path
) -> None:
    status, out, err = seawall("judge", str(tmp_path / "nowhere.jsonl"), "--policy", str(policy))
    assert (status, out) == (2, "")
    assert err == f"seawall: {tmp_path / 'nowhere.jsonl'}: No such file or directory\n"


def test_a_model_to_ask_that_there_is_not_is_told(seawall: Seawall, policy: Path) -> None:
    status, out, err = seawall("judge", "--policy", str(policy), "--models", "linaer")
    assert (status, out) == (2, "")
    assert err == "seawall: models: there is no text model 'linaer'; did you mean 'linear'?\n"


@pytest.mark.parametrize("line", ["judge FILE 2", "judge FILE 20000", "policy explain"])
def test_a_reader_that_has_seen_enough_is_no_error(policy: Path, tmp_path: Path, line: str) -> None:
    verb, _, rows = line.partition(" FILE ")
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "hello"}\n' * int(rows or 0), encoding="utf-8")
    arguments = [*verb.split(), *([str(file)] if rows else [])]
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-m", "seawall", *arguments, "--policy", str(policy)],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, "")
