"""What waits for one model's answer: bounded, with a deadline for each, each told exactly once.

1. Nobody is told from within `ask`: whoever asks is never re-entered.
2. A unit keeps its place after its deadline until the worker has said what became of it: what lies
   unread in a hung worker's socket is counted, and the bound is real.
3. Deadlines lie in buckets of a millisecond with one timer for the earliest, so that a unit costs
   no timer. A unit is told up to one bucket early, never late but for a busy loop.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Literal

import msgspec

from seawall.signals import Signal

__all__ = [
    "DOWN",
    "ERROR",
    "FULL",
    "HORIZON_S",
    "QUIET",
    "TIMEOUT",
    "Done",
    "Heard",
    "Queue",
    "Unchecked",
]

Unchecked = Literal["", "timeout", "down", "full", "error"]

_BUCKETS_PER_S = 1000
HORIZON_S = 10.0
"""No deadline lies farther ahead."""
_ENTRY_BYTES = 64
_ROUNDING = 1e-6


class Heard(msgspec.Struct, frozen=True):
    """What a model said of a text; `unchecked` names why it said nothing, "" where it judged."""

    signals: tuple[Signal, ...] = ()
    unchecked: Unchecked = ""


Done = Callable[[Heard], None]

QUIET = Heard()
TIMEOUT, DOWN, FULL, ERROR = (
    Heard(unchecked="timeout"),
    Heard(unchecked="down"),
    Heard(unchecked="full"),
    Heard(unchecked="error"),
)


class _Entry:
    """One unit that waits; `done` is None once it was told."""

    __slots__ = ("done", "since", "size")

    def __init__(self, done: Done, size: int, since: float) -> None:
        self.done: Done | None = done
        self.size = size
        self.since = since


class Queue:
    """The units of one model. Call everything from the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, units: int, size_bytes: int) -> None:
        """Take the loop, and how many units and bytes of text may wait."""
        self._loop = loop
        self._units = units
        self._size_bytes = size_bytes
        self._entries: dict[int, _Entry] = {}
        self._next = 0
        self._buckets: dict[int, list[int]] = {}
        self._order: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self.bytes = 0
        self.timeouts = 0

    def __len__(self) -> int:
        return len(self._entries)

    def oldest(self) -> int:
        """Return the number of the unit that has waited longest; one yet to come when none does."""
        return next(iter(self._entries), self._next + 1)

    def age_s(self, now: float) -> float:
        """Return how long the oldest unit has waited."""
        for entry in self._entries.values():
            return now - entry.since
        return 0.0

    def add(self, size: int, until: float, done: Done, now: float) -> int:
        """Take a unit in and return its number; -1 when there is no room."""
        size += _ENTRY_BYTES
        if len(self._entries) >= self._units or self.bytes + size > self._size_bytes:
            return -1
        self._next = number = self._next + 1
        self._entries[number] = _Entry(done, size, now)
        self.bytes += size
        place = int(min(until, now + HORIZON_S) * _BUCKETS_PER_S)
        bucket = self._buckets.get(place)
        if bucket is None:
            self._buckets[place] = [number]
            heapq.heappush(self._order, place)
            if self._timer is None or place < self._timer_at:
                self._set_timer()
        else:
            bucket.append(number)
        return number

    def settle(self, number: int, heard: Heard) -> bool:
        """Tell what became of a unit and free its place; False when nothing of it waits here."""
        entry = self._entries.pop(number, None)
        if entry is None:
            return False
        self.bytes -= entry.size
        if not self._entries:
            self._forget_deadlines()  # nobody is left to be woken for
        done, entry.done = entry.done, None
        if done is not None:
            self.tell(done, heard)
        return True

    def owed(self, number: int) -> bool:
        """Say whether somebody still waits to be told of a unit."""
        entry = self._entries.get(number)
        return entry is not None and entry.done is not None

    def settle_all(self, heard: Heard) -> int:
        """Tell everybody the same and free everything; return how many were told."""
        told = 0
        entries, self._entries = self._entries, {}
        self.bytes = 0
        self._forget_deadlines()
        for entry in entries.values():
            done, entry.done = entry.done, None
            if done is not None:
                told += 1
                self.tell(done, heard)
        return told

    def tell(self, done: Done, heard: Heard) -> None:
        """Call back; what a callback raises is the loop's to report."""
        try:
            done(heard)
        except Exception as failure:  # as the loop does: one caller's bug is not the next one's
            context = {"message": "a callback of a text model failed", "exception": failure}
            self._loop.call_exception_handler(context)

    def _forget_deadlines(self) -> None:
        self._buckets.clear()
        self._order.clear()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._order:
            self._timer_at = self._order[0]
            self._timer = self._loop.call_at(self._timer_at / _BUCKETS_PER_S, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = int(self._loop.time() * _BUCKETS_PER_S + _ROUNDING)
        order = self._order
        while order and order[0] <= now:
            for number in self._buckets.pop(heapq.heappop(order), ()):
                entry = self._entries.get(number)
                if entry is not None and entry.done is not None:
                    done, entry.done = entry.done, None
                    self.timeouts += 1
                    self.tell(done, TIMEOUT)
        self._set_timer()
