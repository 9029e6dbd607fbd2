"""What was read in this pass of the loop, worked off in one go once all of it is read.

A system call between two messages costs the second one its warm caches and branch predictions:
judging right inside each read was measured at nearly twice the price of judging in a row.

Rules:
1. What fits into a pass is worked off in order of arrival: nothing is sorted, nothing is weighed.
2. More than that is parsed and waits in lanes, a slice of them done per pass, so that reading and
   answers come in between; rooms and tenants take turns (`lanes`). Order within a room is kept.
3. What could not be answered in its budget is refused when it arrives, mostly without being parsed.
   Only messages that get a verdict are; who sends too much of the rest is not read for a while.
4. Answers that are there leave before the slice, not after it: `flush` writes them.
5. `Load` says which state this process is in; in `paused` nobody who speaks is read.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.chat.load import Load
from gateway.edge.lanes import Lanes
from seawall import wire
from seawall.session import Peek, peek

__all__ = ["OVERLOADED", "PASS", "Inbox", "Source"]

OVERLOADED = "too much is waiting"

PASS = 256
SLICE_S, FULL_SLICE_S = 0.00075, 0.004
"""How long a pass works at what waits: longer where refusing many makes reading dear."""
TOGETHER, FULL_TOGETHER = 8, 16
"""So many of a slice are worked off together: more are cheaper, but make it longer than it may be.
"""
REFUSING_S = 0.5
"""So long after a refusal messages are looked into before they are parsed."""

_JUDGED = frozenset({wire.Chat, wire.Edit, wire.Profile})
_ROOMED = frozenset({wire.Chat, wire.Edit, wire.Delete, wire.Join, wire.Leave, wire.Room})
_AT_ONCE = frozenset(
    {wire.Done, wire.Failed, wire.Resume, wire.Answer}
    | {wire.StreamOpen, wire.StreamStat, wire.StreamClose}
)
_REPORTED = wire.Report


class Source(Protocol):
    """Somebody whose messages wait here. Everything is about whole text frames."""

    tenant: str

    def take(self, data: bytes, read: float) -> None:
        """Parse a message and hand it over."""

    def parse(self, data: bytes, read: float) -> Sequence[wire.ClientMessage]:
        """Return the messages of a frame that were accepted; errors are answered already."""

    def deliver(self, message: wire.ClientMessage, read: float, taken: float) -> None:
        """Hand an accepted message over."""

    def turn_away(self, data: bytes, found: Peek, read: float, why: bytes) -> None:
        """Refuse a frame; `why` is the end of the error from its code on, as JSON."""

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        """Say that an accepted message was not accepted after all."""

    def hold(self) -> None:
        """Read no more."""

    def release(self) -> None:
        """Read again."""


Waiting = tuple[Source, wire.ClientMessage, float]


class Inbox:
    """Whole text messages with whoever sent them. Bounded: rule 3, and a connection stops reading
    while too many of its messages lack a verdict."""

    def __init__(
        self,
        call_soon: Callable[[Callable[[], None]], object],
        after: Callable[[], None],
        load: Load | None = None,
        clock: Callable[[], float] = time.perf_counter,
        flush: Callable[[], None] = lambda: None,
        work: Callable[[], None] = lambda: None,
    ) -> None:
        """`work` works off what was handed over, `after` ends a pass, `flush` writes answers."""
        self.load = load or Load()
        self.turned_away = 0
        self._call_soon = call_soon
        self._after = after
        self._flush = flush
        self._work = work
        self.clock = clock
        self._arrived: deque[tuple[Source, bytes, float]] = deque()
        self._lanes: Lanes[Waiting] = Lanes()
        self._held: set[Source] = set()
        self._scheduled = False
        self._looked_at: float | None = None
        self._sliced_at: float | None = None
        self._refusing_until = 0.0

    def put(self, source: Source, data: bytes, read: float) -> None:
        """Have a frame of `source` taken after this pass's reads. `read` is monotonic seconds."""
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self._drain)
        self._arrived.append((source, data, read))

    @property
    def accepted(self) -> int:
        """Count messages that were accepted and are not yet being judged."""
        return self._lanes.total

    def look(self, late_s: float) -> None:
        """Have the load look, between passes too. `late_s`: how late the loop is."""
        self.load.look(self._lanes.spread, late_s, self.clock())

    def __len__(self) -> int:
        return len(self._arrived) + self._lanes.total

    def _drain(self) -> None:
        try:
            self._pass()
        except BaseException:  # one message's fault must not leave all others unread for ever
            self._scheduled = bool(self._arrived or self._lanes.total)
            if self._scheduled:
                self._call_soon(self._drain)
            raise

    def _pass(self) -> None:
        arrived, load = self._arrived, self.load
        now = self.clock()
        count = len(arrived)
        # What was read now may have come at any time since we last looked.
        pass_s = now - (arrived[0][2] if self._looked_at is None else self._looked_at)
        if not self._lanes.total and count <= PASS and load.fits(count):
            load.look(count, pass_s, now)
            while arrived:
                source, data, read = arrived.popleft()
                source.take(data, read)
            self._work()
            load.served(count, self.clock() - now)
        else:
            self._sort(pass_s, now)
            load.look(self._lanes.spread, pass_s, now)
            self._flush()
            self._serve(pass_s)
            if self._held:
                self._release()
        self._scheduled = bool(self._lanes.total)
        self._looked_at = now if self._scheduled else None
        if self._scheduled:
            self._call_soon(self._drain)
        self._after()

    def _release(self) -> None:
        """Read everybody again once that is due."""
        load = self.load
        if load.state == "paused":
            self.look(0.0)
        if load.state != "paused" and load.calm(len(self)):
            for source in self._held:
                source.release()
            self._held.clear()

    def _sort(self, pass_s: float, now: float) -> None:
        """Parse what has arrived into lanes, or refuse it; what nobody waits for goes at once."""
        arrived, load = self._arrived, self.load
        paused, refusing = load.state == "paused", now < self._refusing_until
        ahead, most = self._lanes.ahead, load.most_ahead(pass_s)
        refused, whys = 0, _whys(load.retry_after(self._lanes.total)) if refusing else ()
        while arrived:
            source, data, read = arrived.popleft()
            if paused and source not in self._held:
                self._hold(source)
            if refusing and (found := peek(data)) is not None:
                before, crowds = ahead(source.tenant, found.room)
                if before > most[crowds]:
                    refused += 1
                    self._note_refused(crowds, now)
                    source.turn_away(data, found, read, whys[refused & 7])
                    continue
            for message in source.parse(data, read):
                self._file(source, message, read, most, now)
        self.turned_away += refused

    def _file(
        self,
        source: Source,
        message: wire.ClientMessage,
        read: float,
        most: tuple[float, float],
        now: float,
    ) -> None:
        kind = type(message)
        if kind in _AT_ONCE:
            source.deliver(message, read, now)
            return
        room = _room_of(message)
        before, crowds = self._lanes.ahead(source.tenant, room)
        if before > most[crowds]:
            self._note_refused(crowds, now)
            if kind in _JUDGED:
                self._refuse(source, message)
                return
            self._hold(source)
        self._lanes.put(source.tenant, room, (source, message, read))

    def _note_refused(self, crowds: bool, now: float) -> None:
        self.load.refused(crowds, now)
        self._refusing_until = now + REFUSING_S

    def _refuse(self, source: Source, message: wire.ClientMessage) -> None:
        assert isinstance(message, wire.Chat | wire.Edit | wire.Profile)
        self.turned_away += 1
        rev = 0 if isinstance(message, wire.Profile) else message.rev
        wait = self.load.retry_after(self._lanes.total) * (1.0 + (self.turned_away & 7) * 0.125)
        source.refuse(message.id, rev, "overloaded", OVERLOADED, wait)

    def _serve(self, pass_s: float) -> None:
        """Hand over a slice of what waits, in turns, and learn from it what a message takes."""
        lanes, clock, load = self._lanes, self.clock, self.load
        began = clock()
        full = load.state == "full"
        until = began + (FULL_SLICE_S if full else SLICE_S)
        together = FULL_TOGETHER if full else TOGETHER
        count, taken = 0, began
        while lanes.total and taken < until:
            source, message, read = lanes.pop()
            if load.too_old(taken - read, pass_s) and type(message) in _JUDGED:
                self._refuse(source, message)
                continue
            source.deliver(message, read, taken)
            count += 1
            if not count % together:
                self._work()
                taken = clock()
        if count:
            self._work()
            taken = clock()
            since = began if self._sliced_at is None else self._sliced_at
            load.served(count, taken - since)
        self._sliced_at = taken if lanes.total else None

    def _hold(self, source: Source) -> None:
        self._held.add(source)
        source.hold()


def _whys(wait_s: float) -> tuple[bytes, ...]:
    """Return ends of an error, alike but for when to try again."""
    form = b'"code":"overloaded","message":"%b","retry_after":%.3f}'
    waits = (wait_s * (1.0 + place * 0.125) for place in range(8))
    return tuple(form % (OVERLOADED.encode(), wait) for wait in waits)


def _room_of(message: wire.ClientMessage) -> str:
    if type(message) in _ROOMED or isinstance(message, _REPORTED):
        return message.room  # type: ignore[union-attr]
    if isinstance(message, wire.Acted):
        return message.target.room or ""
    return ""
