"""What was said a moment ago need not be said again: keys, each remembered for a while."""

from __future__ import annotations

from collections.abc import Hashable

__all__ = ["Recently"]


class Recently:
    """At most `most` keys, each for `for_s` seconds from when it came first."""

    __slots__ = ("_at", "_for_s", "_most")

    def __init__(self, for_s: float, most: int = 4096) -> None:
        self._for_s = for_s
        self._most = most
        self._at: dict[Hashable, float] = {}

    def first(self, key: Hashable, now: float) -> bool:
        """Say whether a key comes for the first time in a while, and remember it."""
        at = self._at.pop(key, None)
        fresh = at is None or not 0 <= now - at < self._for_s
        self._at[key] = now if at is None or fresh else at
        if len(self._at) > self._most:
            del self._at[next(iter(self._at))]
        return fresh
