"""Latency by percentile, as HdrHistogram plots it: response drawn through, service dashed.

Systems under the same load share a plot. Loads that only one system had share a plot of that
system, so that a search or an overload reads as one family of curves.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from bench.reports.distributions import Distribution, merge
from bench.reports.groups import Flows, Group
from bench.reports.page.canvas import Canvas, Point, legend
from bench.reports.page.markup import figure
from bench.reports.page.scales import Scale, percentiles, within
from bench.reports.words import PEER_NAMES, number

__all__ = ["latencies"]

MOST = 6
"""Curves of one plot that can be told apart."""
MARKED = (0.5, 0.9, 0.99, 0.999)
READ = tuple(1 - 10 ** -(step / 12) for step in range(1, 61))


class _Curve(msgspec.Struct, frozen=True, eq=False):
    name: str
    response: Distribution
    service: Distribution
    colour: int
    before: bool


class _Entry(msgspec.Struct, frozen=True, eq=False):
    group: Group
    flow: Flows
    before: bool


def latencies(groups: Sequence[Group], before: Sequence[Group] = ()) -> str:
    """Draw every load: `before` is what another run found, drawn dotted."""
    entries = [
        _Entry(each, flow, old)
        for old, known in ((False, groups), (True, before))
        for each in known
        for flow in each.flows
        if not (old and each.system in PEER_NAMES)
        if any(part.count for part in (flow.services if each.loop == "closed" else flow.responses))
    ]
    plots: dict[str, list[_Entry]] = {}
    for entry in entries:
        plots.setdefault(_plot_of(entry.group, entries), []).append(entry)
    return "".join(
        _plot(title, found)
        for title, found in plots.items()
        if not all(entry.before for entry in found)
    )


def _plot_of(each: Group, entries: Sequence[_Entry]) -> str:
    if each.loop == "closed":
        return f"{each.label}, closed loop: service times only"
    same = {entry.group.system for entry in entries if entry.group.label == each.label}
    if len(same) > 1 and not each.several:
        return each.label
    alone = {
        entry.group.label
        for entry in entries
        if entry.group.system == each.system and entry.group.loop == each.loop
    }
    return each.label if len(alone) == 1 and not each.several else f"{each.system}, by load"


def _plot(title: str, entries: list[_Entry]) -> str:
    # Ours have the first colour, wherever they were measured.
    chosen = sorted(_spread(entries), key=lambda entry: entry.group.system in PEER_NAMES)
    curves = _curves(chosen)
    closed = entries[0].group.loop == "closed"
    with_service = not closed and len(curves) <= 4 and not any(curve.before for curve in curves)
    note = "" if len(chosen) == len(entries) else f"{len(chosen)} of {len(entries)} are drawn."
    keys = [
        (curve.name, f"c{curve.colour}{' before' if curve.before else ''}", curve.colour)
        for curve in curves
    ]
    if with_service:
        keys.append(("dashed: service, from the real send", "ink service", -1))

    def draw(width: int) -> str:
        return _draw(width, title, curves, with_service, closed)

    return figure(f"Latency by percentile: {title}", draw, note, legend(keys))


def _spread(entries: list[_Entry]) -> list[_Entry]:
    """Choose loads evenly where there are too many; what was before stays beside what is now."""
    known = sorted(entries, key=lambda entry: entry.group.offered)
    names = list(dict.fromkeys(_name(entry) for entry in known))
    most = MOST // 2 if any(entry.before for entry in entries) else MOST
    if len(names) > most:
        places = np.linspace(0, len(names) - 1, most).round().astype(int)
        names = [names[place] for place in places.tolist()]
    return [entry for entry in entries if _name(entry) in names]


def _name(entry: _Entry) -> tuple[str, str, str]:
    return entry.group.system, entry.group.load, entry.flow.name


def _curves(entries: Sequence[_Entry]) -> list[_Curve]:
    systems = {entry.group.system for entry in entries}
    loads = {entry.group.load for entry in entries}
    flows = {entry.flow.name for entry in entries}
    colours: dict[str, int] = {}
    found = []
    for entry in entries:
        parts = [entry.group.system] if len(systems) > 1 or len(loads) == 1 else []
        parts += [entry.group.load] if len(loads) > 1 else []
        parts += [entry.flow.name] if len(flows) > 1 else []
        name = ", ".join(parts)
        colour = colours.setdefault(name, len(colours))
        response, service = merge(entry.flow.responses), merge(entry.flow.services)
        if entry.group.loop == "closed":
            response = service
        told = f"{name}, before" if entry.before else name
        found.append(_Curve(told, response, service, colour, entry.before))
    return found


def _draw(
    width: int, title: str, curves: Sequence[_Curve], with_service: bool, closed: bool
) -> str:
    height = 330 if width > 500 else 280
    told = "; ".join(f"{curve.name}: {_told(curve.response)}" for curve in curves)
    canvas = Canvas(width, height, f"Latency by percentile, {title}", told)
    most = max(_last(curve.response) for curve in curves)
    across = percentiles(most, 56, width - 30)
    shown = [curve.response for curve in curves]
    shown += [curve.service for curve in curves if with_service]
    ends = [float(value) for found in shown for value in found.at(np.array([0.01, most]))]
    up = within(ends, height - 42, 28)
    scale = "logarithmic, " if up.kind == "log" else ""
    axis = "service time" if closed else "latency"
    canvas.axes(across, up, "percentile", f"{axis}, ms ({scale}tail stretched)", 7)
    for curve in curves:
        kind = f"c{curve.colour}" + (" before" if curve.before else "")
        if with_service:
            canvas.line(_points(curve.service, across, up), f"{kind} service")
        canvas.line(_points(curve.response, across, up), kind)
        for share in MARKED:
            if share <= _last(curve.response):
                value = float(curve.response.at(share))
                words = f"{curve.name}: p{share * 100:g} {number(value)} ms"
                canvas.mark(across(share), up(value), curve.colour, words)
    for share in (share for share in READ if share <= most):
        canvas.reading(across(share), _reading(share, curves))
    return canvas.svg()


def _points(found: Distribution, across: Scale, up: Scale) -> list[Point]:
    """Return a point for every three pixels: cells are far more than can be seen."""
    last = _last(found)
    pixels = np.arange(across.start, across(last) + 3, 3.0)
    decades = -np.log10(1 - across.high)
    shares = 1 - 10 ** (-(pixels - across.start) / (across.end - across.start) * decades)
    shares = np.minimum(shares, last)
    return [
        (across(float(share)), up(float(value)))
        for share, value in zip(shares, found.at(shares), strict=True)
    ]


def _last(found: Distribution) -> float:
    """Return the share up to which so many were counted that the curve means something."""
    return min(0.99999, max(0.9, 1 - 1 / max(found.count, 2)))


def _told(found: Distribution) -> str:
    values = found.at(np.array([0.5, 0.99, 0.999, 1.0]))
    named = zip(("p50", "p99", "p99.9", "max"), values, strict=True)
    return ", ".join(f"{name} {number(float(value))} ms" for name, value in named)


def _reading(share: float, curves: Sequence[_Curve]) -> str:
    each = (
        f"{curve.name} {number(float(curve.response.at(share)))} ms"
        for curve in curves
        if share <= _last(curve.response)
    )
    return f"p{share * 100:.6g}: " + " · ".join(each)
