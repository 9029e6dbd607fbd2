"""Where the writer process puts its batches: one small class for each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set as AbstractSet
from pathlib import Path
from typing import Protocol

from gateway.record.chain import Head
from gateway.record.columns import COLUMNS
from gateway.record.filestore import SqliteStore
from gateway.record.ledger import Batch, certain
from gateway.record.repeats import Key
from gateway.record.where import Where, as_where

__all__ = ["COLUMNS", "SqliteStore", "Store", "open_store"]


class Store(Protocol):
    """A place for batches. All calls raise RecordUnavailable for what may pass.

    A store is opened by its first call, and again by the next one after any trouble.
    """

    def last(self, writer: str) -> tuple[Head, int]:
        """Return where a writer's chain ends and the number of its last entry; 0 when it is new."""

    def commit(
        self, batch: Batch, firsts: Sequence[Key] = (), sure: Callable[[], None] = certain
    ) -> AbstractSet[Key]:
        """Make a whole batch durable or nothing of it; one that is there already stays as it is.

        Return those of `firsts` on which a verdict of another writer stands: where there are any
        nothing is written. Raises OurFault when another writer has appended to the same chain.
        `sure` is called as late as can be before there is no way back; where it raises, nothing
        is written.
        """

    def publish(self, writer: str, head: Head, at: float) -> None:
        """Note durably where a chain ended at a time."""

    def purge(self, now: float, limit: int) -> int:
        """Delete up to `limit` rows that have had their time; return how many."""

    def close(self) -> None:
        """Let go of the database."""


def open_store(where: Where | Path) -> Store:
    """Return the store of a record, not yet opened."""
    where = as_where(where)
    if (file := where.file) is not None:
        return SqliteStore(file)
    # Here and not above: its driver takes 0.1 s to import, and whoever starts a writer waits.
    from gateway.record.serverstore import PostgresStore

    return PostgresStore(where)
