"""Where the gateway counts: Valkey or Redis by one call a tick, and this process when that fails.

Rules:
1. Every submission is answered once, later, in time, whatever becomes of the server: what is late,
   failed or crowded out is counted here instead and marked degraded. No answer takes longer than
   twice the deadline (shard.py).
2. One server, a primary behind sentinels, or a cluster (cluster.py): there only what belongs to
   slots that cannot be reached is counted here.
3. Local windows start empty: while they are in use each process lets its own limit through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gateway.state.address import Address, Place, Seeds, Sentinels, parse_place
from gateway.state.asks import Ask, Counts, Desk, Whole
from gateway.state.cluster import Cluster
from gateway.state.link import Link
from gateway.state.script import MOST_CHECKS, Script
from gateway.state.shard import Shard
from gateway.state.valkey import ValkeyServer
from gateway.state.waiting import InOrder
from seawall.windows import MOST_NOW_MS, Check, LocalWindows

__all__ = ["Counts", "WindowStore"]

MOST_IN_FLIGHT = 4


class WindowStore:
    """Sliding windows by URL: `embedded`, `local`, or one of those in address.py.

    `deadline_ms` is what one call may take (rule 1), `max_waiting` how many checks may wait their
    turn (in a cluster: for one node); `memory_bytes` and `directory` are the embedded server's.
    """

    _loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        url: str = "embedded",
        *,
        deadline_ms: float = 10.0,
        memory_bytes: int = 256 << 20,
        directory: Path | None = None,
        local: LocalWindows | None = None,
        max_waiting: int = 16_384,
    ) -> None:
        self.server: ValkeyServer | None = None
        self._place: Place | None = None
        if url == "embedded":
            self.server = ValkeyServer(memory_bytes=memory_bytes, directory=directory)
        elif url != "local":
            self._place = parse_place(url)
        self._deadline_s = deadline_ms / 1000
        self._max_waiting = max_waiting
        self._desk = Desk(local if local is not None else LocalWindows())
        self._script = Script()
        self._shard: Shard | None = None
        self._cluster: Cluster | None = None

    @property
    def place(self) -> Place | None:
        """Return where the windows are; None when local, or embedded and not started yet."""
        return self._place

    @property
    def degraded(self) -> bool:
        """Say whether windows, or some of them, are local although they should not be."""
        if self._cluster is not None:
            return self._cluster.degraded
        return self._shard is not None and not self._shard.link.up

    @property
    def calls(self) -> int:
        """Return how many calls were sent."""
        return self._desk.calls

    @property
    def checks(self) -> int:
        """Return how many checks were submitted."""
        return self._desk.checks

    @property
    def late(self) -> int:
        """Return how many checks missed their deadline."""
        return self._desk.late

    @property
    def failed(self) -> int:
        """Return how many checks met an error or a lost connection."""
        return self._desk.failed

    @property
    def local(self) -> int:
        """Return how many checks were answered here, those late and failed included."""
        return self._desk.local

    async def start(self, patience_s: float = 2.0) -> None:
        """Start the embedded server or connect; after `patience_s` without, go on degraded.

        Raises ConfigError when the server refuses our user, password or database, and ConfigError
        or StateUnavailable when the embedded server cannot be started at all.
        """
        self._loop = asyncio.get_running_loop()
        if self.server is not None:
            await self.server.start()
            self._place = Address(path=self.server.path)
        try:
            match self._place:
                case Address() | Sentinels() as place:
                    self._shard = self._shard_at(place)
                    await self._shard.link.start(patience_s)
                case Seeds() as seeds:
                    self._cluster = Cluster(
                        seeds, self._script, self._deadline_s, self._desk, self._max_waiting
                    )
                    await self._cluster.start(patience_s)
        except BaseException:  # cancelled or refused: nobody else would close it
            await self.close()
            raise

    async def close(self) -> None:
        """Answer what is open locally, disconnect, and stop the embedded server."""
        if self._shard is not None:
            await self._shard.link.close()
            self._shard.close()
        if self._cluster is not None:
            await self._cluster.close()
        if self.server is not None:
            await self.server.close()

    def submit(self, checks: Sequence[Check], now_ms: int | None, done: Counts) -> None:
        """Ask `checks` in order and have `done` called once, never from within this call.

        `now_ms` is for replays; without it the server's time counts. A submission of more than
        MOST_CHECKS checks is answered when its last part is; several of that size are faster.
        """
        if now_ms is not None and not 0 <= now_ms <= MOST_NOW_MS:
            raise ValueError(f"now_ms must be 0 to {MOST_NOW_MS}, not {now_ms}")
        self._desk.checks += len(checks)
        if self._cluster is not None and checks:
            self._cluster.submit(checks, now_ms, done)
            return
        shard = self._shard
        if (
            shard is None
            or not shard.link.up
            or shard.waiting_checks + len(checks) > self._max_waiting
            or not checks
        ):
            ask = Ask(checks, now_ms, done, 0.0)
            degraded = shard is not None and bool(checks)
            self._loop.call_soon(self._desk.answer_here, ask, degraded)
            return
        due = time.monotonic() + 2 * self._deadline_s - 0.001
        if len(checks) <= MOST_CHECKS:
            shard.put(Ask(checks, now_ms, done, due))
        else:
            whole = Whole(len(checks), done)
            for start in range(0, len(checks), MOST_CHECKS):
                part = checks[start : start + MOST_CHECKS]
                shard.put(Ask(part, now_ms, partial(whole.take, start), due))
        shard.send()

    def _shard_at(self, place: Address | Sentinels) -> Shard:
        link = Link(place, self._script, self._deadline_s, self._give_up)
        return Shard(link, self._script, self._deadline_s, self._desk, InOrder(), MOST_IN_FLIGHT)

    def _give_up(self) -> None:
        if self._shard is not None:
            self._shard.give_up()
