"""Axes of plots: where a value lies in pixels, and which values get a tick."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

__all__ = ["Scale", "logarithmic", "percentiles", "upright", "within"]

SHARES = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)


class Scale(msgspec.Struct, frozen=True):
    """An axis from `low` at pixel `start` to `high` at pixel `end`.

    `percentile` axes stretch the tail as HdrHistogram's plots do: each tenth of what is left takes
    as much room as the one before.
    """

    low: float
    high: float
    start: float
    end: float
    kind: Literal["linear", "log", "percentile"] = "linear"

    def __call__(self, value: float) -> float:
        """Return the pixel of a value, never outside the axis."""
        low, high = self._place(self.low), self._place(self.high)
        share = (self._place(value) - low) / (high - low) if high > low else 0.0
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[tuple[float, str]]:
        """Return about so many round values with what is written beside them."""
        if self.kind == "percentile":
            return [(s, f"{s * 100:.6g}%") for s in SHARES if self.low <= s <= self.high]
        if self.kind == "log":
            return [(value, f"{value:,.6g}") for value in self._powers(most)]
        step = _round((self.high - self.low) / most) or 1.0
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [(place * step, f"{place * step:,.6g}") for place in range(first, last + 1)]

    def _place(self, value: float) -> float:
        if self.kind == "log":
            return math.log10(max(value, 1e-12))
        if self.kind == "percentile":
            return -math.log10(max(1 - value, 1e-9))
        return value

    def _powers(self, most: int) -> list[float]:
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [
                step * 10.0**power
                for power in range(
                    math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1
                )
                for step in steps
                if self.low <= step * 10.0**power * (1 + 1e-9)
                and step * 10.0**power <= self.high * (1 + 1e-9)
            ]
            if len(found) <= most + 1:
                return found
        return found[:: math.ceil(len(found) / most)]


def upright(values: Iterable[float], start: float, end: float) -> Scale:
    """Return a linear axis from 0 to a round value that holds all values."""
    most = max(values, default=0.0)
    step = _round(most / 4) or 1.0
    return Scale(0.0, math.ceil(most / step - 1e-9) * step or step, start, end)


def logarithmic(values: Iterable[float], start: float, end: float) -> Scale:
    """Return a logarithmic axis around all values above 0; ends at 1, 2 or 5 of a power of 10."""
    known = [value for value in values if 0 < value < math.inf]
    low, high = (min(known), max(known)) if known else (1.0, 10.0)
    return Scale(_below(low), _above(max(high, low * 1.5)), start, end, "log")


def percentiles(most: float, start: float, end: float) -> Scale:
    """Return a percentile axis up to the share `most`."""
    return Scale(0.0, most, start, end, "percentile")


def within(values: Iterable[float], start: float, end: float) -> Scale:
    """Return an axis that shows all values: logarithmic where they span more than a factor 8."""
    known = [value for value in values if value > 0]
    if known and max(known) > 8 * min(known):
        return logarithmic(known, start, end)
    return upright(known, start, end)


def _round(value: float) -> float:
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def _below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-9))


def _above(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return min(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))
