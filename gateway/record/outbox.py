"""The outbox as nodes poll it: what is open, who answers for it, what has run out of time.

Commands are ordered and ended through the journal alone. What is written here, leases and the
first sending, is no decision, and losing it costs a second sending at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from sqlalchemy import ColumnElement, ColumnExpressionArgument, func, or_, select, update

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading, writing
from seawall.actions import Target

__all__ = ["Outbox", "OutboxRow"]

_MOST = 10_000
_TOGETHER = 500
"""How many values one statement names: databases bound their number."""


class OutboxRow(Struct, frozen=True, gc=False):
    """A command as it stands. Times are seconds since the epoch; `outcome` None while it is open.

    `target` is empty for a room itself; `node` is empty and `leased` 0 where nobody answers for it.
    """

    id: str
    tenant: str
    seq: int
    kind: str
    target_kind: str
    room: str
    target: str
    rev: int | None
    for_s: float | None
    event: str
    because: str
    created: float
    expires: float
    outcome: str | None
    by: str | None
    reason: str | None
    ended: float | None
    node: str
    leased: float
    sent: float | None


_T = schema.commands
_C = _T.c
_COLUMNS = [_C[name] for name in OutboxRow.__struct_fields__]


class Outbox:
    """The table of commands. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def open_for(
        self, tenants: list[str], since: float, now: float | None = None
    ) -> list[OutboxRow]:
        """Return open rows that were created since then, or whose lease ran out; oldest first.

        `now` is the wall clock's unless given. At most ten thousand rows of five hundred tenants.
        """
        at = time.time() if now is None else now
        return await asyncio.to_thread(self._open_for, tenants, since, at)

    async def lease(self, node: str, ids: list[str], until: float, now: float) -> set[str]:
        """Lease those open rows that are free, ours already, or whose lease ran out; say which."""
        return await asyncio.to_thread(self._lease, node, ids, until, now)

    async def sent(self, ids: list[str], at: float) -> None:
        """Note that open rows have reached a connection; the first time counts."""
        await asyncio.to_thread(self._sent, ids, at)

    async def max_seq(self) -> int:
        """Return the greatest seq there is, 0 for none."""
        return await asyncio.to_thread(self._max_seq)

    async def expired(self, now: float, limit: int, node: str | None = None) -> list[OutboxRow]:
        """Return open rows whose time is over, the longest ago first.

        With a `node`: only those that it answers for, or nobody does any more.
        """
        over = [_C.outcome.is_(None), _C.expires <= now]
        if node is not None:
            over.append(or_(_C.node == node, _C.leased <= now))
        return await asyncio.to_thread(self._select, over, (_C.expires, _C.id), limit)

    async def find(self, tenant: str, id: str) -> OutboxRow | None:
        """Return a row, open or ended; None where that tenant has none."""
        same = [_C.tenant == tenant, _C.id == id]
        rows = await asyncio.to_thread(self._select, same, (_C.id,), 1)
        return rows[0] if rows else None

    async def of_event(self, tenant: str, event: str) -> list[OutboxRow]:
        """Return what was ordered because of an event, open or ended, in the order of seq."""
        same = [_C.tenant == tenant, _C.event == event]
        return await asyncio.to_thread(self._select, same, (_C.seq,), _MOST)

    async def newest(self, tenant: str, targets: Iterable[Target]) -> int:
        """Return the greatest seq ordered for any of these targets, 0 for none."""
        return await asyncio.to_thread(self._newest, tenant, list(targets))

    async def reverts(self, tenants: list[str], since: float) -> list[OutboxRow]:
        """Return reverts that were created since then and have ended, the newest first.

        They are the tombstones of what they took back. At most ten thousand of five hundred
        tenants.
        """
        return await asyncio.to_thread(self._reverts, tenants, since)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _newest(self, tenant: str, targets: list[Target]) -> int:
        places: dict[tuple[str, str], set[str]] = {}
        for each in targets:
            places.setdefault((each.kind, each.room or ""), set()).add(each.id or "")
        newest = 0
        with reading(self._engine) as connection:
            for (kind, room), ids in places.items():
                for group in _groups(sorted(ids)):
                    query = select(func.max(_C.seq)).where(
                        _C.tenant == tenant,
                        _C.target_kind == kind,
                        _C.room == room,
                        _C.target.in_(group),
                    )
                    newest = max(newest, connection.execute(query).scalar() or 0)
        return newest

    def _reverts(self, tenants: list[str], since: float) -> list[OutboxRow]:
        taken_back = or_(_C.kind == "restore", _C.for_s == 0.0)
        rows: list[OutboxRow] = []
        for group in _groups(tenants):
            ended = (_C.tenant.in_(group), _C.outcome.is_not(None), _C.created >= since)
            rows += self._select((*ended, taken_back), (_C.created.desc(), _C.id), _MOST)
        return rows

    def _open_for(self, tenants: list[str], since: float, now: float) -> list[OutboxRow]:
        fresh = or_(_C.created >= since, _C.leased <= now)
        rows: list[OutboxRow] = []
        for group in _groups(tenants):
            found = (_C.tenant.in_(group), _C.outcome.is_(None), fresh)
            rows += self._select(found, (_C.created, _C.seq), _MOST)
        return rows

    def _select(
        self,
        conditions: Iterable[ColumnElement[bool]],
        order: Iterable[ColumnExpressionArgument[object]],
        limit: int,
    ) -> list[OutboxRow]:
        query = select(*_COLUMNS).where(*conditions).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            return [OutboxRow(*row) for row in connection.execute(query)]

    def _lease(self, node: str, ids: list[str], until: float, now: float) -> set[str]:
        ours = or_(_C.node == node, _C.leased <= now)
        taken: set[str] = set()
        for group in _groups(ids):
            # One that is just being ended or leased elsewhere is left for the next time: two that
            # wait for each other's rows would wait for ever.
            free = select(_C.id).where(_C.id.in_(group), _C.outcome.is_(None), ours)
            free = free.order_by(_C.id).with_for_update(skip_locked=True)
            claim = update(_T).where(_C.id.in_(free.scalar_subquery()))
            with writing(self._engine) as connection:
                claimed = connection.execute(claim.values(node=node, leased=until).returning(_C.id))
                taken.update(claimed.scalars())
        return taken

    def _sent(self, ids: list[str], at: float) -> None:
        for group in _groups(ids):
            # Whoever ended it may have been faster, and an ended row stays as it is.
            unsent = select(_C.id).where(_C.id.in_(group), _C.outcome.is_(None), _C.sent.is_(None))
            unsent = unsent.order_by(_C.id).with_for_update()
            with writing(self._engine) as connection:
                mark = update(_T).where(_C.id.in_(unsent.scalar_subquery()))
                connection.execute(mark.values(sent=at))

    def _max_seq(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.max(_C.seq))).scalar() or 0)


def _groups(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _TOGETHER] for start in range(0, len(values), _TOGETHER))
