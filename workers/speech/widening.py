"""How often open utterances are heard while there is too much to hear: rarely, then at their end.

Rare passes are cheaper and miss nothing: each hears all of its utterance. So we widen before we
skip, one step at a time, and narrow again once waiting has been short for a while.
"""

from __future__ import annotations

__all__ = ["STEPS", "Widening"]

STEPS: tuple[float, ...] = (0.0, 3.0, float("inf"))
"""The least time between two passes of an utterance at each step, seconds; the last: its end."""
_WIDEN_S = 1.25
_NARROW_S = 0.3
_AFTER_S = 2.0
_AGAIN_AFTER_S = 6.0
"""What one step changes shows only after what had piled up before is done."""
_BACK_AFTER_S = 10.0


class Widening:
    """The step we are at. Times on the monotonic clock."""

    def __init__(self, now: float) -> None:
        self.step = 0
        self._calm_since = now
        self._busy_since = now
        self._moved = now

    def look(self, waited_s: float, now: float) -> int:
        """Take how long the oldest sound that waits has waited; return the step."""
        if waited_s > _NARROW_S:
            self._calm_since = now
        if waited_s < _WIDEN_S:
            self._busy_since = now
        moved = now - self._moved
        pause = _AGAIN_AFTER_S if self.step else _AFTER_S
        if self.step + 1 < len(STEPS) and now - self._busy_since >= _AFTER_S and moved >= pause:
            self.step, self._moved = self.step + 1, now
        elif self.step and now - self._calm_since >= _BACK_AFTER_S <= moved:
            self.step, self._moved = self.step - 1, now
        return self.step

    def hop_s(self, wanted_s: float) -> float:
        """Return how often a stream that wants `wanted_s` is heard; 0: only at the end."""
        least = STEPS[self.step]
        return 0.0 if not wanted_s or least == float("inf") else max(wanted_s, least)
