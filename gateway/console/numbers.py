"""The day's cases in numbers, counted in the record; kept a while, so that many may look.

What is counted of the present is at most FRESH_S old, what is counted of the day DAY_FRESH_S; or
twenty times as long as counting took.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Generic, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, select, true

from gateway.record.database import Where, open_engine, reading
from gateway.record.schema_cases import case_notes, cases, decisions

__all__ = ["Day", "Now", "Numbers"]

FRESH_S = 2.0
DAY_FRESH_S = 10.0
HOURS = 24
_HOUR_S = 3600
_SHARE = 20.0
_TENANTS = 1_000
_TIMED = 300
"""So many of the last cases are looked at for how long they took."""
_C, _N, _D = cases.c, case_notes.c, decisions.c
T = TypeVar("T")
K = TypeVar("K")


class Now(Struct, frozen=True):
    """Open cases by priority, and by room."""

    priorities: dict[str, int]
    rooms: dict[str, int]


class Day(Struct, frozen=True):
    """Cases of the day. `hours` are [opened, decided] of the last 24, the oldest first."""

    opened: int
    decided: int
    expired: int
    handling_s: float | None
    first_s: float | None
    overturned: float | None
    hours: list[list[int]]


class _Kept(Struct, Generic[T]):
    value: T
    until: float


class Numbers:
    """Counts cases. Every call raises RecordUnavailable where nothing is known."""

    def __init__(self, where: Where | Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = open_engine(where)
        self._clock = clock
        self._now: dict[str, _Kept[Now]] = {}
        self._day: dict[tuple[str, float], _Kept[Day]] = {}
        self._one = asyncio.Lock()

    async def now(self, tenant: str) -> Now:
        """Return what is open."""
        return await self._fresh(self._now, tenant, FRESH_S, lambda: self._count_now(tenant))

    async def day(self, tenant: str, since: float, now: float) -> Day:
        """Return what happened since a time, and in the last hours."""
        hour = now // _HOUR_S * _HOUR_S
        return await self._fresh(
            self._day, (tenant, since), DAY_FRESH_S, lambda: self._count_day(tenant, since, hour)
        )

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    async def _fresh(
        self, table: dict[K, _Kept[T]], key: K, fresh_s: float, count: Callable[[], T]
    ) -> T:
        kept = table.get(key)
        if kept is not None and self._clock() < kept.until:
            return kept.value
        async with self._one:  # one counts, the others take what it has found
            kept = table.get(key)
            if kept is not None and self._clock() < kept.until:
                return kept.value
            began = self._clock()
            value = await asyncio.to_thread(count)
            took = self._clock() - began
            if len(table) >= _TENANTS:
                table.clear()
            table[key] = _Kept(value, self._clock() + max(fresh_s, _SHARE * took))
            return value

    def _count_now(self, tenant: str) -> Now:
        mine = and_(_C.tenant == tenant, _C.open == true())
        by = select(_C.priority, _C.room, func.count()).where(mine).group_by(_C.priority, _C.room)
        priorities: dict[str, int] = {}
        rooms: dict[str, int] = {}
        with reading(self._engine) as connection:
            for priority, room, count in connection.execute(by):
                priorities[priority] = priorities.get(priority, 0) + count
                if room:
                    rooms[room] = rooms.get(room, 0) + count
        return Now(dict(sorted(priorities.items())), rooms)

    def _count_day(self, tenant: str, since: float, hour: float) -> Day:
        first = hour - (HOURS - 1) * _HOUR_S
        with reading(self._engine) as connection:
            opened, expired, openings = _opened(connection, tenant, since, first)
            decided, endings = _decided(connection, tenant, since, first)
            handling_s = _handling(connection, tenant, since)
            first_s = _first(connection, tenant, since)
            hours = [[a, b] for a, b in zip(openings, endings, strict=True)]
            share = _overturned(connection, tenant, since)
        return Day(opened, decided, expired, handling_s, first_s, share, hours)


def _hour(time_of: ColumnElement[float | None]) -> ColumnElement[int]:
    """Return the number of a time's hour, to half a second: casts round in PostgreSQL."""
    return cast(time_of, BigInteger) // _HOUR_S


