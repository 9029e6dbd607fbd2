"""The table of nukes: a phrase that is acted on for a while, on every gateway of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, insert, select, update

from gateway.record import schema, schema_cases
from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.decisions import SetLabel

__all__ = ["CAP", "Caught", "NukeRow", "Nukes"]

CAP = "cap"
"""Who ended a nuke that has hit as much as it may."""
LONGEST_S = 90_000.0
"""Longer than any nuke may last."""
_MOST = 10_000
_HEADS = "head:"
_APART_S = 120.0
"""How far the clocks of gateways may differ."""


class NukeRow(Struct, frozen=True):
    """A nuke as it stands. Times are seconds since the epoch; `room` empty: every room."""

    tenant: str
    id: str
    room: str
    phrase: str
    action: str
    for_s: float | None
    at: float
    since: float
    until: float
    most: int
    hits: int
    by: str
    reason: str
    ended: float | None
    ended_by: str
    changed: float

    def is_live(self, now: float) -> bool:
        """Say whether it still acts on what comes."""
        return self.ended is None and now < self.until


class Caught(Struct, frozen=True):
    """A verdict that a nuke led."""

    event: str
    rev: int


_T = schema_cases.nukes
_C = _T.c
_COLUMNS = [_C[name] for name in NukeRow.__struct_fields__]


class Nukes:
    """The table of nukes. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def add(self, row: NukeRow) -> None:
        """Make a nuke durable."""
        await asyncio.to_thread(self._add, row)

    async def find(self, tenant: str, id: str) -> NukeRow | None:
        """Return a nuke, ended or not."""
        rows = await asyncio.to_thread(self._select, (_C.tenant == tenant, _C.id == id), 1)
        return rows[0] if rows else None

    async def all(self, tenant: str, limit: int) -> list[NukeRow]:
        """Return a tenant's nukes, the newest first."""
        return await asyncio.to_thread(self._select, (_C.tenant == tenant,), limit)

    async def live(self, now: float) -> list[NukeRow]:
        """Return the nukes of all tenants that act on what comes."""
        # `changed` has an index, and a nuke lasts no longer than that.
        some = (_C.changed >= now - LONGEST_S, _C.until > now, _C.ended.is_(None))
        return await asyncio.to_thread(self._select, some, _MOST)

    async def end(self, tenant: str, id: str, by: str, now: float) -> bool:
        """End a nuke that nobody has ended and whose time is not over; say whether this did."""
        return await asyncio.to_thread(self._end, tenant, id, by, now)

    async def count(self, hits: Mapping[tuple[str, str], int]) -> None:
        """Add hits, by tenant and id."""
        await asyncio.to_thread(self._count, dict(hits))

    async def undone(self, now: float) -> list[tuple[NukeRow, str, str]]:
        """Return nukes of the last days whose decision is taken back; by whom, and why."""
        return await asyncio.to_thread(self._undone, now)

    async def caught(self, row: NukeRow, rule: str, limit: int) -> list[Caught]:
        """Return verdicts that a nuke led and nobody has reverted, at most so many."""
        return await asyncio.to_thread(self._caught, row, rule, limit)

    async def labels(self, tenant: str, rule: str, limit: int) -> list[SetLabel]:
        """Return the labels a nuke set that nobody ended; other rules may have led its verdicts."""
        return await asyncio.to_thread(self._labels, tenant, rule, limit)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _add(self, row: NukeRow) -> None:
        with writing(self._engine) as connection:
            connection.execute(insert(_T).values(asdict(row)))

    def _select(self, conditions: tuple[ColumnElement[bool], ...], limit: int) -> list[NukeRow]:
        query = select(*_COLUMNS).where(*conditions).order_by(_C.at.desc(), _C.id).limit(limit)
        with reading(self._engine) as connection:
            return [NukeRow(*row) for row in connection.execute(query)]

    def _end(self, tenant: str, id: str, by: str, now: float) -> bool:
        mine = (_C.tenant == tenant, _C.id == id, _C.ended.is_(None), _C.until > now)
        with writing(self._engine) as connection:
            ending = update(_T).where(*mine).values(ended=now, ended_by=by, changed=now)
            return connection.execute(ending).rowcount == 1

    def _count(self, hits: dict[tuple[str, str], int]) -> None:
        with writing(self._engine) as connection:
            for (tenant, id), count in sorted(hits.items()):
                mine = update(_T).where(_C.tenant == tenant, _C.id == id)
                connection.execute(mine.values(hits=_C.hits + count))

    def _undone(self, now: float) -> list[tuple[NukeRow, str, str]]:
        made = schema_cases.decisions.c
        query = (
            select(*_COLUMNS, made.undone_by, made.undo_reason)
            .join(schema_cases.decisions, (made.tenant == _C.tenant) & (made.id == _C.id))
            .where(_C.changed >= now - 3 * LONGEST_S, made.state.in_(("undoing", "undone")))
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(_MOST)).all()
        return [(NukeRow(*row[:-2]), row[-2], row[-1]) for row in rows]

    def _caught(self, row: NukeRow, rule: str, limit: int) -> list[Caught]:
        log, again = schema.journal, schema.journal.alias("again")
        taken_back = (
            select(again.c.seq)
            .where(
                again.c.tenant == log.c.tenant,
                again.c.event == log.c.event,
                again.c.rev == log.c.rev,
                again.c.kind == "revert",
            )
            .exists()
        )
        found: dict[tuple[str, int], Caught] = {}
        with reading(self._engine) as connection:
            for writer, first in _begins(connection, row.at):
                query = select(log.c.event, log.c.rev).where(
                    log.c.writer == writer,
                    log.c.seq >= first,
                    log.c.tenant == row.tenant,
                    log.c.rule == rule,
                    log.c.kind == "verdict",
                    ~taken_back,
                )
                for each in connection.execute(query.limit(limit - len(found))):
                    found[each.event, each.rev] = Caught(*each)
                if len(found) >= limit:
                    break
        return list(found.values())

    def _labels(self, tenant: str, rule: str, limit: int) -> list[SetLabel]:
        columns = schema.labels.c
        query = select(*(columns[name] for name in SetLabel.__struct_fields__)).where(
            columns.tenant == tenant, columns.because == rule, columns.ended.is_(False)
        )
        with reading(self._engine) as connection:
            return [SetLabel(*row) for row in connection.execute(query.limit(limit))]


def _begins(connection: Connection, at: float) -> list[tuple[str, int]]:
    """Return each chain and a place in it before anything of that time: heads know."""
    meta, heads = schema.meta.c, schema.heads.c
    keys = connection.execute(select(meta.key).where(meta.key.startswith(_HEADS))).scalars().all()
    found = []
    for key in keys:
        writer = key.removeprefix(_HEADS)
        before = (heads.writer == writer, heads.at <= at - _APART_S)
        query = select(heads.seq).where(*before).order_by(heads.seq.desc()).limit(1)
        found.append((writer, connection.execute(query).scalar() or 0))
    return found
