"""The bars: one number each, what it must reach, and whether a later run has lost ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

__all__ = ["SLACK", "Bar", "compared", "told"]

SLACK = {"share": 0.005, "per thousand": 0.5}
"""What two runs may differ by without anybody having lost ground."""


class Bar(msgspec.Struct, frozen=True):
    """A figure and what it must reach. `low` and `high` are its interval where it has one."""

    name: str
    value: float | None
    least: float | None = None
    most: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Literal["share", "per thousand"] = "share"

    @property
    def met(self) -> bool | None:
        """Say whether it reaches its bar; None where nothing is known or asked."""
        if self.value is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )


def told(bars: list[Bar]) -> Iterator[str]:
    """Yield a line for each bar."""
    for bar in bars:
        sign = {True: "met", False: "MISSED", None: ""}[bar.met]
        wanted = f">= {bar.least:g}" if bar.least is not None else ""
        wanted += f"<= {bar.most:g}" if bar.most is not None else ""
        value = "-" if bar.value is None else f"{bar.value:.3f}"
        span = f"[{bar.low:.3f}, {bar.high:.3f}]" if bar.low is not None else ""
        yield f"{bar.name:<64} {value:>8} {span:<18} {wanted:<9} {sign}"


def compared(old: list[Bar], new: list[Bar]) -> list[str]:
    """Return a sentence for each figure that is worse than before, beyond chance and slack."""
    before = {bar.name: bar for bar in old}
    worse = []
    for bar in new:
        was = before.get(bar.name)
        if was is None or was.value is None:
            continue
        if bar.value is None:
            worse.append(f"{bar.name}: was {was.value:.3f}, is not measured any more")
            continue
        up = bar.most is None
        lost = was.value - bar.value if up else bar.value - was.value
        if lost > SLACK[bar.unit]:
            worse.append(f"{bar.name}: was {was.value:.3f}, is {bar.value:.3f}")
    gone = sorted(set(before) - {bar.name for bar in new})
    return worse + [f"{name}: was {before[name].value}, is gone" for name in gone]
