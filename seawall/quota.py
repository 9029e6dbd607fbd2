"""A token bucket: how many messages may come at once, and how fast they come back. Pure arithmetic.

A tenant's quota is one bucket that all its connections take from.
"""

from __future__ import annotations

__all__ = ["Quota"]


class Quota:
    """`rate` tokens a second, at most `burst` saved up. `now` is monotonic seconds."""

    __slots__ = ("_level", "_told", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._told = now

    def take(self, cost: float, now: float) -> bool:
        """Take `cost` tokens if they are there. A clock that steps back gives nothing away."""
        if now > self._told:
            self._level = min(self.burst, self._level + (now - self._told) * self.rate)
            self._told = now
        if self._level < cost:
            return False
        self._level -= cost
        return True

    def wait_s(self, cost: float) -> float:
        """Return after how many seconds `cost` tokens will be there, if nobody else takes them."""
        return max(0.0, cost - self._level) / self.rate
