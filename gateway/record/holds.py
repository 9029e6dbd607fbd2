"""Held messages: listed, and decided exactly once. The writer process puts them here.

A decision claims the hold in one statement: of two moderators, or a moderator and the clock, one
wins and the other is told what stands.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, and_, select, tuple_, update

from gateway.record import schema
from gateway.record.database import open_engine, reading, writing

__all__ = ["Decision", "Held", "Holds", "Outcome"]

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


class Decision(Struct, frozen=True):
    """What stands after `decide`. `fresh` is False when it had been decided before."""

    held: Held
    fresh: bool


class Holds:
    """The table of held messages. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, data: Path) -> None:
        self._engine = open_engine(data)

    async def waiting(
        self, tenant: str, *, room: str | None = None, limit: int = 100, after: Held | None = None
    ) -> list[Held]:
        """Return a tenant's undecided holds, the soonest to expire first, in pages."""
        return await asyncio.to_thread(self._waiting, tenant, room, limit, after)

    async def due(self, now: float, limit: int = 100) -> list[Held]:
        """Return undecided holds of all tenants that have expired."""
        return await asyncio.to_thread(self._due, now, limit)

    async def find(self, tenant: str, id: str, rev: int) -> Held | None:
        """Return one hold, decided or not; None when that message was never held."""
        return await asyncio.to_thread(self._find, tenant, id, rev)

    async def decide(
        self, tenant: str, id: str, rev: int, outcome: Outcome, *, by: str, at: float
    ) -> Decision | None:
        """Decide a hold unless it is decided; say which it was. None for an unknown one."""
        return await asyncio.to_thread(self._decide, (tenant, id, rev), outcome, by, at)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _select(self, *conditions: ColumnElement[bool], limit: int) -> list[Held]:
        table = schema.holds
        order = (table.c.expires, table.c.tenant, table.c.id, table.c.rev)
        query = select(table).where(*conditions).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            return [_to_held(row) for row in connection.execute(query)]

    def _waiting(self, tenant: str, room: str | None, limit: int, after: Held | None) -> list[Held]:
        columns = schema.holds.c
        conditions = [columns.outcome.is_(None), columns.tenant == tenant]
        if room is not None:
            conditions.append(columns.room == room)
        if after is not None:
            place = tuple_(columns.expires, columns.id, columns.rev)
            conditions.append(place > (after.expires, after.id, after.rev))
        return self._select(*conditions, limit=limit)

    def _due(self, now: float, limit: int) -> list[Held]:
        columns = schema.holds.c
        return self._select(columns.outcome.is_(None), columns.expires <= now, limit=limit)

    def _find(self, tenant: str, id: str, rev: int) -> Held | None:
        return next(iter(self._select(_is((tenant, id, rev)), limit=1)), None)

    def _decide(
        self, key: tuple[str, str, int], outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        table = schema.holds
        claim = update(table).where(_is(key), table.c.outcome.is_(None))
        with writing(self._engine) as connection:
            claimed = connection.execute(claim.values(outcome=outcome, by=by, decided=at))
            row = connection.execute(select(table).where(_is(key))).one_or_none()
            return None if row is None else Decision(_to_held(row), claimed.rowcount == 1)


def _is(key: tuple[str, str, int]) -> ColumnElement[bool]:
    columns = schema.holds.c
    return and_(columns.tenant == key[0], columns.id == key[1], columns.rev == key[2])


def _to_held(row: Row[tuple[object, ...]]) -> Held:
    values = row._mapping
    return Held(**{name: values[name] for name in Held.__struct_fields__})
