"""Deadlines of a process that may be stopped where it stands: by a signal, a debugger, its host.

A deadline that fires after it was due says that this process was busy or stood still, not that
others were slow. What they said meanwhile lies there unread, for timers come before sockets: it is
heard before the deadline counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from gateway.chat.load import STILL_S

__all__ = ["Cancels", "Patience", "Timer"]

AGAIN_S = 0.5
"""How long who stood still goes on listening before it believes that nothing was said."""
LATE_S, LOOK_S = 0.002, 0.001
"""Who fires so late was busy, and listens for one pass of the loop."""


class Cancels(Protocol):
    """A started timer."""

    def cancel(self) -> None:
        """Stop the timer."""


class Timer(Protocol):
    """Calls back after seconds, and can be told not to: `loop.call_later`."""

    def __call__(self, delay: float, callback: Callable[[], None]) -> Cancels:
        """Start the timer."""


class Patience:
    """A Timer on another one. `clock` is monotonic seconds."""

    def __init__(self, after: Timer, clock: Callable[[], float] = time.perf_counter) -> None:
        self._after = after
        self._clock = clock

    def __call__(self, delay: float, callback: Callable[[], None]) -> Cancels:
        """Start a timer that is put off, once, when it fires late because of us."""
        return _Deadline(self._after, self._clock, delay, callback)


class _Deadline:
    __slots__ = ("_after", "_callback", "_clock", "_due", "_timer")

    def __init__(
        self,
        after: Timer,
        clock: Callable[[], float],
        delay: float,
        callback: Callable[[], None],
    ) -> None:
        self._after = after
        self._clock = clock
        self._callback = callback
        self._due = clock() + delay
        self._timer = after(delay, self._fire)

    def cancel(self) -> None:
        """Stop it."""
        self._timer.cancel()

    def _fire(self) -> None:
        late_s = self._clock() - self._due
        if late_s > LATE_S:
            self._timer = self._after(AGAIN_S if late_s > STILL_S else LOOK_S, self._callback)
        else:
            self._callback()
