"""What the record's tests make: entries, sums of a database, and patience with a deadline."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from gateway.record.entry import Entry, Evidence

__all__ = ["AT", "change", "eventually", "make_entry", "query"]

AT = 4_000_000_000.0
"""When a test's entries happen: so late that their evidence does not expire meanwhile."""


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


def query(data: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the database directly, as nobody but a test does."""
    with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as database:
        return database.execute(statement, values).fetchall()


def change(data: Path, statement: str, *values: object) -> None:
    """Change the database behind everybody's back."""
    with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as database, database:
        assert database.execute(statement, values).rowcount != 0, "nothing was changed"


async def eventually(holds: Callable[[], bool], deadline_s: float = 10.0) -> None:
    """Wait until something holds, or fail."""
    until = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < until, "it did not come true in time"
        await asyncio.sleep(0.005)
