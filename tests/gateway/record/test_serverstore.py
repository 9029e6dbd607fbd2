"""Trouble with PostgreSQL is said to be trouble, and is over when it is over."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gateway.record import serverstore
from gateway.record.chain import Head
from gateway.record.entry import CommandEnd, CommandRow, Entry
from gateway.record.ledger import Ledger
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from gateway.record.serverstore import PostgresStore
from gateway.record.where import Where
from seawall.actions import Action, Target
from seawall.errors import ConfigError, OurFault, RecordUnavailable
from tests.gateway.postgres import PostgresServer
from tests.gateway.record.making import change, make_entry, query

WRITER = "w" * 32
NAMES, SEAL = Pseudonyms(b"s" * 32), Seal(b"s" * 32)


@pytest.fixture
def store(on_postgres: Where) -> Iterator[PostgresStore]:
    with closing(PostgresStore(on_postgres)) as it:
        yield it


def ledger(writer: str = WRITER) -> Ledger:
    return Ledger(writer, Head(), 0, NAMES, SEAL)


def put(store: PostgresStore, book: Ledger, *entries: Entry) -> None:
    batch = book.batch([(book.n + place, each) for place, each in enumerate(entries, 1)])
    store.commit(batch)
    book.settled(batch)


def backend(store: PostgresStore) -> int:
    store.last(WRITER)
    assert store._connection is not None
    return store._connection.info.backend_pid


def test_every_commit_is_durable_whatever_the_server_is_told(
    on_postgres: Where, store: PostgresStore
) -> None:
    name = query(on_postgres, "SELECT current_database()")[0][0]
    change(on_postgres, f"ALTER DATABASE {name} SET synchronous_commit = off")
    store.last(WRITER)
    assert store._connection is not None
    assert store._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    assert query(on_postgres, "SHOW fsync") == [("on",)]


def test_who_stands_still_in_a_transaction_does_not_keep_its_locks(store: PostgresStore) -> None:
    store.last(WRITER)
    assert store._connection is not None
    shown = store._connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert shown == ("5s",)


def test_a_cut_connection_is_made_again(on_postgres: Where, store: PostgresStore) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    query(on_postgres, "SELECT pg_terminate_backend(?)", backend(store))
    with pytest.raises(RecordUnavailable):
        put(store, book, make_entry(2))
    put(store, book, make_entry(2))
    assert query(on_postgres, "SELECT seq FROM journal ORDER BY seq") == [(1,), (2,)]


def test_a_batch_whose_commit_nobody_heard_of_is_sent_again(
    on_postgres: Where, store: PostgresStore
) -> None:
    batch = ledger().batch([(1, make_entry(1)), (2, make_entry(2))])
    store.commit(batch)
    query(on_postgres, "SELECT pg_terminate_backend(?)", backend(store))
    with pytest.raises(RecordUnavailable):
        store.commit(batch)
    store.commit(batch)
    assert query(on_postgres, "SELECT count(*) FROM journal") == [(2,)]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_stopped_server_is_said_to_be_unavailable_and_comes_back(
    postgres_server: PostgresServer, on_postgres: Where, store: PostgresStore, how: signal.Signals
) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    postgres_server.stop(how)
    try:
        for _ in range(3):
            with pytest.raises(RecordUnavailable):
                put(store, book, make_entry(2))
    finally:
        postgres_server.start()
    put(store, book, make_entry(2))
    assert query(on_postgres, "SELECT seq FROM journal ORDER BY seq") == [(1,), (2,)]


def test_a_paused_server_does_not_hold_us(
    postgres_server: PostgresServer, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serverstore, "STATEMENT_S", 0.1)
    book = ledger()
    put(store, book, make_entry(1))
    with postgres_server.paused():
        began = time.monotonic()
        with pytest.raises(RecordUnavailable, match=r"no answer within 1\.1 s"):
            put(store, book, make_entry(2))
        assert time.monotonic() - began < 2.5
        with pytest.raises(RecordUnavailable, match="timeout"):
            put(store, book, make_entry(2))
        assert time.monotonic() - began < 6.0
    put(store, book, make_entry(2))


def test_a_table_that_is_locked_is_said_to_be_unavailable(
    on_postgres: Where, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serverstore, "STATEMENT_S", 0.1)
    book = ledger()
    with closing(psycopg.connect(on_postgres.conninfo)) as other:
        other.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        with pytest.raises(RecordUnavailable, match="timeout"):
            put(store, book, make_entry(1))
        other.rollback()
    put(store, book, make_entry(1))


def test_a_read_only_database_is_said_to_be_unavailable(
    on_postgres: Where, store: PostgresStore
) -> None:
    book = ledger()
    put(store, book, make_entry(1))
    assert store._connection is not None
    store._connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(RecordUnavailable, match="read-only"):
        put(store, book, make_entry(2))
    put(store, book, make_entry(2))


def test_missing_tables_are_said_to_be_unavailable(tmp_path: Path, postgres_url: str) -> None:
    with closing(PostgresStore(Where.of(tmp_path, postgres_url))) as store:
        with pytest.raises(RecordUnavailable, match="does not exist"):
            store.last(WRITER)
        with pytest.raises(RecordUnavailable, match="does not exist"):
            put(store, ledger(), make_entry(1))


def test_what_no_column_takes_is_our_fault(on_postgres: Where, store: PostgresStore) -> None:
    batch = ledger().batch([(1, make_entry(1))])
    row = list(batch.journal[0])
    row[9] = "a\0b"  # the ledger replaces it
    batch.journal[0] = tuple(row)
    with pytest.raises(OurFault, match="cannot be written"):
        store.commit(batch)
    put(store, ledger(), make_entry(2))
    assert query(on_postgres, "SELECT event FROM journal") == [("m2",)]


def test_an_address_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="libpq"):
        PostgresStore(Where.of(tmp_path, "postgresql://host/db?nonsense=1"))


def test_writers_that_end_the_same_commands_do_not_stop_each_other(
    on_postgres: Where, store: PostgresStore
) -> None:
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    rounds = [[f"c{number}-{each}" for each in range(40)] for number in range(25)]
    book = ledger()
    for names in rounds:
        put(store, book, make_entry(1, commands=tuple(CommandRow(n, 1, mute, 9.0) for n in names)))

    def end(writer: str) -> None:
        mine = ledger(writer)
        with closing(PostgresStore(on_postgres)) as other:
            for number, names in enumerate(rounds):
                ordered = names if writer == "a" else names[::-1]
                ends = tuple(CommandEnd(name, "done", writer) for name in ordered)
                put(other, mine, make_entry(number, ends=ends))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(end, ["a", "b"]))
    assert query(on_postgres, "SELECT count(*) FROM journal") == [(75,)]
    assert query(on_postgres, "SELECT count(*) FROM commands WHERE outcome = 'done'") == [(1000,)]
