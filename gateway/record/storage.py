"""Where the writer process puts its batches: one small class for each kind of database.

Raw `sqlite3`, because this is the one place where a commit's price counts (0.3 ms against 0.9 ms
and 680 µs of CPU through an ORM's engine).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

from gateway.record.chain import FIELDS, GENESIS, Head
from gateway.record.ledger import Batch
from seawall.errors import OurFault, RecordUnavailable

__all__ = ["COLUMNS", "SqliteStore", "Store"]

BUSY_S = 2.0
COLUMNS: dict[str, tuple[str, ...]] = {
    "journal": (*FIELDS, "prev", "hash"),
    "evidence": (
        *("tenant", "id", "rev", "user", "name", "text", "created", "expires", "legal_hold"),
    ),
    "holds": (
        *("tenant", "id", "rev", "room", "user", "name", "text", "rule", "category"),
        *("created", "expires", "outcome", "by", "decided"),
    ),
    "commands": (
        *("id", "tenant", "seq", "kind", "target_kind", "room", "target", "rev", "for_s"),
        *("event", "because", "created", "expires", "outcome", "by", "reason", "ended"),
    ),
}
"""The columns of a batch's tuples, in order; a test compares them with the schema."""


class Store(Protocol):
    """A place for batches."""

    def last(self, writer: str) -> tuple[Head, int]:
        """Return where a writer's chain ends and the number of its last entry; 0 when it is new."""

    def commit(self, batch: Batch) -> None:
        """Make a whole batch durable or nothing of it.

        Raises RecordUnavailable when the database cannot, OurFault when another writer has
        appended to the same chain.
        """

    def purge(self, now: float, limit: int) -> int:
        """Delete up to `limit` pieces of evidence that expired; return how many."""

    def close(self) -> None:
        """Let go of the database."""


def _insert(table: str, conflict: str = "") -> str:
    columns = COLUMNS[table]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}"


# A chain's rows must be new. What stands beside them may be there from an earlier decision on the
# same message: the first one counts.
_JOURNAL = _insert("journal")
_EVIDENCE = _insert("evidence", "ON CONFLICT DO NOTHING")
_HOLDS = _insert("holds", "ON CONFLICT DO NOTHING")
_COMMANDS = _insert("commands", "ON CONFLICT DO NOTHING")
_ENDS = (
    'UPDATE commands SET outcome = ?, "by" = ?, reason = ?, ended = ?'
    " WHERE tenant = ? AND id = ? AND outcome IS NULL"
)
_HEAD = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_LAST = "SELECT seq, hash, n FROM journal WHERE writer = ? ORDER BY seq DESC LIMIT 1"
_PURGE = (
    "DELETE FROM evidence WHERE rowid IN"
    " (SELECT rowid FROM evidence WHERE expires <= ? AND NOT legal_hold LIMIT ?)"
)


class SqliteStore:
    """A SQLite file in WAL mode; every commit is on the disk before it returns."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=BUSY_S,
                isolation_level=None,
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("PRAGMA journal_size_limit=67108864")
        except sqlite3.DatabaseError as error:
            raise RecordUnavailable(f"{path}: {error}") from error

    def last(self, writer: str) -> tuple[Head, int]:
        """Return where a writer's chain ends and the number of its last entry; 0 when it is new."""
        try:
            row = self._db.execute(_LAST, (writer,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise RecordUnavailable(str(error)) from error
        return (Head(0, GENESIS), 0) if row is None else (Head(row[0], row[1]), int(row[2]))

    def commit(self, batch: Batch) -> None:
        """Write a batch in one transaction."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._write(batch)
            self._db.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise OurFault(f"another writer appends to chain {batch.writer}: {error}") from error
        except sqlite3.DatabaseError as error:
            self._roll_back()
            raise RecordUnavailable(str(error)) from error

    def _write(self, batch: Batch) -> None:
        db = self._db
        db.executemany(_JOURNAL, batch.journal)
        for statement, rows in (
            (_EVIDENCE, batch.evidence),
            (_HOLDS, batch.holds),
            (_COMMANDS, batch.commands),
            (_ENDS, batch.ends),
        ):
            if rows:
                db.executemany(statement, rows)
        head = batch.head
        db.execute(_HEAD, (f"head:{batch.writer}", f"{head.seq}:{head.hash.hex()}"))

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def purge(self, now: float, limit: int) -> int:
        """Delete expired evidence that no legal hold keeps."""
        try:
            return self._db.execute(_PURGE, (now, limit)).rowcount
        except sqlite3.DatabaseError as error:
            raise RecordUnavailable(str(error)) from error

    def close(self) -> None:
        """Close the file; the last to close it folds the WAL back."""
        self._db.close()
