"""The calls to one server: what waits, what is under way, and what is late.

Rules:
1. Every ask taken in is answered once, later, at most twice the deadline after it was asked: by the
   server, or here. A call is late when its reply takes the deadline: then the server is doubted.
   What fell due behind our own calls is answered here without blaming the server.
2. At most `most_in_flight` calls are under way; the rest waits in one bounded queue and leaves
   together, so a busy server gets fewer and larger calls.
3. While the link is down nothing waits for it.
4. A reply that comes late is ignored. What it counted stays counted.
5. What is not a list of as many counts as were asked is a lie, and the server is doubted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

import hiredis

from gateway.state.asks import Ask, Desk
from gateway.state.lane import pack
from gateway.state.link import Link
from gateway.state.script import Script
from gateway.state.waiting import Waiting
from seawall.errors import StateUnavailable

__all__ = ["Redirect", "Shard"]

Redirect = Callable[[list[Ask], str], bool]
"""Takes asks and the error that answered them; False when that error is a failure after all."""

_SECOND_LOOK_S = 0.001
_ASKING = pack(("ASKING",))


class _Call:
    """Asks that travel together; `open` until they are answered."""

    __slots__ = ("asking", "asks", "command", "due", "late", "open", "resent", "size")

    def __init__(self, asks: list[Ask], command: bytes, late: float, asking: bool = False) -> None:
        self.asks = asks
        self.command = command
        self.late = late
        self.due = min(late, asks[0].due)
        self.size = sum([len(ask.checks) for ask in asks])
        self.asking = asking
        self.open = True
        self.resent = False


class Shard:
    """One server and everything on its way to it. The link to it is the caller's to close last."""

    def __init__(
        self,
        link: Link,
        script: Script,
        deadline_s: float,
        desk: Desk,
        waiting: Waiting,
        most_in_flight: int,
        redirect: Redirect | None = None,
    ) -> None:
        self.link = link
        self._loop = asyncio.get_running_loop()
        self._script = script
        self._first_look_s = deadline_s - _SECOND_LOOK_S
        self._desk = desk
        self._waiting = waiting
        self._most_in_flight = most_in_flight
        self._redirect = redirect
        self._in_flight: list[_Call] = []
        self._timer: asyncio.TimerHandle | None = None
        self._looked_once = False

    @property
    def waiting_checks(self) -> int:
        """Return how many checks wait their turn."""
        return self._waiting.checks

    @property
    def idle(self) -> bool:
        """Say whether nothing waits and nothing is under way."""
        return not self._waiting and not self._in_flight

    def put(self, ask: Ask) -> None:
        """Take in an ask; the link is up. It leaves with the next `send`."""
        self._waiting.put(ask)

    def send(self) -> None:
        """Let leave what may, and look after the rest."""
        in_flight, link = self._in_flight, self.link
        while self._waiting and len(in_flight) < self._most_in_flight and link.up:
            asks = self._waiting.take()
            command = self._script.command([ask.checks for ask in asks], asks[0].now_ms)
            self._send(_Call(asks, command, time.monotonic() + self._first_look_s))
        if self._timer is None and (self._waiting or in_flight):
            self._timer = self._loop.call_later(self._first_look_s, self._look)

    def expect(self, due: float) -> None:
        """Look in time for an ask that comes from elsewhere and has waited there already."""
        wait_s = max(due - time.monotonic(), 0.0)
        if self._timer is None or self._timer.when() > self._loop.time() + wait_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(wait_s, self._look)

    def send_asking(self, asks: list[Ask]) -> None:
        """Send at once what another node asked to be asked here, while its slot moves."""
        command = self._script.command([ask.checks for ask in asks], asks[0].now_ms)
        self._send(_Call(asks, command, time.monotonic() + self._first_look_s, asking=True))

    def give_up(self) -> None:
        """Answer what waits here: the link is down."""
        for ask in self._waiting.take_due(float("inf")):
            self._desk.failed += self._desk.answer_here(ask, True)

    def close(self) -> None:
        """Answer everything here."""
        self.give_up()
        for call in self._in_flight:
            if call.open:
                self._desk.failed += self._answer_here(call)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self, call: _Call) -> None:
        self._in_flight.append(call)
        answer = partial(self._answered, call)
        link = self.link
        try:
            if call.resent:
                link.send(self._script.load, _ignore)
            if call.asking:
                link.send(_ASKING, _ignore)
            link.send(call.command, answer)
        except StateUnavailable as problem:
            self._loop.call_soon(answer, problem)
        else:
            self._desk.calls += 1

    def _answered(self, call: _Call, reply: object) -> None:
        self._in_flight.remove(call)
        if call.open:  # else late: its asks have their answer (rule 4)
            if isinstance(reply, list) and len(reply) == call.size and _are_counts(reply):
                self._hand_out(call, reply)
            elif isinstance(reply, hiredis.ReplyError):
                self._refused(call, str(reply))
            else:
                self._failed(call, str(reply)[:200])
        if self._waiting:
            self.send()

    def _refused(self, call: _Call, error: str) -> None:
        if error.startswith("NOSCRIPT") and not call.resent:
            call.resent = True
            self._send(call)
        elif self._redirect is not None and self._redirect(call.asks, error):
            call.open = False
        else:
            self._failed(call, error)

    def _failed(self, call: _Call, reason: str) -> None:
        self.link.doubt(reason)
        self._desk.failed += self._answer_here(call)

    def _hand_out(self, call: _Call, counts: list[int]) -> None:
        call.open = False
        if len(call.asks) == 1:
            self._desk.tell(call.asks[0], counts, False)
            return
        start = 0
        for ask in call.asks:
            end = start + len(ask.checks)
            self._desk.tell(ask, counts[start:end], False)
            start = end

    def _look(self) -> None:
        """Answer here what is late: at the second look, so that our own stall is not held against
        a server whose reply already lies in the socket."""
        now = time.monotonic()  # a uvloop's own clock stands still while we are busy
        calls = [call for call in self._in_flight if call.open and call.due <= now]
        due = calls or (self._waiting and self._waiting.first_due() <= now)
        if due and not self._looked_once:
            self._looked_once = True
            self._timer = self._loop.call_later(_SECOND_LOOK_S, self._look)
            return
        self._looked_once = False
        if any(call.late <= now for call in calls):
            self.link.doubt("late")
        for call in calls:
            if call.open:
                self._desk.late += self._answer_here(call)
        for ask in self._waiting.take_due(now):
            self._desk.late += self._desk.answer_here(ask, True)
        dues = [call.due for call in self._in_flight if call.open]
        if self._waiting:
            dues.append(self._waiting.first_due())
        wait_s = max(min(dues) - now, _SECOND_LOOK_S) if dues else 0.0
        self._timer = self._loop.call_later(wait_s, self._look) if dues else None

    def _answer_here(self, call: _Call) -> int:
        call.open = False
        return sum([self._desk.answer_here(ask, True) for ask in call.asks])


def _are_counts(reply: list[int]) -> bool:
    try:
        sum(reply)  # a fifth of what looking at every type costs; the protocol has no other numbers
    except TypeError:
        return False
    return True


def _ignore(_: object) -> None:
    """Leave the reply to SCRIPT LOAD or ASKING: were it an error, the call behind it says so."""
