"""The queues' numbers: counted in one pass over an index that holds all of it, and kept a while.

Counting a million open cases takes some tenths of a second, so it is never done for a caller that
has older numbers to look at: those are answered, and counted anew in the background, at most every
`FRESH_S` and in no more than a twentieth of the time. One who asks first waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select, true

from gateway.record.schema_cases import cases
from gateway.roles import Actor
from gateway.shapes.cases import QueueLine, QueueList

__all__ = ["FRESH_S", "Numbers", "count_queues"]

FRESH_S = 1.0
_SHARE = 20.0
_TENANTS = 1_000
_C = cases.c


def count_queues(connection: Connection, tenant: str) -> list[QueueLine]:
    """Count a tenant's open cases by queue, in the order of the queues' names."""
    groups = (_C.queue, _C.state, _C.priority)
    query = select(*groups, func.count(), func.min(_C.opened), func.min(_C.due))
    query = query.where(_C.tenant == tenant, _C.open == true()).group_by(*groups)
    queues: dict[str, _Sum] = {}
    for queue, state, priority, number, oldest, soonest in connection.execute(query):
        queues.setdefault(queue, _Sum()).add(state, priority, number, oldest, soonest)
    return [queues[queue].shown(queue) for queue in sorted(queues)]


@dataclass(slots=True)
class _Sum:
    states: dict[str, int] = field(default_factory=dict)
    priorities: dict[str, int] = field(default_factory=dict)
    oldest: float | None = None
    soonest: float | None = None

    def add(
        self, state: str, priority: str, number: int, oldest: float, soonest: float | None
    ) -> None:
        self.states[state] = self.states.get(state, 0) + number
        self.priorities[priority] = self.priorities.get(priority, 0) + number
        self.oldest = min(filter(None, (self.oldest, oldest)), default=None)
        self.soonest = min(filter(None, (self.soonest, soonest)), default=None)

    def shown(self, queue: str) -> QueueLine:
        claimed, escalated = self.states.get("claimed", 0), self.states.get("escalated", 0)
        by_priority = dict(sorted(self.priorities.items()))
        every = sum(self.states.values())
        return QueueLine(queue, every, claimed, escalated, by_priority, self.oldest, self.soonest)


@dataclass(slots=True)
class _Kept:
    lines: list[QueueLine]
    until: float


class Numbers:
    """What was counted last, by tenant. `count` asks the database."""

    def __init__(
        self,
        count: Callable[[str], Awaitable[list[QueueLine]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._counting: dict[str, asyncio.Task[list[QueueLine]]] = {}

    async def of(self, actor: Actor) -> QueueList:
        """Return the queues an actor may see. Raises RecordUnavailable when nothing is known."""
        kept = self._kept.get(actor.tenant)
        if kept is not None and self._clock() < kept.until:
            lines = kept.lines
        else:
            task = self._counting.get(actor.tenant) or self._begin(actor.tenant)
            lines = await asyncio.shield(task) if kept is None else kept.lines
        return QueueList([line for line in lines if actor.may("cases.read", line.queue)])

    async def close(self) -> None:
        """Wait for what is being counted."""
        await asyncio.gather(*self._counting.values(), return_exceptions=True)

    def _begin(self, tenant: str) -> asyncio.Task[list[QueueLine]]:
        task = asyncio.create_task(self._renew(tenant), name=f"queues of {tenant}")
        self._counting[tenant] = task
        task.add_done_callback(lambda done: self._ended(tenant, done))
        return task

    async def _renew(self, tenant: str) -> list[QueueLine]:
        began = self._clock()
        lines = await self._count(tenant)
        now = self._clock()
        self._kept[tenant] = _Kept(lines, now + max(FRESH_S, _SHARE * (now - began)))
        self._kept.move_to_end(tenant)
        if len(self._kept) > _TENANTS:
            self._kept.popitem(last=False)
        return lines

    def _ended(self, tenant: str, task: asyncio.Task[list[QueueLine]]) -> None:
        self._counting.pop(tenant, None)
        if not task.cancelled() and task.exception() is not None:
            self._kept.pop(tenant, None)  # who asks next is told what is wrong
