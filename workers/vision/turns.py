"""Which streams had their turn lately: what is dear is done for each of them every so often only.

Times are the stream's own. One that goes back, or that nobody remembers, has its turn at once.
"""

from __future__ import annotations

__all__ = ["Turns"]

_MOST = 4096


class Turns:
    """One kind of turn. For one thread."""

    def __init__(self, every_s: float, most: int = _MOST) -> None:
        """At most `most` streams are remembered; the one whose turn is longest ago goes first."""
        self._every_s = every_s
        self._most = most
        self._at: dict[int, float] = {}

    def take(self, handle: int, at: float) -> bool:
        """Say whether a stream has its turn at this moment of it; if so it had it."""
        last = self._at.get(handle)
        if last is not None and 0.0 <= at - last < self._every_s:
            return False
        self._at.pop(handle, None)
        self._at[handle] = at
        if len(self._at) > self._most:
            del self._at[next(iter(self._at))]
        return True
