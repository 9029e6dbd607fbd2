"""Joins what is said of a stream bit by bit: a second of missing sound is one line, not fifty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from workers.streams.units import Heard, Missed

__all__ = ["Tally", "Unit"]

_NEAR_S: Final = 0.5
_HEARD_NEAR_S: Final = 0.02
"""Sound that nobody was given must not count as heard: it would never be answered for."""
_LONGEST_S: Final = 2.0

Unit = Literal["frames", "speech"]
"""What a stretch is of, as `Missed` has it."""


class Tally:
    """Collects stretches of `Missed` and `Heard`, and says each once it is long, or over."""

    def __init__(self, say: Callable[[Missed | Heard], None]) -> None:
        """Take who is told."""
        self._say = say
        self._open: dict[tuple[str, str, bool], tuple[float, float]] = {}
        self.missed: dict[str, int] = {}
        """How often each cause was said."""

    def miss(self, unit: Unit, from_: float, to: float, cause: str, due: bool = False) -> None:
        """Take note of a stretch that nobody can examine. `due`: as `Missed` has it."""
        self._add((unit, cause, due), from_, max(from_, to))

    def hear(self, from_: float, to: float) -> None:
        """Take note of sound that was handed over."""
        self._add(("heard", "", False), from_, max(from_, to))

    def flush(self) -> None:
        """Say all that is not said yet."""
        for key in list(self._open):
            self._close(key)

    def _add(self, key: tuple[str, str, bool], from_: float, to: float) -> None:
        known = self._open.get(key)
        if known is not None:
            near_s = _HEARD_NEAR_S if key[0] == "heard" else _NEAR_S
            if -_NEAR_S <= from_ - known[1] <= near_s:
                from_, to = known[0], max(known[1], to)
            else:
                self._close(key)
        self._open[key] = from_, to
        if to - from_ >= _LONGEST_S:
            self._close(key)

    def _close(self, key: tuple[str, str, bool]) -> None:
        from_, to = self._open.pop(key)
        unit, cause, due = key
        if unit == "heard":
            self._say(Heard(from_, to))
            return
        self.missed[cause] = self.missed.get(cause, 0) + 1
        self._say(Missed("frames" if unit == "frames" else "speech", from_, to, cause, due))
