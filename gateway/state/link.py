"""The way to the windows store: connect, prove that it counts in time, and come back when it fails.

Rules:
1. It is up only while a probe, a real check that writes, was answered within the deadline: a server
   that is frozen, slow, loading, read-only or out of memory is as good as gone.
2. Whoever is let down says so with `doubt`; nothing is sent again until the next probe has passed.
3. The first probe follows a doubt at once, the next ones after 50 ms, doubling up to 1 s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from gateway.state.address import Address
from gateway.state.lane import Answer, Lane, connect
from gateway.state.script import Script
from seawall.errors import StateUnavailable
from seawall.windows import Check, Mode, Spec

__all__ = ["Link"]

_LOG = logging.getLogger("seawall.state")

_BACKOFF_S = (0.05, 1.0)
_REPLY_DEADLINE_S = 1.0
_PROBE = Check(Spec(Mode.DISTINCT_ATTEMPTED, 1, 1_000), "seawall:probe", "probe")


class Link:
    """One server and the connection to it. `on_down` is called when it stops being up."""

    def __init__(
        self, address: Address, script: Script, deadline_s: float, on_down: Callable[[], None]
    ) -> None:
        self._address = address
        self._script = script
        self._deadline_s = deadline_s
        self._on_down = on_down
        self._lane: Lane | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._doubted = asyncio.Event()
        self._went_up = asyncio.Event()
        self._reason = ""
        self.up = False

    async def start(self, patience_s: float) -> None:
        """Begin to keep the connection; return once it is up, or after `patience_s` without."""
        self._keeper = asyncio.create_task(self._keep(), name="windows-store")
        self._keeper.add_done_callback(_report)
        try:
            async with asyncio.timeout(patience_s):
                await self._went_up.wait()
        except TimeoutError:
            _LOG.warning("starting without the windows store: windows are local until it is there")

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
                    _LOG.warning("windows store unavailable", extra=_fields(self._address, said))
                continue
            if self._doubted.is_set():  # lost while its last reply was on the way to us
                continue
            said, since = "", loop.time()
            self.up = True
            self._went_up.set()
            _LOG.info("windows store in use", extra=_fields(self._address, "probe passed"))
            await self._doubted.wait()
            _LOG.warning("windows store in doubt", extra=_fields(self._address, self._reason))
            if loop.time() - since >= _BACKOFF_S[1]:
                backoff = 0.0

    async def _prove(self) -> None:
        """Connect if need be and probe; on StateUnavailable the connection is closed."""
        lane = self._lane
        try:
            if lane is None or not lane.is_open:
                lane = await connect(self._address, self._lost, _REPLY_DEADLINE_S)
                self._lane = lane
                await lane.reply_to(self._script.load, _REPLY_DEADLINE_S)
            started = time.monotonic()  # a loop's own time stands still within a turn
            await lane.reply_to(self._script.command([[_PROBE]], None), _REPLY_DEADLINE_S)
            if (took := time.monotonic() - started) > self._deadline_s:
                raise StateUnavailable(f"slow: a probe took {took * 1000:.0f} ms")
        except StateUnavailable:
            if lane is not None:
                lane.close()
            raise

    def _lost(self) -> None:
        self.doubt("connection lost")


def _fields(address: Address, reason: str) -> dict[str, dict[str, str]]:
    return {"fields": {"store": str(address), "reason": reason}}


def _report(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled() and (problem := keeper.exception()) is not None:
        _LOG.critical("the windows store is looked after no more", exc_info=problem)