def _put(hours: list[int], place: float, count: int) -> None:
    if 0 <= place < HOURS:
        hours[int(place)] += count


def _opened(
    connection: Connection, tenant: str, since: float, first: float
) -> tuple[int, int, list[int]]:
    """Return how many were opened and expired since a time, and opened in each hour."""
    oldest = min(since, first)
    # Each case was changed when or after it was opened, and only `changed` has an index.
    mine = and_(_C.tenant == tenant, _C.changed >= oldest)
    hour = _hour(_C.opened)
    fresh = func.sum(case((_C.opened >= since, 1), else_=0))
    over = func.sum(case((and_(_C.state == "expired", _C.changed >= since), 1), else_=0))
    query = select(hour, func.count(), fresh, over).where(mine).group_by(hour)
    opened = expired = 0
    hours = [0] * HOURS
    for place, count, begun, ended in connection.execute(query):
        opened += begun
        expired += ended
        _put(hours, place - first // _HOUR_S, count)
    return opened, expired, hours


def _decided(
    connection: Connection, tenant: str, since: float, first: float
) -> tuple[int, list[int]]:
    mine = and_(_C.tenant == tenant, _C.decided >= min(since, first), _C.state == "decided")
    hour = _hour(_C.decided)
    fresh = func.sum(case((_C.decided >= since, 1), else_=0))
    decided, hours = 0, [0] * HOURS
    for place, count, done in connection.execute(
        select(hour, func.count(), fresh).where(mine).group_by(hour)
    ):
        decided += done
        _put(hours, place - first // _HOUR_S, count)
    return decided, hours


def _handling(connection: Connection, tenant: str, since: float) -> float | None:
    """Return the median of claim to decision, of cases that are decided."""
    mine = and_(_C.tenant == tenant, _C.decided >= since, _C.state == "decided")
    last = select(_C.id, _C.decided).where(mine).order_by(_C.decided.desc())
    found = {row.id: row.decided for row in connection.execute(last.limit(_TIMED))}
    claims: dict[str, list[float]] = {}
    asked = select(_N.case, _N.at).where(
        _N.tenant == tenant, _N.case.in_(list(found)), _N.kind == "claimed"
    )
    for id, at in connection.execute(asked) if found else ():
        claims.setdefault(id, []).append(at)
    handling = []
    for id, some in claims.items():
        done = found[id]
        handling.append(max(0.0, done - max((at for at in some if at <= done), default=done)))
    return median(handling) if handling else None


def _first(connection: Connection, tenant: str, since: float) -> float | None:
    """Return the median of opening to first claim, of claims since a time, decided or not."""
    claims = and_(_N.tenant == _C.tenant, _N.case == _C.id, _N.kind == "claimed")
    at = select(func.min(_N.at)).where(claims).correlate(cases).scalar_subquery().label("at")
    # A claim changes its case: of those that have not changed since, no claim is looked for.
    mine = select(_C.opened, at).where(_C.tenant == tenant, _C.changed >= since).subquery().c
    query = select(mine.opened, mine.at).where(mine.at >= since).order_by(mine.at.desc())
    last = connection.execute(query.limit(_TIMED))
    waited = [max(0.0, first - opened) for opened, first in last]
    return median(waited) if waited else None


def _overturned(connection: Connection, tenant: str, since: float) -> float | None:
    """Return the share of people's decisions that were taken back."""
    mine = and_(_D.tenant == tenant, _D.at >= since)
    query = select(func.count(), func.count(_D.undone)).where(mine)
    made, undone = connection.execute(query).one()
    return undone / made if made else None
