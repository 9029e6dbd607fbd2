"""What was read in this pass of the loop, worked off in one go once all of it is read.

A system call between two messages costs the second one its warm caches and branch predictions:
judging right inside each read was measured at nearly twice the price of judging in a row. Order of
arrival is kept. A pass works off at most PASS messages, so that answers leave in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["PASS", "Inbox"]

PASS = 256

Work = Callable[[bytes, float], None]


class Inbox:
    """Whole text messages with the function that takes them. Bounded by what the reads bring:
    a connection stops reading while too many of its messages lack a verdict."""

    def __init__(
        self, call_soon: Callable[[Callable[[], None]], object], after: Callable[[], None]
    ) -> None:
        self._call_soon = call_soon
        self._after = after
        self._waiting: deque[tuple[Work, bytes, float]] = deque()

    def put(self, work: Work, data: bytes, read: float) -> None:
        """Have `work` called with a message and the time of its read, after this pass's reads."""
        if not self._waiting:
            self._call_soon(self._drain)
        self._waiting.append((work, data, read))

    def __len__(self) -> int:
        return len(self._waiting)

    def _drain(self) -> None:
        waiting = self._waiting
        for _ in range(min(len(waiting), PASS)):
            work, data, read = waiting.popleft()
            work(data, read)
        if waiting:
            self._call_soon(self._drain)
        self._after()
