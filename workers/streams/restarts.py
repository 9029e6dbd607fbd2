"""When a stream may have its next decoder: soon after a crash, later after each one, never many."""

from __future__ import annotations

from collections import deque

__all__ = ["Restarts"]

_MINUTE_S = 60.0
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.02, 5.0
_FAILED_PAUSE_S, _MOST_FAILED_PAUSE_S = 5.0, 60.0


class Restarts:
    """The ends of one stream's decoders. Times are monotonic seconds."""

    __slots__ = ("_died", "_failures", "deaths")

    def __init__(self, a_minute: int) -> None:
        """Take how many decoders a stream may have replaced in a minute."""
        self.deaths = 0
        self._died: deque[float] = deque(maxlen=max(1, a_minute))
        self._failures = 0

    def died(self, now: float) -> float:
        """Note a decoder that died; return from when on there may be another."""
        died = self._died
        self.deaths += 1
        recent = sum(1 for each in died if each > now - _MINUTE_S)
        earliest = died[0] + _MINUTE_S if len(died) == died.maxlen else now
        died.append(now)
        return max(earliest, now + min(_MOST_PAUSE_S, _FIRST_PAUSE_S * 4.0**recent))

    def failed(self, now: float) -> float:
        """Note one that could not decode what it got; another is not likely to do better."""
        self._failures += 1
        pause_s = _FAILED_PAUSE_S * 2.0 ** min(self._failures - 1, 10)
        return now + min(_MOST_FAILED_PAUSE_S, pause_s)

    def opened(self) -> None:
        """Note that the stream can be decoded after all."""
        self._failures = 0
