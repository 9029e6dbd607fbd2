"""What is left out when there is more to look at than can be: text first, then the image models.

Hashes and codes are never left out. Pure: costs and times are told, `heavy` and `text` answer.

1. The image models look at a frame unless they might be done only after its deadline, were they
   half as slow again: then hashes and codes answer in time, and the rest is said to be unchecked.
2. No stream pays for all: after `_MOST_IN_A_ROW` frames without them, the models look at its next
   frame if they can begin in time.
3. Text waits while frames go without models, and a while longer.
"""

from __future__ import annotations

from collections.abc import Sequence

from workers.vision.queue import Waits

__all__ = ["Shedding"]

_MOST_IN_A_ROW = 3
_TEXT_PAUSE_S = 1.0
_MARGIN = 1.5
_NEW = 0.2
"""How much the newest measurement counts."""


class Shedding:
    """Decides frame by frame."""

    def __init__(self, light_s: float = 0.01, heavy_s: float = 0.06) -> None:
        """Take first guesses of what a frame costs without and with the image models, seconds."""
        self._light_s = light_s
        self._heavy_s = heavy_s
        self._without: dict[int, int] = {}
        self._text_from = float("-inf")

    def heavy(self, frames: Sequence[Waits], now: float, waiting: int = 0) -> list[bool]:
        """Say for each frame of a batch whether the image models look at it, too.

        `waiting` frames wait behind them, and must not become late by it.
        """
        done = now + self._light_s * (len(frames) + waiting)
        verdicts = []
        for frame in frames:
            owed = self._without.get(frame.handle, 0) >= _MOST_IN_A_ROW
            looks = done + _MARGIN * self._heavy_s <= frame.until or (owed and done <= frame.until)
            verdicts.append(looks)
            if looks:
                done += self._heavy_s
                self._without.pop(frame.handle, None)
            else:
                self._without[frame.handle] = self._without.get(frame.handle, 0) + 1
                self._text_from = now + _TEXT_PAUSE_S
        return verdicts

    def text(self, now: float) -> bool:
        """Say whether text may be read now."""
        return now >= self._text_from

    @property
    def text_from(self) -> float:
        """From when on text may be read, as things are."""
        return self._text_from

    def cost(self, light_s: float, heavy_s: float | None) -> None:
        """Learn what a frame cost, in seconds; None for the models where they did not look."""
        self._light_s += _NEW * (light_s - self._light_s)
        if heavy_s is not None:
            self._heavy_s += _NEW * (heavy_s - self._heavy_s)

    def forget(self, handle: int) -> None:
        """Forget a stream."""
        self._without.pop(handle, None)
