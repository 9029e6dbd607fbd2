"""Evidence as it is shown: what a decision was about, opened, while it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, and_, select, tuple_

from gateway.record import schema
from gateway.record.clips import Key
from gateway.record.database import Where, as_where, open_engine, reading
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from seawall.errors import ConfigError

__all__ = ["Kept", "KeptEvidence"]

_C = schema.evidence.c
_J = schema.journal.c
_SOME = 500
_MOST_REVISIONS = 100
_KINDS = ("verdict", "moderator")
_CLIPS = ("clip", "no_clip")


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

    async def some(self, keys: Iterable[Key]) -> dict[Key, Kept]:
        """Return the evidence of those decisions that have any; what was changed is left out."""
        return await asyncio.to_thread(self._some, list(keys))

    async def revisions(self, tenant: str, event: str) -> list[int]:
        """Return the revisions of a decision that have evidence, the newest first."""
        return await asyncio.to_thread(self._revisions, tenant, event)

    async def clip_note(self, key: Key) -> str:
        """Return what the journal says last of a decision's clip: its `sha256:…`, whose clip to
        `see`, or why there is none; empty for nothing."""
        return await asyncio.to_thread(self._clip_note, key)

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
            asked = select(_J.category, _J.ref).where(decided, _J.kind.in_(_KINDS)).limit(1)
            why = connection.execute(asked).one_or_none()
        about = ("", "") if why is None else (why.category, why.ref)
        return self._opened(key, row, about)

    def _some(self, keys: list[Key]) -> dict[Key, Kept]:
        found: dict[Key, Kept] = {}
        place = tuple_(_C.tenant, _C.id, _C.rev)
        decided = tuple_(_J.tenant, _J.event, _J.rev)
        why = select(_J.tenant, _J.event, _J.rev, _J.category, _J.ref).where(_J.kind.in_(_KINDS))
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _SOME):
                some = keys[start : start + _SOME]
                about = {
                    (row.tenant, row.event, row.rev): (row.category, row.ref)
                    for row in connection.execute(why.where(decided.in_(some)))
                }
                for row in connection.execute(select(schema.evidence).where(place.in_(some))):
                    key = (row.tenant, row.id, row.rev)
                    with suppress(ConfigError):
                        found[key] = self._opened(key, row, about.get(key, ("", "")))
        return found

    def _opened(self, key: Key, row: Row[Any], about: tuple[str, str]) -> Kept:
        content = self._seal.open(bytes(row.sealed), key)
        return Kept(
            content.text,
            content.name,
            content.verdict,
            content.still,
            row.created,
            row.expires,
            row.legal_hold,
            *about,
        )

    def _revisions(self, tenant: str, event: str) -> list[int]:
        mine = and_(_C.tenant == tenant, _C.id == event)
        newest = select(_C.rev).where(mine).order_by(_C.rev.desc()).limit(_MOST_REVISIONS)
        with reading(self._engine) as connection:
            return list(connection.execute(newest).scalars())

    def _clip_note(self, key: Key) -> str:
        tenant, event, rev = key
        mine = and_(_J.tenant == tenant, _J.event == event, _J.rev == rev, _J.kind == "stream")
        said = select(_J.rule).where(mine, _J.action.in_(_CLIPS)).order_by(_J.at.desc()).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(said).scalar_one_or_none() or ""

    def _gone(self, keys: list[Key]) -> set[Key]:
        found: set[Key] = set()
        place = tuple_(_C.tenant, _C.id, _C.rev)
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _SOME):
                some = keys[start : start + _SOME]
                rows = connection.execute(select(_C.tenant, _C.id, _C.rev).where(place.in_(some)))
                found.update((row.tenant, row.id, row.rev) for row in rows)
        return set(keys) - found
