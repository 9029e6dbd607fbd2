"""Where the gateway counts: Valkey or Redis by one call a tick, and this process when that fails.

Rules:
1. Every submission is answered once, later, in time, whatever becomes of the server: what is late,
   failed or crowded out is counted here instead and marked degraded. A call is late when its reply
   takes the deadline; what waits its turn, behind our own calls, is late after twice that.
2. At most MOST_IN_FLIGHT calls of at most MOST_CHECKS checks are under way; the rest waits in one
   bounded queue and leaves together, so a busy server gets fewer and larger calls.
3. While the link is down nothing waits for it. Local windows start empty: for that while each
   process lets its own limit through.
4. A reply that comes late is ignored. What it counted stays counted.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

import hiredis

from gateway.state.address import Address, parse_address
from gateway.state.link import Link
from gateway.state.script import MOST_CHECKS, Script
from gateway.state.valkey import ValkeyServer
from seawall.errors import StateUnavailable
from seawall.windows import MOST_NOW_MS, Check, LocalWindows

__all__ = ["Counts", "WindowStore"]

Counts = Callable[[list[int], bool], None]
"""Takes the signed counts of a submission in its order, and whether any of them is local."""

MOST_IN_FLIGHT = 4

_SECOND_LOOK_S = 0.001


class _Ask:
    """A submission, or the part of one that fits in a call."""

    __slots__ = ("checks", "done", "due", "now_ms")

    def __init__(
        self, checks: Sequence[Check], now_ms: int | None, done: Counts, due: float
    ) -> None:
        self.checks = checks
        self.now_ms = now_ms
        self.done = done
        self.due = due


class _Call:
    """Asks that travel together; `open` until they are answered."""

    __slots__ = ("asks", "command", "due", "open", "resent")

    def __init__(self, asks: list[_Ask], command: bytes, due: float) -> None:
        self.asks = asks
        self.command = command
        self.due = due
        self.open = True
        self.resent = False


class _Whole:
    """Puts the parts of a large submission together again."""

    __slots__ = ("counts", "degraded", "done", "missing")

    def __init__(self, size: int, done: Counts) -> None:
        self.counts = [0] * size
        self.missing = size
        self.degraded = False
        self.done = done

    def take(self, start: int, counts: list[int], degraded: bool) -> None:
        self.counts[start : start + len(counts)] = counts
        self.missing -= len(counts)
        self.degraded |= degraded
        if not self.missing:
            self.done(self.counts, self.degraded)


class WindowStore:
    """Sliding windows by URL: `embedded`, `local`, `unix:///path`, `redis://…` or `rediss://…`.

    `deadline_ms` is what one call may take (rule 1), `max_waiting` how many checks may wait their
    turn; `memory_bytes` and `directory` are the embedded server's. The counters are of checks,
    except `calls`: `late` missed their deadline, `failed` met an error or a lost connection,
    `local` were answered here, those two included.
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
        self._address: Address | None = None
        if url == "embedded":
            self.server = ValkeyServer(memory_bytes=memory_bytes, directory=directory)
        elif url != "local":
            self._address = parse_address(url)
        self._deadline_s = deadline_ms / 1000
        self._first_look_s = self._deadline_s - _SECOND_LOOK_S
        self._local = local if local is not None else LocalWindows()
        self._max_waiting = max_waiting
        self._script = Script()
        self._link: Link | None = None
        self._waiting: deque[_Ask] = deque()
        self._waiting_checks = 0
        self._in_flight: list[_Call] = []
        self._timer: asyncio.TimerHandle | None = None
        self._looked_once = False
        self.calls = self.checks = self.late = self.failed = self.local = 0

    @property
    def degraded(self) -> bool:
        """Say whether windows are local although they should not be."""
        return self._link is not None and not self._link.up

    async def start(self, patience_s: float = 2.0) -> None:
        """Start the embedded server or connect; after `patience_s` without, go on degraded.

        Raises ConfigError or StateUnavailable when the embedded server cannot be started at all.
        """
        self._loop = asyncio.get_running_loop()
        if self.server is not None:
            await self.server.start()
            self._address = Address(path=self.server.path)
        if self._address is not None:
            self._link = Link(self._address, self._script, self._deadline_s, self._give_up)
            await self._link.start(patience_s)

    async def close(self) -> None:
        """Answer what is open locally, disconnect, and stop the embedded server."""
        if self._link is not None:
            await self._link.close()
        for call in self._in_flight:
            if call.open:
                self.failed += self._answer_call_here(call)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.server is not None:
            await self.server.close()

    def submit(self, checks: Sequence[Check], now_ms: int | None, done: Counts) -> None:
        """Ask `checks` in order and have `done` called once, never from within this call.

        `now_ms` is for replays; without it the server's time counts. A submission of more than
        MOST_CHECKS checks is answered when its last part is; several of that size are faster.
        """
        if now_ms is not None and not 0 <= now_ms <= MOST_NOW_MS:
            raise ValueError(f"now_ms must be 0 to {MOST_NOW_MS}, not {now_ms}")
        self.checks += len(checks)
        link = self._link
        crowded = self._waiting_checks + len(checks) > self._max_waiting
        if link is None or not link.up or crowded or not checks:
            ask = _Ask(checks, now_ms, done, 0.0)
            self._loop.call_soon(self._answer_here, ask, link is not None and bool(checks))
            return
        due = time.monotonic() + self._deadline_s + self._first_look_s
        if len(checks) <= MOST_CHECKS:
            self._waiting.append(_Ask(checks, now_ms, done, due))
        else:
            whole = _Whole(len(checks), done)
            for start in range(0, len(checks), MOST_CHECKS):
                part = checks[start : start + MOST_CHECKS]
                self._waiting.append(_Ask(part, now_ms, partial(whole.take, start), due))
        self._waiting_checks += len(checks)
        self._send_waiting()
        if self._timer is None:
            self._timer = self._loop.call_later(self._first_look_s, self._look)

    def _send_waiting(self) -> None:
        link, in_flight = self._link, self._in_flight
        while self._waiting and len(in_flight) < MOST_IN_FLIGHT and link is not None and link.up:
            asks = self._take()
            now_ms = asks[0].now_ms
            command = self._script.command([ask.checks for ask in asks], now_ms)
            self._send(link, _Call(asks, command, time.monotonic() + self._first_look_s))

    def _take(self) -> list[_Ask]:
        """Take as many waiting asks of one time as fit in a call."""
        waiting = self._waiting
        asks = [waiting.popleft()]
        size, now_ms = len(asks[0].checks), asks[0].now_ms
        while waiting and waiting[0].now_ms == now_ms:
            more = len(waiting[0].checks)
            if size + more > MOST_CHECKS:
                break
            size += more
            asks.append(waiting.popleft())
        self._waiting_checks -= size
        return asks

    def _send(self, link: Link, call: _Call) -> None:
        self._in_flight.append(call)
        answer = partial(self._answered, call)
        try:
            if call.resent:
                link.send(self._script.load, _ignore)
            link.send(call.command, answer)
        except StateUnavailable as problem:
            self._loop.call_soon(answer, problem)
        else:
            self.calls += 1

    def _answered(self, call: _Call, reply: object) -> None:
        link = self._link
        self._in_flight.remove(call)
        if call.open and link is not None:  # else late: its asks have their answer (rule 4)
            if isinstance(reply, list):
                self._hand_out(call, cast(list[int], reply))  # the script replies with nothing else
            elif _is_unknown_script(reply) and not call.resent:
                call.resent = True
                self._send(link, call)
                return
            else:
                link.doubt(str(reply))
                self.failed += self._answer_call_here(call)
        if self._waiting:
            self._send_waiting()

    def _hand_out(self, call: _Call, counts: list[int]) -> None:
        call.open = False
        if len(call.asks) == 1:
            self._tell(call.asks[0], counts, False)
            return
        start = 0
        for ask in call.asks:
            end = start + len(ask.checks)
            self._tell(ask, counts[start:end], False)
            start = end

    def _look(self) -> None:
        """Answer here what is late: at the second look, so that our own stall is not held against
        a server whose reply already lies in the socket."""
        now = time.monotonic()  # a uvloop's own clock stands still while we are busy
        calls = [call for call in self._in_flight if call.open and call.due <= now]
        if not self._looked_once and (calls or (self._waiting and self._waiting[0].due <= now)):
            self._looked_once = True
            self._timer = self._loop.call_later(_SECOND_LOOK_S, self._look)
            return
        self._looked_once = False
        if calls and self._link is not None:
            self._link.doubt("late")
        for call in calls:
            self.late += self._answer_call_here(call)
        while self._waiting and self._waiting[0].due <= now:
            self.late += self._answer_waiting_here()
        dues = [call.due for call in self._in_flight if call.open]
        dues += [ask.due for ask in islice(self._waiting, 1)]
        wait_s = max(min(dues) - now, _SECOND_LOOK_S) if dues else 0.0
        self._timer = self._loop.call_later(wait_s, self._look) if dues else None

    def _give_up(self) -> None:
        """The link is down: nothing shall wait for it."""
        while self._waiting:
            self.failed += self._answer_waiting_here()

    def _answer_call_here(self, call: _Call) -> int:
        call.open = False
        for ask in call.asks:
            self._answer_here(ask, True)
        return sum(len(ask.checks) for ask in call.asks)

    def _answer_waiting_here(self) -> int:
        ask = self._waiting.popleft()
        self._waiting_checks -= len(ask.checks)
        self._answer_here(ask, True)
        return len(ask.checks)

    def _answer_here(self, ask: _Ask, degraded: bool) -> None:
        now_ms = ask.now_ms if ask.now_ms is not None else time.time_ns() // 1_000_000
        self.local += len(ask.checks)
        self._tell(ask, self._local.check(ask.checks, now_ms), degraded)

    def _tell(self, ask: _Ask, counts: list[int], degraded: bool) -> None:
        try:
            ask.done(counts, degraded)
        except Exception as problem:  # whatever it is, it is the caller's: the others get theirs
            told = {"message": "a caller of WindowStore failed", "exception": problem}
            self._loop.call_exception_handler(told)


def _is_unknown_script(reply: object) -> bool:
    return isinstance(reply, hiredis.ReplyError) and str(reply).startswith("NOSCRIPT")


def _ignore(_: object) -> None:
    """Leave the reply to SCRIPT LOAD: were it an error, the call behind it says so."""
