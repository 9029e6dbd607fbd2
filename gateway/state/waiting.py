"""What waits its turn for one server: in order, or by slot of a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from gateway.state.asks import Ask
from gateway.state.script import MOST_CHECKS

__all__ = ["BySlot", "InOrder", "Waiting"]


class Waiting(Protocol):
    """A queue of asks; `checks` is how many checks are in it."""

    checks: int

    def __bool__(self) -> bool:
        """Say whether anything waits."""

    def put(self, ask: Ask) -> None:
        """Add an ask of at most MOST_CHECKS checks."""

    def take(self) -> list[Ask]:
        """Take what leaves in one call; something waits."""

    def first_due(self) -> float:
        """Return when the first falls due; something waits."""

    def take_due(self, now: float) -> Iterator[Ask]:
        """Take what is due."""


class InOrder:
    """First come, first served; what is of one time and fits shares a call."""

    __slots__ = ("_asks", "checks")

    def __init__(self) -> None:
        self._asks: deque[Ask] = deque()
        self.checks = 0

    def __bool__(self) -> bool:
        """Say whether anything waits."""
        return bool(self._asks)

    def put(self, ask: Ask) -> None:
        """Add an ask of at most MOST_CHECKS checks."""
        self._asks.append(ask)
        self.checks += len(ask.checks)

    def take(self) -> list[Ask]:
        """Take what leaves in one call; something waits."""
        waiting = self._asks
        asks = [waiting.popleft()]
        size, now_ms = len(asks[0].checks), asks[0].now_ms
        while waiting and waiting[0].now_ms == now_ms:
            more = len(waiting[0].checks)
            if size + more > MOST_CHECKS:
                break
            size += more
            asks.append(waiting.popleft())
        self.checks -= size
        return asks

    def first_due(self) -> float:
        """Return when the first falls due; something waits."""
        return self._asks[0].due

    def take_due(self, now: float) -> Iterator[Ask]:
        """Take what is due."""
        while self._asks and self._asks[0].due <= now:
            ask = self._asks.popleft()
            self.checks -= len(ask.checks)
            yield ask


class BySlot:
    """The slot that waits longest first; what is of its slot and time and fits shares a call."""

    __slots__ = ("_lines", "checks")

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int | None], InOrder] = {}
        self.checks = 0

    def __bool__(self) -> bool:
        """Say whether anything waits."""
        return bool(self._lines)

    def put(self, ask: Ask) -> None:
        """Add an ask of at most MOST_CHECKS checks."""
        place = (-1 - id(ask) if ask.alone else ask.slot, ask.now_ms)
        line = self._lines.get(place)
        if line is None:
            line = self._lines[place] = InOrder()
        line.put(ask)
        self.checks += len(ask.checks)

    def take(self) -> list[Ask]:
        """Take what leaves in one call; something waits."""
        place = next(iter(self._lines))
        line = self._lines.pop(place)
        before = line.checks
        asks = line.take()
        self.checks -= before - line.checks
        if line:
            self._lines[place] = line  # behind the others
        return asks

    def first_due(self) -> float:
        """Return when the first falls due; something waits."""
        return min(line.first_due() for line in self._lines.values())

    def take_due(self, now: float) -> Iterator[Ask]:
        """Take what is due."""
        for place, line in list(self._lines.items()):
            for ask in line.take_due(now):
                self.checks -= len(ask.checks)
                yield ask
            if not line:
                self._lines.pop(place, None)
