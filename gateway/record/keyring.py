"""The keys a gateway accepts, in its memory: found in a microsecond, never staler than it says."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Engine, select

from gateway.record import schema
from gateway.record.database import open_engine, reading
from gateway.record.keys import PREFIX, Key, hash_key, to_key
from seawall.errors import RecordUnavailable

__all__ = ["KeyRing"]

_LOG = logging.getLogger("seawall.record")
_KEY_CHARACTERS = 256


class KeyRing:
    """Working keys by their hash. The database is read in a thread, about once a second."""

    def __init__(self, data: Path) -> None:
        self._engine: Engine = open_engine(data)
        self._by_hash: Mapping[bytes, Key] = {}
        self._read_at = 0.0

    def find(self, key: str) -> Key | None:
        """Return whose key this is, None when it is nobody's (or no longer)."""
        if not key.startswith(PREFIX) or len(key) > _KEY_CHARACTERS:
            return None
        return self._by_hash.get(hash_key(key))

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
