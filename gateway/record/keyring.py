"""The keys a gateway accepts, in its memory: found in a microsecond, never staler than it says."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine, select

from gateway.record import schema
from gateway.record.database import Where, as_where, open_engine, reading
from gateway.record.keys import PREFIX, Key, hash_key, to_key
from seawall.errors import RecordUnavailable

__all__ = ["KeyRing"]

_LOG = logging.getLogger("seawall.keys")
_KEY_CHARACTERS = 256
LOOK_S = 0.05
"""How often an unknown key may be looked up at once, instead of with the next refresh."""
_YOUNG = "SELECT * FROM keys WHERE sha256 = ? AND revoked IS NULL"


class KeyRing:
    """Working keys by their hash. The database is read in a thread, about once a second.

    A key that has expired is treated as one that was revoked, by this machine's clock.
    """

    def __init__(self, where: Where | Path) -> None:
        self._engine: Engine = open_engine(where)
        self._by_hash: Mapping[bytes, Key] = {}
        self._read_at = 0.0
        self._looked_at = 0.0
        self._poked = asyncio.Event()
        file = as_where(where).file
        self._uri = None if file is None else f"{file.as_uri()}?mode=ro"

    def find(self, key: str) -> Key | None:
        """Return whose key this is, None when it is nobody's (or no longer)."""
        if not key.startswith(PREFIX) or len(key) > _KEY_CHARACTERS:
            return None
        digest = hash_key(key)
        found = self._by_hash.get(digest) or self._newly_made(digest)
        return found if found is not None and found.works(time.time()) else None

    def poke(self) -> None:
        """Have `watch` read the keys now: somebody said that they have changed."""
        self._poked.set()

    def _newly_made(self, digest: bytes) -> Key | None:
        """Look in the database for a key that may be younger than the last refresh.

        At most every LOOK_S, and without waiting for anybody: wrong keys must cost next to nothing.
        A database behind a network cannot be asked so; there a new key waits for the next refresh.
        """
        now = time.monotonic()
        if self._uri is None or now - self._looked_at < LOOK_S:
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
        if not key.works(time.time()):
            return None
        self._by_hash = {**self._by_hash, digest: key}
        return key

    def stale_s(self) -> float:
        """Return how many seconds ago the database was last read."""
        return time.monotonic() - self._read_at

    async def refresh(self) -> frozenset[str]:
        """Read the keys; return the ids of those that worked before and do not now.

        Raises RecordUnavailable when the database does not answer; the keys known stay.
        """
        before = self._by_hash
        fresh = await asyncio.to_thread(self._read)
        # What was looked up while the database was read may be younger than what was read.
        young = {digest: key for digest, key in self._by_hash.items() if digest not in before}
        first = not self._read_at
        self._by_hash = {**young, **fresh}
        self._read_at = time.monotonic()
        return frozenset() if first else self._compare(before)

    async def watch(self, revoked: Callable[[frozenset[str]], None], every_s: float = 1.0) -> None:
        """Refresh until cancelled, telling `revoked` which keys stopped working.

        While the database does not answer the keys known stay good until they expire, and
        `stale_s` grows.
        """
        failing = False
        while True:
            with suppress(TimeoutError):  # as most of the time: nobody called, so look
                async with asyncio.timeout(every_s):
                    await self._poked.wait()
            self._poked.clear()
            try:
                gone = await self.refresh()
                failing = False
            except RecordUnavailable as error:
                if not failing:
                    _LOG.error("keys cannot be refreshed: %s", error)
                failing = True
                gone = self._expire()
            if gone:
                revoked(gone)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _expire(self) -> frozenset[str]:
        """Drop what has expired since the database was last read."""
        before, now = self._by_hash, time.time()
        self._by_hash = {digest: key for digest, key in before.items() if key.works(now)}
        return self._compare(before)

    def _compare(self, before: Mapping[bytes, Key]) -> frozenset[str]:
        """Tell what has changed; return the ids of keys that no longer work."""
        now = time.time()
        for digest, key in self._by_hash.items():
            known = before.get(digest)
            if known is None:
                _tell("key made", key)
            elif known.expires != key.expires and key.expires is not None:
                _tell("key rotated", key, expires_s=round(key.expires - now, 1))
        gone = [key for digest, key in before.items() if digest not in self._by_hash]
        for key in gone:
            expired = key.expires is not None and key.expires <= now
            _tell("key expired" if expired else "key revoked", key)
        return frozenset(key.id for key in gone)

    def _read(self) -> Mapping[bytes, Key]:
        table, now = schema.keys, time.time()
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).where(table.c.revoked.is_(None)))
            keys = {bytes(row.sha256): to_key(row) for row in rows}
        return {digest: key for digest, key in keys.items() if key.works(now)}


def _tell(what: str, key: Key, **more: float) -> None:
    about = {"key": key.id, "tenant": key.tenant, "role": key.role, "name": key.name}
    _LOG.info(what, extra={"fields": {**about, **more}})
