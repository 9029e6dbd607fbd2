"""The courier between the outbox in the database and this gateway's connections.

Rules:
1. Each second, or soon after a wake, it looks up what is open for the tenants connected here and
   gives it to `Commands`, which tells each connection once. The poll is the truth, a wake a hint.
2. It leases what this gateway serves and renews that, so that one gateway answers for a command;
   whoever gets the lease of one that is too old ends it as expired, with a case.
3. A new connection, or `resume`, has its tenant looked up at once. Where the database does not
   answer within `CATCH_UP_S`, it is told what is in memory.
4. While the database is gone nothing is ended for its age: what is in memory goes on being told,
   and the rest is found once it is back.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, Protocol, cast

from gateway.chat.commands import Commands, Receiver
from gateway.chat.pending import LEASE_S, Stored
from gateway.log import log
from gateway.metrics import Metrics
from gateway.record.outbox import OutboxRow
from seawall import wire
from seawall.actions import Target, TargetKind
from seawall.errors import RecordUnavailable

__all__ = ["Courier", "OutboxTable", "Waker"]

POLL_S = 1.0
BACKOFF_S = 1.5
"""Between polls while the database is gone: it must be noticed within two seconds that it is
back."""
LEAST_S = 0.05
"""Between two polls, however often it is woken."""
LOOK_BACK_S = 10.0
FULL_S = 5.0
"""How often everything open is looked up, not only what is new."""
CATCH_UP_S = 0.5
GRACE_S = 1.0
"""How long after its expiry a command is ended: a `done` in time may still be on its way."""
_EXPIRED = 500
_PART = 500
_MOST = 10_000
"""Rows of one look; with as many, what is missing from them may be open all the same."""
_LOOKED_UP = 32
_UNKNOWN = 256


class OutboxTable(Protocol):
    """The outbox in the database. Every call may raise RecordUnavailable."""

    async def open_for(
        self, tenants: list[str], since: float, now: float | None = None
    ) -> list[OutboxRow]:
        """Return open rows created since then, or whose lease ran out."""

    async def reverts(self, tenants: list[str], since: float) -> list[OutboxRow]:
        """Return ended reverts created since then."""

    async def lease(self, node: str, ids: list[str], until: float, now: float) -> set[str]:
        """Lease open rows that are free, ours, or whose lease ran out; return which."""

    async def sent(self, ids: list[str], at: float) -> None:
        """Note that rows reached a connection."""

    async def max_seq(self) -> int:
        """Return the greatest seq ever recorded."""

    async def expired(self, now: float, limit: int, node: str | None = None) -> list[OutboxRow]:
        """Return open rows whose time is over and that no other node has leased."""

    async def find(self, tenant: str, id: str) -> OutboxRow | None:
        """Return a row, open or ended."""

    async def newest(self, tenant: str, targets: Iterable[Target]) -> int:
        """Return the greatest seq ordered for any of these targets."""


class Waker(Protocol):
    """Wakes the other gateways, and is woken by them. Never blocks, never raises."""

    def publish(self, topic: str, payload: str = "") -> None:
        """Wake them."""

    def on(self, topic: str, heard: Callable[[str], None]) -> None:
        """Listen."""


class _Unknown(NamedTuple):
    tenant: str
    command: str
    by: str
    receiver: Receiver | None


class Courier:
    """Owner of the outbox's polling; `run` is its task. `metrics.degraded["outbox"]` tells."""

    def __init__(
        self,
        table: OutboxTable,
        commands: Commands,
        wake: Waker,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.failing = False
        self._table = table
        self._commands = commands
        self._wake = wake
        self._metrics = metrics
        self._clock = clock
        self._loaded = False
        self._wanted: dict[str, asyncio.TimerHandle] = {}
        self._unknown: deque[_Unknown] = deque(maxlen=_UNKNOWN)
        self._woken = asyncio.Event()
        self._full_at = self._swept_at = -FULL_S
        commands.attach(self)
        wake.on("commands", self._heard)
        metrics.degraded["outbox"] = lambda: self.failing

    # -- what Commands asks ---------------------------------------------------------------------

    def issued(self, tenant: str) -> None:
        """Tell the other gateways that there are commands."""
        self._wake.publish("commands", tenant)

    def wanted(self, tenant: str) -> None:
        """Look up what is open for a tenant soon, and tell its waiting connections in any case."""
        if tenant not in self._wanted:
            loop = asyncio.get_running_loop()
            self._wanted[tenant] = loop.call_later(CATCH_UP_S, self._catch_up, tenant)
        self._woken.set()

    def unknown(self, tenant: str, command: str, by: str, receiver: Receiver | None) -> None:
        """Look up a command that was done and is not known here; of too many the first is lost.

        Whoever told the truth is asked to do the command again, and says `done` again.
        """
        self._unknown.append(_Unknown(tenant, command, by, receiver))

    # -- the task -------------------------------------------------------------------------------

    async def load(self) -> None:
        """Learn how far sequence numbers have got.

        Raises RecordUnavailable; `run` tries again.
        """
        self._commands.sequence.see(await self._table.max_seq())
        self._loaded = True

    async def see(self, tenant: str, targets: Iterable[Target]) -> None:
        """Learn of all commands for some targets, so that what is prepared next comes after them.

        Before a revert: clocks of two gateways differ, and what is reverted must be the older one.
        Raises RecordUnavailable.
        """
        self._commands.sequence.see(await self._table.newest(tenant, targets))

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await asyncio.sleep(LEAST_S)
            with suppress(TimeoutError):  # nobody woke us: it is time anyway
                async with asyncio.timeout(BACKOFF_S if self.failing else POLL_S):
                    await self._woken.wait()
            self._woken.clear()
            await self.attempt(self._clock())

    def close(self) -> None:
        """Stop waiting on behalf of connections; whoever cancelled `run` calls it."""
        for timer in self._wanted.values():
            timer.cancel()
        self._wanted.clear()

    async def attempt(self, now: float) -> bool:
        """Poll once; False when the database is gone: then what is in memory is told."""
        try:
            await self.poll(now)
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("the outbox cannot be read", extra={"fields": {"why": str(problem)}})
            self.failing = True
            for tenant in list(self._wanted):
                self._catch_up(tenant)
            return False
        if self.failing:
            log.warning("the outbox can be read again")
        self.failing = False
        return True

    async def poll(self, now: float) -> None:
        """Bring memory and database together. Raises RecordUnavailable."""
        if not self._loaded:
            await self.load()
        await self._look_up(now)
        waiting = dict(self._wanted)
        await self._take_in(now, full=bool(waiting) or _is_due(self._full_at, FULL_S, now))
        for tenant, timer in waiting.items():
            if self._wanted.get(tenant) is timer:
                self._catch_up(tenant)
        await self._lease(now)
        if _is_due(self._swept_at, POLL_S / 2, now):
            self._swept_at = now
            await self._expire(now)
            self._commands.expire(now)

    def _heard(self, tenant: str) -> None:
        if tenant in self._commands.tenants():
            self._woken.set()

    def _catch_up(self, tenant: str) -> None:
        timer = self._wanted.pop(tenant, None)
        if timer is not None:
            timer.cancel()
        if not self._commands.catch_up(tenant, self._clock()):
            self.wanted(tenant)

    async def _take_in(self, now: float, *, full: bool) -> None:
        """Give Commands what is open, and end what others override."""
        tenants = self._commands.tenants()
        if not tenants:
            return
        if full:  # first, so that what they took back is known for what it is
            lately = now - self._commands.expiry_s - LOOK_BACK_S
            for row in await self._table.reverts(tenants, lately):
                self._commands.remember(row.tenant, _stored(row).command)
        rows = await self._table.open_for(tenants, 0.0 if full else now - LOOK_BACK_S, now)
        stored = {row.id: _stored(row) for row in sorted(rows, key=lambda row: row.seq)}
        overridden = await self._adopt(list(stored.values()), now)
        for key in await self._claim(overridden, now):
            self._commands.finish(stored[key], "superseded", "", "overridden before it was sent")
        if full:
            self._full_at = now
            if len(rows) < _MOST:
                await self._settle(tenants, set(stored), now)

    async def _adopt(self, rows: list[Stored], now: float) -> list[str]:
        """Take rows in, so many at a time that no message waits long meanwhile."""
        overridden: list[str] = []
        parts = [rows[start : start + _PART] for start in range(0, len(rows), _PART)]
        for part in parts[1:]:
            self._commands.foresee(row for row in part if row.expires > now)
            await asyncio.sleep(0)
        for part in parts:
            overridden += self._commands.adopt(part, now)
            await asyncio.sleep(0)
        return overridden

    async def _settle(self, tenants: list[str], found: set[str], now: float) -> None:
        """Forget what has ended elsewhere without having been seen open here."""
        missing = self._commands.missing(tenants, found, now - LEASE_S)
        for order in missing[:_LOOKED_UP]:
            row = await self._table.find(order.tenant, order.command.id)
            too_old = order.until + self._commands.expiry_s <= now  # it waits in the spill file
            if too_old if row is None else row.outcome is not None:
                self._commands.settle(order.tenant, order.command.id)

    async def _lease(self, now: float) -> None:
        """Answer for what is served here, and note what reached a connection."""
        commands = self._commands
        commands.leased(await self._claim(commands.leasable(now), now), now + LEASE_S)
        if ids := commands.take_sent():
            await self._table.sent(ids, now)

    async def _expire(self, now: float) -> None:
        node = self._commands.sequence.node
        over = await self._table.expired(now - GRACE_S, _EXPIRED, node)
        rows = {row.id: row for row in over}
        for key in await self._claim(rows, now):
            self._commands.expired(_stored(rows[key]), now)

    async def _claim(self, ids: Iterable[str], now: float) -> set[str]:
        wanted = list(ids)
        if not wanted:
            return set()
        node = self._commands.sequence.node
        return await self._table.lease(node, wanted, now + LEASE_S, now)

    async def _look_up(self, now: float) -> None:
        """Find out about commands done that are not known here: after a restart, or a lie."""
        for _ in range(min(len(self._unknown), _LOOKED_UP)):
            asked = self._unknown.popleft()
            row = await self._table.find(asked.tenant, asked.command)
            if row is None or (asked.receiver and not asked.receiver.serves(row.room or None)):
                continue
            if row.outcome is None:
                self._commands.finish(_stored(row), "done", asked.by)
            elif row.outcome == "expired":
                self._commands.late(asked.tenant, _stored(row).command, asked.by)


def _is_due(last: float, every_s: float, now: float) -> bool:
    return not 0 <= now - last < every_s  # below 0: the clock was set back


def _stored(row: OutboxRow) -> Stored:
    """Return a row as Commands knows it: an empty string stands for None in the table."""
    target = Target(
        cast(TargetKind, row.target_kind),  # written from one
        row.room or None,
        row.target or None,
        row.rev,
    )
    command = wire.Command(
        row.id, row.seq, row.kind, target, row.for_s, row.expires, row.because or None
    )
    return Stored(row.tenant, command, row.created, row.expires, row.node, row.leased, row.sent)
