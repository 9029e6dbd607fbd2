"""When the samples of a stream were captured, when they arrived, and when they should have.

1. Samples are counted from the stream's first. Capture times are the sender's, arrivals ours.
2. A sample is *born* when it arrives, but no sooner than its stream has spoken it: sound that comes
   faster than it was spoken is born as if it came at its own pace. Whoever is served in the order
   of birth serves a flood after everybody else, and no live stream later than it arrived.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

__all__ = ["RATE_HZ", "Timeline"]

RATE_HZ = 16_000
_SAME_S = 0.02
_CATCH_UP = 0.95
"""A second of sound takes so long to be born, so that a burst after a stall is forgiven in time."""


class Timeline:
    """The times of one stream; what is before `forget` is not kept."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._captured: list[float] = []
        self._ends: list[int] = []
        """One past the samples of each piece: less than the next's start where time is missing."""
        self._marks: list[int] = []
        """One past the samples that had arrived at a moment."""
        self._arrived: list[float] = []
        self._born: list[float] = []

    def add(self, index: int, count: int, at: float, now: float, grain: int = 512) -> None:
        """Note that samples from `index` on arrived `now`, the first captured at `at`."""
        end, seconds = index + count, count / RATE_HZ
        if not self._follows(index, at):
            self._starts.append(index)
            self._captured.append(at)
            self._ends.append(end)
        self._ends[-1] = end
        began = self._born[-1] if self._born else now - seconds
        born = max(now, began + seconds * _CATCH_UP)
        if self._marks and end // grain == self._marks[-1] // grain:
            self._marks[-1], self._arrived[-1], self._born[-1] = end, now, born
        else:
            self._marks.append(end)
            self._arrived.append(now)
            self._born.append(born)

    def captured(self, index: int) -> float:
        """Return when a sample was captured; seconds since the epoch."""
        at = max(bisect_right(self._starts, index) - 1, 0)
        return self._captured[at] + (index - self._starts[at]) / RATE_HZ

    def captured_before(self, end: int) -> float:
        """Return when the last sample before `end` had been captured."""
        at = max(bisect_left(self._starts, end) - 1, 0)
        index = min(end, self._ends[at])
        return self._captured[at] + (index - self._starts[at]) / RATE_HZ

    def arrived(self, end: int) -> float:
        """Return when all samples before `end` had arrived."""
        return self._arrived[self._mark(end)]

    def born(self, end: int) -> float:
        """Return when all samples before `end` were born."""
        return self._born[self._mark(end)]

    def forget(self, index: int) -> None:
        """Forget what is before a sample; the last of it is kept."""
        pieces = bisect_right(self._starts, index) - 1
        if pieces > 0:
            del self._starts[:pieces], self._captured[:pieces], self._ends[:pieces]
        marks = min(bisect_left(self._marks, index), len(self._marks) - 1)
        if marks > 0:
            del self._marks[:marks], self._arrived[:marks], self._born[:marks]

    def _follows(self, index: int, at: float) -> bool:
        if not self._starts or index != self._ends[-1]:
            return False
        expected = self._captured[-1] + (index - self._starts[-1]) / RATE_HZ
        return abs(at - expected) <= _SAME_S

    def _mark(self, end: int) -> int:
        return min(bisect_left(self._marks, end), len(self._marks) - 1)
