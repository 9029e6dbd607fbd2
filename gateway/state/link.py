"""The way to a server of the windows store: connect, prove that it counts in time, come back.

Rules:
1. It is up only while a probe, a real check that writes, was answered within the deadline: a server
   that is frozen, slow, loading, read-only or out of memory is as good as gone.
2. Whoever is let down says so with `doubt`; nothing is sent again until the next probe has passed.
3. The first probe follows a doubt at once, the next ones after 50 ms, doubling up to 1 s.
4. Behind sentinels the primary is asked for before every connection, and each second besides: a
   primary that is none any more may not know it.
5. A server that refuses our user, password or database when we start, or is a node of a cluster,
   will refuse always: that is a ConfigError. Later it may be being set up anew, and we keep trying.
6. A node of a cluster that says the probe belongs elsewhere is alive: what it owns is not ours.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from gateway.state.address import Address, Sentinels
from gateway.state.lane import Answer, Lane, connect
from gateway.state.script import Script
from gateway.state.sentinel import find_primary
from seawall.errors import ConfigError, StateUnavailable
from seawall.windows import Check, Mode, Spec

__all__ = ["PROBE", "Link", "Probe", "is_refusal"]

_LOG = logging.getLogger("seawall.state")

_BACKOFF_S = (0.05, 1.0)
_REPLY_DEADLINE_S = 1.0
_SENTINEL_EACH_S = 1.0
_REFUSALS = ("WRONGPASS", "NOAUTH", "NOPERM", "ERR DB index", "ERR AUTH", "ERR Client sent AUTH")
_CLUSTER = ("CROSSSLOT", "MOVED ")
_ELSEWHERE = ("MOVED ", "ASK ", "TRYAGAIN")

PROBE = Spec(Mode.DISTINCT_ATTEMPTED, 1, 1_000)

Probe = Callable[[], list[Check]]
"""Returns the checks of the next probe: in a cluster their keys must be the server's own."""


class Link:
    """One server and the connection to it. `on_down` is called when it stops being up.

    `refusal` is why it would not have us at the start; empty once it had.
    """

    def __init__(
        self,
        place: Address | Sentinels,
        script: Script,
        deadline_s: float,
        on_down: Callable[[], None],
        probe: Probe | None = None,
    ) -> None:
        self.place = place
        self._script = script
        self._deadline_s = deadline_s
        self._on_down = on_down
        self._may_point_elsewhere = probe is not None
        self._probe = probe if probe is not None else _probe
        self._lane: Lane | None = None
        self._address = place if isinstance(place, Address) else place.server
        self._keeper: asyncio.Task[None] | None = None
        self._doubted = asyncio.Event()
        self._settled = asyncio.Event()
        self.refusal = ""
        self._reason = ""
        self.up = False

    async def start(self, patience_s: float) -> None:
        """Begin to keep the connection; return once it is up, or after `patience_s` without.

        Raises ConfigError when the server refuses us; the caller closes it then.
        """
        self.begin()
        try:
            async with asyncio.timeout(patience_s):
                await self._settled.wait()
        except TimeoutError:
            _LOG.warning("starting without the windows store: windows are local until it is there")
        if self.refusal:
            hint = "; use redis+cluster://" if self.refusal.startswith(_CLUSTER) else ""
            raise ConfigError(f"the windows store at {self.place} refuses us: {self.refusal}{hint}")

    def begin(self) -> None:
        """Begin to keep the connection."""
        self._keeper = asyncio.create_task(self._keep(), name=f"windows-store {self.place}")
        self._keeper.add_done_callback(_report)

    async def close(self) -> None:
        """End the connection; what is unanswered fails."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        self.doubt("closed")
        if self._lane is not None:
            self._lane.close()

    def send(self, command: bytes, answer: Answer) -> None:
        """Send on the lane; StateUnavailable when it is gone or full."""
        if self._lane is None:
            raise StateUnavailable("no connection")
        self._lane.send(command, answer)

    def doubt(self, reason: str) -> None:
        """Say that the server let somebody down: it is not up until it has proved itself again."""
        self._reason = reason
        self._doubted.set()
        if self.up:
            self.up = False
            self._on_down()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        backoff, said = 0.0, ""
        while True:
            await asyncio.sleep(backoff)
            backoff = min(max(backoff * 2, _BACKOFF_S[0]), _BACKOFF_S[1])
            self._doubted.clear()
            try:
                await self._prove()
            except StateUnavailable as problem:
                if said != str(problem):
                    said = str(problem)
                    _LOG.warning("windows store unavailable", extra=self._fields(said))
                if is_refusal(said) and not self._settled.is_set():
                    self.refusal = said
                    self._settled.set()
                continue
            if self._doubted.is_set():  # lost while its last reply was on the way to us
                continue
            said, self.refusal, since = "", "", loop.time()
            self.up = True
            self._settled.set()
            _LOG.info("windows store in use", extra=self._fields("probe passed"))
            await self._until_doubted()
            _LOG.warning("windows store in doubt", extra=self._fields(self._reason))
            if loop.time() - since >= _BACKOFF_S[1]:
                backoff = 0.0

    async def _prove(self) -> None:
        """Connect if need be and probe; on StateUnavailable the connection is closed."""
        lane = self._lane
        try:
            if lane is None or not lane.is_open:
                if isinstance(self.place, Sentinels):
                    self._address = await find_primary(self.place, _REPLY_DEADLINE_S / 2)
                lane = await connect(self._address, self._lost, _REPLY_DEADLINE_S)
                self._lane = lane
                await lane.reply_to(self._script.load, _REPLY_DEADLINE_S)
            started = time.monotonic()  # a loop's own time stands still within a turn
            try:
                await lane.reply_to(self._script.command([self._probe()], None), _REPLY_DEADLINE_S)
            except StateUnavailable as problem:
                if not (self._may_point_elsewhere and str(problem).startswith(_ELSEWHERE)):
                    raise
            if (took := time.monotonic() - started) > self._deadline_s:
                raise StateUnavailable(f"slow: a probe took {took * 1000:.0f} ms")
        except StateUnavailable:
            if lane is not None:
                lane.close()
            raise

    async def _until_doubted(self) -> None:
        while isinstance(self.place, Sentinels) and not self._doubted.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_SENTINEL_EACH_S):
                    await self._doubted.wait()
            with suppress(StateUnavailable):  # without sentinels we stay with whom we have
                if await find_primary(self.place, _REPLY_DEADLINE_S / 2) != self._address:
                    self.doubt("the sentinels name another primary")
                    if self._lane is not None:
                        self._lane.close()
        await self._doubted.wait()

    def _lost(self) -> None:
        self.doubt("connection lost")

    def _fields(self, reason: str) -> dict[str, dict[str, str]]:
        store = str(self.place)
        if isinstance(self.place, Sentinels):
            store += f" at {self._address}"
        return {"fields": {"store": store, "reason": reason}}


def _probe() -> list[Check]:
    """Ask two keys: a node of a cluster, taken for a single server, refuses that from the start."""
    return [Check(PROBE, key, "probe") for key in ("seawall:probe", "seawall:probe:other")]


def is_refusal(reason: str) -> bool:
    """Say whether a server's error is about who we are and will not go away by itself."""
    return reason.startswith(_REFUSALS + _CLUSTER)


def _report(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled() and (problem := keeper.exception()) is not None:
        _LOG.critical("the windows store is looked after no more", exc_info=problem)
