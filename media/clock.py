"""When things were captured: a stream's own timestamps against the capture time of its bytes.

1. A stream's timestamps wrap, start anywhere, jump, run backwards and lie. `Moment.t` is what is
   left when that is taken out: seconds of the stream, from 0, that go on over every jump.
2. The bytes of a picture come after it was captured, never before; so the smallest distance
   between `t` and the capture time of the bytes, over the last half minute, is the truest.
3. A stream whose timestamps crawl would be looked at rarely: `Moment.pace` goes on with them and,
   where they fall behind the capture times of the bytes, with those. It never goes back.
4. Pure: told everything, it asks nothing.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

__all__ = ["Clock", "Moment"]

_MOST_S: Final = 86_400.0
_SEGMENT_S: Final = 12.0
"""Whoever sends whole segments falls behind once in each of them, and is not slow for that."""
_MOST_STAMP_S: Final = 1e12
"""Beyond this a float keeps no milliseconds; nobody's clock is there."""


class Moment(NamedTuple):
    """When something was, in seconds of the stream (`t`) and of the capture clock (`at`)."""

    t: float
    at: float
    jumped: bool = False
    """Whether the timestamps jumped right before it."""
    pace: float = 0.0
    """Seconds of the stream or of the capture clock, whichever of them goes on faster."""


class _Track:
    """Where one track's timestamps stand."""

    __slots__ = ("high", "last", "lasts", "seen", "shift")

    def __init__(self) -> None:
        self.last = self.high = self.shift = self.seen = 0.0
        self.lasts = 0.0


class Clock:
    """Places the packets of one stream in time."""

    def __init__(self, jump_s: float = 10.0, window_s: float = 30.0) -> None:
        """Take what counts as a jump, and how long the smallest distance is remembered."""
        self.wrap_s = 0.0
        """After so long the timestamps begin anew; 0: never."""
        self.high = 0.0
        """The furthest `t` so far."""
        self.jumps = 0
        self._jump, self._window = jump_s, window_s
        self._tracks: dict[int, _Track] = {}
        self._least: deque[tuple[float, float]] = deque()
        self._most: deque[tuple[float, float]] = deque()
        self._ahead = 0.0
        """How much further than the timestamps the pace is."""

    def place(self, track: int, pts: float | None, lasts: float, seen: float) -> Moment:
        """Place a packet: its timestamp, how long it lasts, and when its bytes were captured."""
        one = self._tracks.get(track)
        lasts = lasts if 0.0 <= lasts <= self._jump else 0.0
        jumped = False
        if pts is not None and not -_MOST_STAMP_S < pts < _MOST_STAMP_S:
            pts = None
        if one is None:
            one = _Track()
            raw = pts if pts is not None else 0.0
            one.shift = self._first(raw)
            self._tracks[track] = one
        else:
            raw = pts if pts is not None else self._guessed(one)
            raw = self._unwrapped(one, raw)
            if self._odd(one, raw, seen):
                jumped = True
                self.jumps += 1
                self._join(one, raw, seen)
        t = raw + one.shift
        one.last, one.lasts, one.seen = raw, lasts, seen
        one.high = max(one.high, t)
        self.high = max(self.high, t)
        self._tell(t, seen)
        return Moment(t, self.at(t), jumped, t + self._crawled(t, seen))

    def at(self, t: float) -> float:
        """Return when a moment of the stream was captured."""
        return t + (self._least[0][1] if self._least else 0.0)

    def renew(self) -> None:
        """Forget the tracks: another opening follows, with timestamps of its own."""
        for track in self._tracks.values():
            track.last = math.inf

    def _guessed(self, one: _Track) -> float:
        """Return the timestamp of a packet that has none: it follows the one before."""
        return one.last + one.lasts if math.isfinite(one.last) else self.high - one.shift

    def _first(self, raw: float) -> float:
        """Return the shift of a track that begins: that of another one where it fits."""
        for other in self._tracks.values():
            if other.last != math.inf and abs(raw + other.shift - self.high) <= self._jump:
                return other.shift
        return self.high - raw

    def _unwrapped(self, one: _Track, raw: float) -> float:
        """Add the periods that a counter of few bits lost."""
        if self.wrap_s and math.isfinite(one.last):
            periods = round((one.last - raw) / self.wrap_s)
            if periods and abs(raw + periods * self.wrap_s - one.last) <= self._jump:
                one.shift += periods * self.wrap_s
                one.last -= periods * self.wrap_s
        return raw

    def _odd(self, one: _Track, raw: float, seen: float) -> bool:
        """Tell whether a timestamp cannot follow the one before."""
        t = raw + one.shift
        if abs(raw - one.last) > self._jump or t < one.high - self._jump:
            return True
        # Time that stands still while bytes are captured: it would never be looked at again.
        return bool(self._least) and seen - self.at(t) > self._jump and t <= one.high

    def _join(self, one: _Track, raw: float, seen: float) -> None:
        """Let a track go on after a jump: as another one did, else by the capture clock."""
        passed = min(max(seen - one.seen, one.lasts, 0.0), _MOST_S)
        t = max(one.high, self.high - self._jump) + passed
        for other in self._tracks.values():
            fits = abs(raw - other.last) <= self._jump and other is not one
            if fits and abs(raw + other.shift - t) <= 2 * self._jump:
                t = raw + other.shift
                break
        if self._least and seen - self.at(one.high) > self._jump:
            t = seen - self._least[0][1]
        one.shift = t - raw
        one.high = max(one.high, t)

    def _crawled(self, t: float, seen: float) -> float:
        """Return how much further than the timestamps the pace is, after one more packet.

        What counts is by how much the largest distance of the last segment is exceeded.
        """
        most, distance = self._most, seen - t
        largest = most[0][1] if most else distance
        while most and most[0][0] < seen - _SEGMENT_S:
            most.popleft()
        largest = most[0][1] if most else largest
        self._ahead += max(0.0, distance - largest)
        while most and most[-1][1] <= distance:
            most.pop()
        most.append((seen, distance))
        return self._ahead

    def _tell(self, t: float, seen: float) -> None:
        """Remember a distance: the smallest of the window stands first."""
        distance = seen - t
        while self._least and self._least[-1][1] >= distance:
            self._least.pop()
        self._least.append((seen, distance))
        while self._least[0][0] < seen - self._window and len(self._least) > 1:
            self._least.popleft()
