"""The keys a gateway accepts, in its memory: found in a microsecond, never staler than it says."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, select

from gateway.record import schema
from gateway.record.database import database_path, open_engine, reading
from gateway.record.keys import PREFIX, Key, hash_key, to_key
from seawall.errors import RecordUnavailable

__all__ = ["KeyRing"]

_LOG = logging.getLogger("seawall.record")
_KEY_CHARACTERS = 256
LOOK_S = 0.05
"""How often an unknown key may be looked up at once, instead of with the next refresh."""
_YOUNG = "SELECT * FROM keys WHERE sha256 = ? AND revoked IS NULL"


class KeyRing:
    """Working keys by their hash. The database is read in a thread, about once a second."""

    def __init__(self, data: Path) -> None:
        self._engine: Engine = open_engine(data)
        self._by_hash: Mapping[bytes, Key] = {}
        self._read_at = 0.0
        self._looked_at = 0.0
        self._uri = f"{database_path(data).absolute().as_uri()}?mode=ro"

    def find(self, key: str) -> Key | None:
        """Return whose key this is, None when it is nobody's (or no longer)."""
        if not key.startswith(PREFIX) or len(key) > _KEY_CHARACTERS:
            return None
        found = self._by_hash.get(hash_key(key))
        return found if found is not None else self._newly_made(hash_key(key))

    def _newly_made(self, digest: bytes) -> Key | None:
        """Look in the database for a key that may be younger than the last refresh.

        At most every LOOK_S, and without waiting for anybody: wrong keys must cost next to nothing.
        """
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return None
        self._looked_at = now
        try:
            with closing(sqlite3.connect(self._uri, uri=True, timeout=0.0)) as database:
                database.row_factory = sqlite3.Row
                row = database.execute(_YOUNG, (digest,)).fetchone()
        except sqlite3.DatabaseError as problem:
            _LOG.warning("a new key cannot be looked up: %s", problem)
            return None
        if row is None:
            return None
        key = Key(**{name: row[name] for name in Key.__struct_fields__})
        self._by_hash = {**self._by_hash, digest: key}
        return key

    def stale_s(self) -> float:
        """Return how many seconds ago the database was last read."""
        return time.monotonic() - self._read_at

    async def refresh(self) -> frozenset[str]:
        """Read the keys; return the ids of those that worked before and do not now.

        Raises RecordUnavailable when the database does not answer; the keys known stay.
        """
        fresh = await asyncio.to_thread(self._read)
        before = {key.id for key in self._by_hash.values()}
        self._by_hash = fresh
        self._read_at = time.monotonic()
        return frozenset(before - {key.id for key in fresh.values()})

    async def watch(self, revoked: Callable[[frozenset[str]], None], every_s: float = 1.0) -> None:
        """Refresh until cancelled, telling `revoked` which keys stopped working.

        While the database does not answer the keys known stay good, and `stale_s` grows.
        """
        failing = False
        while True:
            await asyncio.sleep(every_s)
            try:
                gone = await self.refresh()
            except RecordUnavailable as error:
                if not failing:
                    _LOG.error("keys cannot be refreshed: %s", error)
                failing = True
                continue
            failing = False
            if gone:
                revoked(gone)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _read(self) -> Mapping[bytes, Key]:
        table = schema.keys
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).where(table.c.revoked.is_(None)))
            return {bytes(row.sha256): to_key(row) for row in rows}
