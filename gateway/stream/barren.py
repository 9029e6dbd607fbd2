"""Whether anything comes of a stream's bytes: what nobody can decode is no silence.

Bytes may come for hours in which there is no picture and no sound that can be decoded: noise,
padding, a container that never begins. Nothing is announced then, and so nothing would be told
unexamined.
"""

from __future__ import annotations

import math

__all__ = ["BARREN_S", "Barren"]

BARREN_S = 15.0
"""So long bytes may come before anything has to come of them: decoders take a while to begin."""
_PIECES = 8
"""So many pieces come first, too: a picture now and then is waiting for its end, perhaps."""
_LEAST_S = 1.0
"""What is missed for less is a moment, and answers for no time."""


class Barren:
    """Of one stream, up to when something was said. `at` is a capture time, `now` the wall's."""

    __slots__ = ("_patience_s", "_pieces", "_waits", "since")

    def __init__(self, gap_s: float) -> None:
        """`gap_s` is the longest time that a frame stands for."""
        self._patience_s = max(BARREN_S, 1.5 * gap_s)
        self.since: float | None = None
        """Up to when something was said; None before the first piece."""
        self._waits = 0.0
        self._pieces = 0

    def came(self, at: float, now: float) -> None:
        """Note a piece."""
        self._pieces += 1
        if self.since is None:
            self.since, self._waits = at, now

    def bore(self, at: float, now: float, lasts: float = math.inf) -> None:
        """Note that something was said of the stream up to a moment, and of how much time."""
        if self.since is None or (lasts < _LEAST_S):
            return
        self.since, self._waits, self._pieces = max(self.since, at), now, 0

    def leapt(self, at: float, now: float) -> None:
        """Go on after the sender's clock was set."""
        if self.since is not None:
            self.since, self._waits = at, now

    def look(self, last: float, now: float) -> tuple[float, float] | None:
        """Return from when to when nothing came of the bytes, once, where that is too long.

        `last` is when the last piece was captured.
        """
        since = self.since
        few = self._pieces < _PIECES or now - self._waits < self._patience_s
        if since is None or last <= since or few:
            return None
        self.since, self._waits, self._pieces = last, now, 0
        return since, last
