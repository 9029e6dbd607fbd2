"""When a dependency or a worker stays away: people are told once, and again when it is back.

Rules:
1. Each second every entry of `Metrics.degraded` is asked. What was down at each look for `AFTER_S`
   opens a case, once an outage, for each tenant that is there to be told.
2. What is up again at `UP` looks in a row resolves it: what flickers is one outage.
3. Each gateway tells of itself, by its name; the same outage seen by several is one incident.
4. What could not be recorded is tried again `AGAIN_S` later: the record may be what is down.
5. Who stops in order resolves what it opened: nobody would be left to say that it is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import msgspec

from gateway.cases.lines import fault_id, of_fault
from gateway.log import log
from gateway.record.entry import Entry

__all__ = ["Noting", "Outages"]

LOOK_S = 1.0
AFTER_S = 10.0
AGAIN_S = 10.0
UP = 3
_TENANTS = 1000
"""At most so many tenants are told of one outage."""


class Noting(Protocol):
    """Makes an entry durable, then calls back; never, when it cannot: `Recorder.note`."""

    def __call__(self, entry: Entry, noted: Callable[[], None]) -> None:
        """Record."""


class _Told(msgspec.Struct):
    """One tenant's case about an outage. `opened` and `closed`: its lines are durable."""

    case: str
    opened: bool = False
    closed: bool = False
    asked: float = -AGAIN_S
    """When it was last tried to record a line, monotonic seconds."""


class _Outage(msgspec.Struct):
    """Something that is down. `since` is wall time, `seen` monotonic."""

    since: float
    seen: float
    up: int = 0
    logged: bool = False
    told: dict[str, _Told] = {}


class Outages:
    """The outages of one gateway. `run` is the task that looks."""

    def __init__(
        self,
        degraded: Mapping[str, Callable[[], bool]],
        note: Noting,
        node: str,
        tenants: Callable[[], Collection[str]],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`degraded` is `Metrics.degraded`; `tenants` says who is to be told."""
        self._degraded = degraded
        self._note = note
        self._node = node
        self._tenants = tenants
        self._wall = wall
        self._clock = clock
        self._outages: dict[str, _Outage] = {}
        self._over: list[tuple[str, _Outage]] = []

    async def run(self) -> None:
        """Look each second until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            self.close()

    def look(self) -> None:
        """Look once."""
        now = self._clock()
        for name, is_down in list(self._degraded.items()):
            if is_down():
                self._down(name, now)
            elif name in self._outages:
                self._is_up(name, now)
        for name, outage in self._over:
            self._resolve(name, outage, "it is back", now)
        self._over = [(name, each) for name, each in self._over if not _is_settled(each)]

    def close(self) -> None:
        """Resolve what is open: this gateway stops."""
        now = self._clock()
        for name, outage in [*self._outages.items(), *self._over]:
            self._resolve(name, outage, "the gateway stopped", now, at_once=True)
        self._outages.clear()
        self._over.clear()

    def _down(self, name: str, now: float) -> None:
        outage = self._outages.get(name)
        if outage is None:
            self._outages[name] = _Outage(self._wall(), now, told={})
            return
        outage.up = 0
        if now - outage.seen < AFTER_S:
            return
        if not outage.logged:
            outage.logged = True
            log.error("still degraded", extra={"fields": {"dependency": name, "in_s": AFTER_S}})
        for tenant in sorted(self._tenants())[:_TENANTS]:
            told = outage.told.get(tenant)
            if told is None:
                case = fault_id(tenant, self._node, name, outage.since)
                told = outage.told[tenant] = _Told(case)
            if not told.opened and now - told.asked >= AGAIN_S:
                told.asked = now
                why = f"{name} is degraded at gateway {self._node}"
                self._record(tenant, told, name, why, over=False)

    def _is_up(self, name: str, now: float) -> None:
        outage = self._outages[name]
        outage.up += 1
        if outage.up < UP and outage.told:
            return
        del self._outages[name]
        if outage.told:
            for told in outage.told.values():
                told.asked = now - AGAIN_S
            self._over.append((name, outage))

    def _resolve(
        self, name: str, outage: _Outage, why: str, now: float, *, at_once: bool = False
    ) -> None:
        for tenant, told in outage.told.items():
            # A line that is on its way may still become durable: both are told, in their order.
            if not told.closed and (at_once or now - told.asked >= AGAIN_S):
                told.asked = now
                self._record(tenant, told, name, f"{why} at gateway {self._node}", over=True)

    def _record(self, tenant: str, told: _Told, name: str, why: str, *, over: bool) -> None:
        def noted() -> None:
            if over:
                told.closed = True
            else:
                told.opened = True

        case, node, at = told.case, self._node, self._wall()
        self._note(of_fault(tenant, case, node, name, at, why, over=over), noted)


def _is_settled(outage: _Outage) -> bool:
    return all(told.closed for told in outage.told.values())
