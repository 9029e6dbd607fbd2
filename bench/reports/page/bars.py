"""Stacked bars: what a message's time and CPU are made of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bench.reports.groups import Group, Unit
from bench.reports.page.canvas import LETTER, Canvas, legend
from bench.reports.page.markup import figure
from bench.reports.page.scales import upright
from bench.reports.words import number

__all__ = ["Bar", "costs", "stacked", "stages"]

STAGES = ("decode", "detect", "state", "decide", "journal", "egress")
TITLES: dict[Unit, str] = {
    "µs": "CPU a message, by role",
    "cores": "CPU of one stream, by role",
    "s": "CPU by role",
}


class Bar(msgspec.Struct, frozen=True):
    """A name, and the parts that it is made of, in the order of the colours."""

    name: str
    parts: tuple[tuple[str, float], ...]

    @property
    def whole(self) -> float:
        """Return the sum."""
        return sum(value for _, value in self.parts)


def stages(groups: Sequence[Group]) -> str:
    """Draw the mean time of each stage: means add up, percentiles do not."""
    bars = []
    for each in groups:
        for flow in each.flows:
            known = [*STAGES, *(name for name in flow.stages if name not in STAGES)]
            parts = tuple((name, flow.stages[name].mean) for name in known if name in flow.stages)
            name = each.name if len(each.flows) == 1 else f"{each.name}, {flow.name}"
            bars += [Bar(name, parts)] if sum(value for _, value in parts) else []
    return stacked("Mean time of a verdict, by stage", "ms", bars)


def costs(groups: Sequence[Group]) -> str:
    """Draw CPU by role: of a message, of a stream, or where there is neither, seconds."""
    found: dict[Unit, list[Bar]] = {}
    for each in groups:
        if each.usage:
            parts = tuple((usage.role, each.cost(usage)) for usage in each.usage)
            found.setdefault(each.unit, []).append(Bar(each.name, parts))
    return "".join(stacked(TITLES[unit], unit, bars) for unit, bars in found.items())


def stacked(title: str, unit: str, bars: Sequence[Bar], note: str = "") -> str:
    """Draw bars on one axis, each with its name above and its sum behind; nothing without one."""
    if not bars:
        return ""
    parts = list(dict.fromkeys(name for bar in bars for name, value in bar.parts if value))
    keys = [(name, f"fill f{place % 8}", -1) for place, name in enumerate(parts)]

    def draw(width: int) -> str:
        return _draw(width, title, unit, bars, parts)

    return figure(title, draw, note or unit, legend(keys))


def _draw(width: int, title: str, unit: str, bars: Sequence[Bar], parts: Sequence[str]) -> str:
    beside = width > 500
    left, row = (220, 26) if beside else (0, 40)
    told = "; ".join(f"{bar.name}: {_told(bar)}" for bar in bars)
    canvas = Canvas(width, row * len(bars) + 24, title, f"{unit}. {told}")
    across = upright((bar.whole for bar in bars), left, width - 70)
    foot = row * len(bars) + 4
    for value, words in across.ticks(6 if beside else 4):
        canvas.rule(across(value), 0, across(value), foot)
        canvas.tick(across(value), foot + 15, words)
    for line, bar in enumerate(bars):
        top = row * line + (4 if beside else 18)
        if beside:
            canvas.write(left - 10, top + 13, _short(bar.name, 32), "label", "end")
        else:
            canvas.write(0, top - 4, _short(bar.name, 44), "label")
        x = across.start
        for name, value in bar.parts:
            size = across(value) - across.start
            kind = f"fill f{parts.index(name) % 8}" if value else ""
            if value:
                canvas.bar(x, top, size, 18, kind, f"{bar.name}: {name} {number(value)} {unit}")
                if size > LETTER * len(number(value)) + 6:
                    canvas.write(x + size / 2, top + 13, number(value), "inside", "middle")
            x += size
        canvas.write(x + 6, top + 13, f"{number(bar.whole)} {unit}", "told")
    return canvas.svg()


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _told(bar: Bar) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in bar.parts if value)
