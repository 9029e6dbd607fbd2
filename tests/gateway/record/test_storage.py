"""A batch is in the database whole or not at all, and nobody else may continue its chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.record import storage
from gateway.record.chain import Head
from gateway.record.entry import CommandEnd, CommandRow, Entry, Evidence, HoldRow
from gateway.record.ledger import Ledger
from gateway.record.secret import Pseudonyms
from gateway.record.storage import SqliteStore
from seawall.actions import Action, Target
from seawall.errors import OurFault, RecordUnavailable
from tests.gateway.record.making import make_entry, query

WRITER = "w" * 32
NAMES = Pseudonyms(b"s" * 32)


@pytest.fixture
def store(data: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(data / "seawall.db")) as it:
        yield it


def ledger(head: Head | None = None, n: int = 0) -> Ledger:
    return Ledger(WRITER, head or Head(), n, NAMES)


def put(store: SqliteStore, book: Ledger, *entries: Entry) -> None:
    batch = book.batch([(book.n + place, each) for place, each in enumerate(entries, 1)])
    store.commit(batch)
    book.settled(batch)


def test_a_chain_goes_on_where_it_ended(data: Path, store: SqliteStore) -> None:
    assert store.last(WRITER) == (Head(), 0)
    book = ledger()
    put(store, book, make_entry(1), make_entry(2))
    with closing(SqliteStore(data / "seawall.db")) as again:
        assert again.last(WRITER) == (book.head, 2)
        assert again.last("another") == (Head(), 0)


def test_every_commit_is_durable(store: SqliteStore) -> None:
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_writer_on_one_chain_is_refused(data: Path, store: SqliteStore) -> None:
    first, second = ledger(), ledger()
    put(store, first, make_entry(1))
    with closing(SqliteStore(data / "seawall.db")) as other:
        with pytest.raises(OurFault, match="another writer"):
            put(other, second, make_entry(2))
        resumed = ledger(*other.last(WRITER))
        put(other, resumed, make_entry(3))
    with pytest.raises(OurFault, match="another writer"):
        put(store, first, make_entry(4))
    assert query(data, "SELECT event FROM journal ORDER BY seq") == [("m1",), ("m3",)]


def test_a_batch_is_there_whole_or_not_at_all(data: Path, store: SqliteStore) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    batch = book.batch([(2, make_entry(2)), (3, make_entry(3))])
    batch.journal[1] = batch.journal[0]
    with pytest.raises(OurFault):
        store.commit(batch)
    assert query(data, "SELECT seq FROM journal") == [(1,)]
    assert query(data, "SELECT id FROM evidence") == [("m1",)]
    put(store, book, make_entry(2))
    assert query(data, "SELECT max(seq) FROM journal") == [(2,)]


def test_of_two_decisions_on_one_message_the_first_evidence_and_hold_stay(
    data: Path, store: SqliteStore
) -> None:
    book = ledger()
    put(store, book, make_entry(1, evidence=Evidence("a"), hold=HoldRow("a", 9.0)))
    put(store, book, make_entry(1, evidence=Evidence("b"), hold=HoldRow("b", 10.0)))
    assert query(data, "SELECT count(*) FROM journal") == [(2,)]
    assert query(data, "SELECT text FROM evidence") == [("a",)]
    assert query(data, "SELECT text, expires FROM holds") == [("a", 9.0)]


def test_the_first_end_of_a_command_counts(data: Path, store: SqliteStore) -> None:
    book = ledger()
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    put(store, book, make_entry(1, commands=(CommandRow("c1", 1, mute, 130.0),)))
    assert query(data, "SELECT outcome FROM commands") == [(None,)]
    put(store, book, make_entry(2, tenant="other", ends=(CommandEnd("c1", "done", "them"),)))
    assert query(data, "SELECT outcome FROM commands") == [(None,)]
    put(store, book, make_entry(3, at=7.0, ends=(CommandEnd("c1", "done", "us"),)))
    put(store, book, make_entry(4, at=8.0, ends=(CommandEnd("c1", "failed", "late"),)))
    ended = query(data, 'SELECT outcome, "by", ended FROM commands')
    assert ended == [("done", "us", 7.0)]


def test_evidence_goes_when_its_time_is_up_unless_the_law_keeps_it(
    data: Path, store: SqliteStore
) -> None:
    book = ledger()
    for number, kept in enumerate((10.0, 20.0, 20.0, 99.0), 1):
        held = Evidence("text", keep_s=kept, legal_hold=number == 3)
        put(store, book, make_entry(number, at=0.0, evidence=held))
    assert store.purge(20.0, limit=1) == 1
    assert store.purge(20.0, limit=9) == 1
    assert store.purge(20.0, limit=9) == 0
    assert query(data, "SELECT id FROM evidence ORDER BY id") == [("m3",), ("m4",)]
    assert query(data, "SELECT count(*) FROM journal") == [(4,)]


def test_strange_text_is_stored_as_it_was(data: Path, store: SqliteStore) -> None:
    strange = "null \0 byte, \U0001f600, \u202e and '; DROP TABLE journal; --"
    put(store, ledger(), make_entry(1, room=strange, evidence=Evidence(strange)))
    assert query(data, "SELECT j.room, e.text FROM journal j, evidence e") == [(strange, strange)]


def test_a_locked_database_is_said_to_be_unavailable(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "BUSY_S", 0.05)
    with (
        closing(SqliteStore(data / "seawall.db")) as store,
        closing(sqlite3.connect(data / "seawall.db")) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        book = ledger()
        with pytest.raises(RecordUnavailable, match="locked"):
            put(store, book, make_entry(1))
        with pytest.raises(RecordUnavailable, match="locked"):
            store.purge(0.0, 1)
        other.execute("ROLLBACK")
        put(store, book, make_entry(1))


def test_where_no_database_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable, match="unable to open"):
        SqliteStore(tmp_path / "seawall.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_said_to_be_unavailable(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "seawall.db").close()
    with (
        closing(SqliteStore(tmp_path / "seawall.db")) as store,
        pytest.raises(RecordUnavailable, match="no such table"),
    ):
        store.last(WRITER)
