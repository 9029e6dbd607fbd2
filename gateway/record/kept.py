"""Evidence as it is shown: what a decision was about, opened, while it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from sqlalchemy import and_, select, tuple_

from gateway.record import schema
from gateway.record.clips import Key
from gateway.record.database import Where, as_where, open_engine, reading
from gateway.record.seal import Seal
from gateway.record.secret import load_secret

__all__ = ["Kept", "KeptEvidence"]

_C = schema.evidence.c
_J = schema.journal.c
_SOME = 500
_MOST_REVISIONS = 100
_KINDS = ("verdict", "moderator")


class Kept(Struct, frozen=True):
    """The evidence of one decision. Times are seconds since the epoch."""

    text: str
    name: str
    verdict: bytes
    still: bytes
    created: float
    expires: float
    legal_hold: bool
    category: str
    ref: str


class KeptEvidence:
    """The table of evidence, read. Calls run in a thread and raise RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)
        self._seal = Seal(load_secret(as_where(where).data))

    async def find(self, key: Key) -> Kept | None:
        """Return a decision's evidence; None where none is kept, or no longer.

        Raises ConfigError for what was changed.
        """
        return await asyncio.to_thread(self._find, key)

    async def revisions(self, tenant: str, event: str) -> list[int]:
        """Return the revisions of a decision that have evidence, the newest first."""
        return await asyncio.to_thread(self._revisions, tenant, event)

    async def gone(self, keys: Iterable[Key]) -> set[Key]:
        """Return those decisions whose evidence is not there, or no longer."""
        return await asyncio.to_thread(self._gone, list(keys))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find(self, key: Key) -> Kept | None:
        tenant, event, rev = key
        mine = and_(_C.tenant == tenant, _C.id == event, _C.rev == rev)
        decided = and_(_J.tenant == tenant, _J.event == event, _J.rev == rev)
        with reading(self._engine) as connection:
            row = connection.execute(select(schema.evidence).where(mine)).one_or_none()
            if row is None:
                return None
            about = select(_J.category, _J.ref).where(decided, _J.kind.in_(_KINDS)).limit(1)
            why = connection.execute(about).one_or_none()
        content = self._seal.open(bytes(row.sealed), key)
        return Kept(
            content.text,
            content.name,
            content.verdict,
            content.still,
            row.created,
            row.expires,
            row.legal_hold,
            "" if why is None else why.category,
            "" if why is None else why.ref,
        )

    def _revisions(self, tenant: str, event: str) -> list[int]:
        mine = and_(_C.tenant == tenant, _C.id == event)
        newest = select(_C.rev).where(mine).order_by(_C.rev.desc()).limit(_MOST_REVISIONS)
        with reading(self._engine) as connection:
            return list(connection.execute(newest).scalars())

    def _gone(self, keys: list[Key]) -> set[Key]:
        found: set[Key] = set()
        place = tuple_(_C.tenant, _C.id, _C.rev)
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _SOME):
                some = keys[start : start + _SOME]
                rows = connection.execute(select(_C.tenant, _C.id, _C.rev).where(place.in_(some)))
                found.update((row.tenant, row.id, row.rev) for row in rows)
        return set(keys) - found
