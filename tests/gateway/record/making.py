"""What the record's tests make: entries, sums of a database, and patience with a deadline."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Row, select

from gateway.record import schema
from gateway.record.chain import Head
from gateway.record.database import open_engine, reading
from gateway.record.entry import CommandRow, Entry, Evidence
from gateway.record.journal import Journal
from gateway.record.ledger import Ledger
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from gateway.record.storage import Store
from gateway.record.where import Where, as_where
from seawall.actions import Action, Target
from seawall.errors import SeawallError

__all__ = [
    "AT",
    "MUTE",
    "Book",
    "Heard",
    "case_lines",
    "change",
    "eventually",
    "make_entry",
    "query",
    "settled",
]

AT = 4_000_000_000.0
"""When a test's entries happen: so late that their evidence does not expire meanwhile."""
MUTE = Action(Target("user", "lobby", "ann"), "mute", 60.0)


def make_entry(number: int, **changes: Any) -> Entry:  # any field of Entry
    """Build the n-th entry of a test."""
    fields: dict[str, Any] = {
        "kind": "verdict",
        "tenant": "acme",
        "event": f"m{number}",
        "at": AT + number,
        "action": "block",
        "room": "lobby",
        "user": f"user-{number % 7}",
        "surface": "chat",
        "rule": "wallet-drainer-link",
        "category": "scam.phishing",
        "severity": "high",
        "detector": "links",
        "score": 0.9,
        "policy": "0123456789abcdef",
        "stage": "act",
        "ms_total": 1.25,
        "evidence": Evidence(f"text {number}", "Some Body"),
    }
    return Entry(**(fields | changes))


class Book:
    """Writes entries as the writer process would."""

    def __init__(self, store: Store, secret: bytes = b"s" * 32) -> None:
        self._store = store
        self._ledger = Ledger("w" * 32, Head(), 0, Pseudonyms(secret), Seal(secret))

    def put(self, *entries: Entry) -> None:
        """Write entries in one batch."""
        batch = self._ledger.batch(list(enumerate(entries, self._ledger.n + 1)))
        self._store.commit(batch)
        self._ledger.settled(batch)

    def order(
        self,
        id: str,
        seq: int = 1,
        at: float = 10.0,
        *,
        node: str = "",
        leased: float = 0.0,
        **changes: Any,  # any field of Entry
    ) -> None:
        """Order a mute of ann in the lobby by the event with the number `seq`."""
        row = CommandRow(id, seq, MUTE, at + 60.0, "r", node, leased)
        self.put(make_entry(seq, at=at, evidence=None, commands=(row,), **changes))


class Heard:
    """Remembers what callbacks heard, in order."""

    def __init__(self) -> None:
        self.durable: list[int] = []
        self.refused: list[tuple[int, SeawallError]] = []

    def append(self, journal: Journal, number: int, **changes: object) -> None:
        def done(error: SeawallError | None) -> None:
            if error is None:
                self.durable.append(number)
            else:
                self.refused.append((number, error))

        journal.append(make_entry(number, **changes), done)

    def append_all(self, journal: Journal, numbers: range) -> None:
        for number in numbers:
            self.append(journal, number)


def query(place: Path | Where, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the database directly, as nobody but a test does. `?` stands for a value."""
    return _execute(place, statement, values)[0]


def change(place: Path | Where, statement: str, *values: object) -> None:
    """Change the database behind everybody's back. `?` stands for a value."""
    assert _execute(place, statement, values)[1] != 0, "nothing was changed"


def _execute(
    place: Path | Where, statement: str, values: tuple[object, ...]
) -> tuple[list[tuple[Any, ...]], int]:
    where = as_where(place)
    if (file := where.file) is not None:
        with closing(sqlite3.connect(file, timeout=5.0)) as database, database:
            cursor = database.execute(statement, values)
            return cursor.fetchall(), cursor.rowcount
    with closing(psycopg.connect(where.conninfo)) as connection, connection:
        done = connection.execute(statement.replace("?", "%s").encode(), values)
        return done.fetchall() if done.description else [], done.rowcount


async def eventually(holds: Callable[[], bool], deadline_s: float = 10.0) -> None:
    """Wait until something holds, or fail."""
    until = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < until, "it did not come true in time"
        await asyncio.sleep(0.005)


async def settled(journal: Journal) -> None:
    """Wait until everything is in the database, what was spilled too."""
    await eventually(lambda: journal.pending == 0 and journal.spilled == 0)


def case_lines(where: Where, tenant: str) -> list[Row[Any]]:  # Any: columns
    """Return the lines of a tenant's cases, the newest first."""
    engine = open_engine(where)
    table = schema.case_lines
    try:
        with reading(engine) as connection:
            query = select(table).where(table.c.tenant == tenant)
            return list(connection.execute(query.order_by(table.c.at.desc(), table.c.id)))
    finally:
        engine.dispose()
