"""Trouble with a SQLite file is said to be trouble, and is over when it is over."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from gateway.record import filestore
from gateway.record.chain import Head
from gateway.record.entry import Entry
from gateway.record.filestore import SqliteStore
from gateway.record.ledger import Ledger
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from seawall.errors import OurFault, RecordUnavailable
from tests.gateway.record.making import make_entry, query

WRITER = "w" * 32
NAMES, SEAL = Pseudonyms(b"s" * 32), Seal(b"s" * 32)


@pytest.fixture
def file(data: Path) -> Path:
    return data / "seawall.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(file)) as it:
        yield it


def ledger(writer: str = WRITER) -> Ledger:
    return Ledger(writer, Head(), 0, NAMES, SEAL)


def put(store: SqliteStore, book: Ledger, *entries: Entry) -> None:
    batch = book.batch([(book.n + place, each) for place, each in enumerate(entries, 1)])
    store.commit(batch)
    book.settled(batch)


def test_every_commit_is_durable(store: SqliteStore) -> None:
    store.last(WRITER)
    assert store._db is not None
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_null_byte_is_stored_as_it_was(data: Path, store: SqliteStore) -> None:
    batch = ledger().batch([(1, make_entry(1))])
    row = list(batch.journal[0])
    row[9] = "a\0b"
    batch.journal[0] = tuple(row)
    store.commit(batch)
    assert query(data, "SELECT room FROM journal") == [("a\0b",)]


def test_a_locked_database_is_said_to_be_unavailable(
    file: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filestore, "BUSY_S", 0.05)
    book = ledger()
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordUnavailable, match="locked"):
            put(store, book, make_entry(1))
        with pytest.raises(RecordUnavailable, match="locked"):
            store.purge(0.0, 1)
        assert store.last(WRITER) == (Head(), 0), "it can still be read"
        other.execute("ROLLBACK")
    put(store, book, make_entry(1))


def test_a_short_lock_is_waited_for(file: Path, store: SqliteStore) -> None:
    with ThreadPoolExecutor(1) as threads, closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threads.submit(put, store, ledger(), make_entry(1))
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            assert not done.done()
        other.execute("ROLLBACK")
        done.result(5.0)


def test_writers_take_turns(file: Path) -> None:
    def write(name: str) -> float:
        book, longest = ledger(name), 0.0
        with closing(SqliteStore(file)) as store:
            for number in range(60):
                began = time.monotonic()
                put(store, book, make_entry(number))
                longest = max(longest, time.monotonic() - began)
            assert store.last(name) == (book.head, 60)
        return longest

    with ThreadPoolExecutor(3) as threads:
        assert max(threads.map(write, ["a", "b", "c"])) < filestore.BUSY_S


def test_where_no_database_is_none_is_made(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "seawall.db")) as store:
        with pytest.raises(RecordUnavailable, match="unable to open"):
            store.last(WRITER)
        with pytest.raises(RecordUnavailable, match="unable to open"):
            put(store, ledger(), make_entry(1))
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_said_to_be_unavailable(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "seawall.db").close()
    with closing(SqliteStore(tmp_path / "seawall.db")) as store:
        with pytest.raises(RecordUnavailable, match="no such table"):
            store.last(WRITER)
        with pytest.raises(RecordUnavailable, match="no such table"):
            put(store, ledger(), make_entry(1))


def test_a_replaced_file_is_noticed_and_the_chain_goes_on_in_the_new_one(
    data: Path, migrated: Path, file: Path, store: SqliteStore
) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    for path in data.glob("seawall.db*"):
        path.unlink()
    with pytest.raises(RecordUnavailable, match="replaced"):
        put(store, book, make_entry(2))
    with pytest.raises(RecordUnavailable, match="unable to open"):
        put(store, book, make_entry(2))
    shutil.copy(migrated / "seawall.db", file)
    put(store, book, make_entry(2))
    assert store.last(WRITER) == (book.head, 2)
    assert query(data, "SELECT seq, event FROM journal") == [(2, "m2")]
    with closing(SqliteStore(migrated / "seawall.db")) as other:
        assert other.last(WRITER) == (Head(), 0)


def test_a_full_disk_is_said_to_be_unavailable_and_passes(data: Path, store: SqliteStore) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    assert store._db is not None
    store._db.execute("PRAGMA max_page_count = 1")
    long = make_entry(2, room="r" * 100_000)
    with pytest.raises(RecordUnavailable, match="full"):
        put(store, book, long)
    put(store, book, long)  # opened again: the bound was the connection's
    assert query(data, "SELECT count(*) FROM journal") == [(2,)]


def test_a_file_that_may_not_grow_is_said_to_be_unavailable(data: Path, store: SqliteStore) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(RecordUnavailable):
            put(store, book, make_entry(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    put(store, book, make_entry(2))
    assert query(data, "SELECT seq FROM journal") == [(1,), (2,)]


def test_a_read_only_database_is_said_to_be_unavailable(
    data: Path, file: Path, store: SqliteStore, migrated: Path
) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    assert store._db is not None
    store._db.execute("PRAGMA query_only = 1")
    with pytest.raises(RecordUnavailable, match="readonly"):
        put(store, book, make_entry(2))
    put(store, book, make_entry(2))


def test_a_broken_file_is_said_to_be_unavailable(file: Path, store: SqliteStore) -> None:
    with file.open("r+b") as handle:
        handle.write(os.urandom(4096))
    with pytest.raises(RecordUnavailable, match="not a database"):
        put(store, ledger(), make_entry(1))


def test_what_no_column_takes_is_our_fault(data: Path, store: SqliteStore) -> None:
    with pytest.raises(OurFault, match="cannot be written"):
        put(store, ledger(), make_entry(1, count=2**63))
    put(store, ledger(), make_entry(2))
    assert query(data, "SELECT event FROM journal") == [("m2",)]
