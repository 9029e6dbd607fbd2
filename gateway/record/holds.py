"""Held messages: listed, and decided exactly once. The writer process puts them here.

A decision claims the hold in one statement: of two moderators, or a moderator and the clock, one
wins and the other is told what stands. The journal's entry of it marks the row as told; whoever
claims and dies before that leaves an untold row, which any node tells again.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Literal

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Row,
    and_,
    or_,
    select,
    tuple_,
    update,
)

from gateway.record import schema
from gateway.record.database import Where, as_where, open_engine, reading, writing
from gateway.record.seal import Content, Seal
from gateway.record.secret import load_secret
from seawall.errors import ConfigError

__all__ = ["TOLD_S", "Decision", "Held", "Holds", "Outcome"]

_LOG = logging.getLogger("seawall.record")
TOLD_S = 5.0
"""How long whoever decided a hold has for telling it, before another node does."""
_MOST = 1000

Outcome = Literal["approved", "denied", "expired"]


class Held(Struct, frozen=True):
    """A held message. Times are seconds since the epoch; `outcome` None while it waits."""

    tenant: str
    id: str
    rev: int
    room: str
    user: str
    name: str
    text: str
    rule: str
    category: str
    created: float
    expires: float
    outcome: Outcome | None = None
    by: str | None = None
    decided: float | None = None
    told: float | None = None


class Decision(Struct, frozen=True):
    """What stands after `decide`. `fresh` is False when it had been decided before."""

    held: Held
    fresh: bool


_T = schema.holds
_C = _T.c
_STORED = [name for name in Held.__struct_fields__ if name not in ("name", "text")]


class Holds:
    """The table of held messages. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)
        self._seal = Seal(load_secret(as_where(where).data))

    async def waiting(
        self,
        tenant: str,
        *,
        room: str | None = None,
        limit: int = 100,
        after: tuple[float, str, int] | None = None,
    ) -> list[Held]:
        """Return a tenant's undecided holds, the soonest to expire first.

        `after` is the last one of the page before: when it expires, its id and rev.
        """
        return await asyncio.to_thread(self._waiting, tenant, room, limit, after)

    async def due(self, now: float, limit: int = 100) -> list[Held]:
        """Return undecided holds of all tenants that have expired."""
        over = [_C.outcome.is_(None), _C.expires <= now]
        return await asyncio.to_thread(self._select, over, limit=limit)

    async def find(self, tenant: str, id: str, rev: int) -> Held | None:
        """Return one hold, decided or not; None when that message was never held."""
        rows = await asyncio.to_thread(self._select, [_is((tenant, id, rev))], limit=1)
        return rows[0] if rows else None

    async def open_of(self, places: list[tuple[str, str]]) -> list[Held]:
        """Return the undecided holds of messages, named as (tenant, id), of whatever version."""
        named = or_(*(and_(_C.tenant == tenant, _C.id == id) for tenant, id in places))
        return await asyncio.to_thread(self._select, [named, _C.outcome.is_(None)], limit=_MOST)

    async def decided_since(self, at: float, limit: int = _MOST) -> list[Held]:
        """Return what was decided at a time or later, in all tenants, the earliest first."""
        late = [_C.decided >= at]
        return await asyncio.to_thread(self._select, late, _C.decided, limit=limit)

    async def untold(self, now: float, limit: int = 100) -> list[Held]:
        """Return what was decided over `TOLD_S` ago and is not told yet, the longest ago first."""
        late = [_C.told.is_(None), _C.decided <= now - TOLD_S]
        return await asyncio.to_thread(self._select, late, _C.decided, limit=limit)

    async def decide(
        self, tenant: str, id: str, rev: int, outcome: Outcome, *, by: str, at: float
    ) -> Decision | None:
        """Decide a hold unless it is decided; say which it was. None for an unknown one."""
        return await asyncio.to_thread(self._decide, (tenant, id, rev), outcome, by, at)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _select(
        self,
        conditions: list[ColumnElement[bool]],
        first: ColumnExpressionArgument[float | None] = _C.expires,
        *,
        limit: int,
    ) -> list[Held]:
        order = (first, _C.tenant, _C.id, _C.rev)
        query = select(_T).where(*conditions).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            return [self._to_held(row) for row in connection.execute(query)]

    def _waiting(
        self, tenant: str, room: str | None, limit: int, after: tuple[float, str, int] | None
    ) -> list[Held]:
        conditions = [_C.outcome.is_(None), _C.tenant == tenant]
        if room is not None:
            conditions.append(_C.room == room)
        if after is not None:
            place = tuple_(_C.expires, _C.id, _C.rev)
            conditions.append(place > after)
        return self._select(conditions, limit=limit)

    def _decide(
        self, key: tuple[str, str, int], outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        claim = update(_T).where(_is(key), _C.outcome.is_(None))
        with writing(self._engine) as connection:
            claimed = connection.execute(claim.values(outcome=outcome, by=by, decided=at))
            row = connection.execute(select(_T).where(_is(key))).one_or_none()
        return None if row is None else Decision(self._to_held(row), claimed.rowcount == 1)

    def _to_held(self, row: Row[tuple[object, ...]]) -> Held:
        values = row._mapping
        try:
            place = (values["tenant"], values["id"], values["rev"])
            content = self._seal.open(bytes(values["sealed"]), place)
        except ConfigError as error:
            # Its text is lost to us; that it waits, and for whom, must still be seen.
            _LOG.error("the held text of %r cannot be read: %s", values["id"], error)
            content = Content("")
        stored = {name: values[name] for name in _STORED}
        return Held(name=content.name, text=content.text, **stored)


def _is(key: tuple[str, str, int]) -> ColumnElement[bool]:
    return and_(_C.tenant == key[0], _C.id == key[1], _C.rev == key[2])
