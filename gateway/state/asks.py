"""What is asked of the windows store, and the desk that answers here when no server does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from seawall.windows import Check, LocalWindows

__all__ = ["Ask", "Counts", "Desk", "Whole"]

Counts = Callable[[list[int], bool], None]
"""Takes the signed counts of a submission in its order, and whether any of them is local."""


class Ask:
    """A submission, or the part of one that travels in one call; `due` is a monotonic time.

    In a cluster `slot` is that of all its keys, `alone` says to send it by itself, and `hops` how
    often it was sent on.
    """

    __slots__ = ("alone", "checks", "done", "due", "hops", "now_ms", "slot")

    def __init__(
        self,
        checks: Sequence[Check],
        now_ms: int | None,
        done: Counts,
        due: float,
        slot: int = 0,
    ) -> None:
        self.checks = checks
        self.now_ms = now_ms
        self.done = done
        self.due = due
        self.slot = slot
        self.alone = False
        self.hops = 0


class Whole:
    """Puts the parts of a submission together again."""

    __slots__ = ("counts", "degraded", "done", "missing")

    def __init__(self, size: int, done: Counts) -> None:
        self.counts = [0] * size
        self.missing = size
        self.degraded = False
        self.done = done

    def take(self, start: int, counts: list[int], degraded: bool) -> None:
        """Take the counts from place `start` on."""
        self.counts[start : start + len(counts)] = counts
        self._took(len(counts), degraded)

    def take_at(self, places: Sequence[int], counts: list[int], degraded: bool) -> None:
        """Take counts that belong at `places`."""
        for place, count in zip(places, counts, strict=True):
            self.counts[place] = count
        self._took(len(counts), degraded)

    def _took(self, many: int, degraded: bool) -> None:
        self.missing -= many
        self.degraded |= degraded
        if not self.missing:
            self.done(self.counts, self.degraded)


class Desk:
    """Hands answers to whoever asked, counts here what no server counted, and keeps the tally.

    The counters are of checks, except `calls`: `late` missed their deadline, `failed` met an error
    or a lost connection, `local` were answered here, those two included.
    """

    def __init__(self, windows: LocalWindows) -> None:
        self._windows = windows
        self.calls = self.checks = self.late = self.failed = self.local = 0

    def answer_here(self, ask: Ask, degraded: bool) -> int:
        """Count in this process; return how many checks that were."""
        now_ms = ask.now_ms if ask.now_ms is not None else time.time_ns() // 1_000_000
        self.local += len(ask.checks)
        self.tell(ask, self._windows.check(ask.checks, now_ms), degraded)
        return len(ask.checks)

    def tell(self, ask: Ask, counts: list[int], degraded: bool) -> None:
        """Hand over an answer."""
        try:
            ask.done(counts, degraded)
        except Exception as problem:  # whatever it is, it is the caller's: the others get theirs
            told = {"message": "a caller of WindowStore failed", "exception": problem}
            asyncio.get_running_loop().call_exception_handler(told)
