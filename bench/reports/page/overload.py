"""What is answered in time when more and more is offered: the plateau, or the collapse."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.groups import Group
from bench.reports.page.canvas import Canvas, legend
from bench.reports.page.markup import figure
from bench.reports.page.scales import Scale, upright, within
from bench.reports.words import PEER_NAMES, number, percent

__all__ = ["overload"]

RATES = 3


def overload(groups: Sequence[Group], before: Sequence[Group] = ()) -> str:
    """Draw systems that had at least three different rates offered; nothing without one."""
    systems = _swept(groups)
    if not systems:
        return ""
    older = {name: found for name, found in _swept(before).items() if name in systems}
    keys = [(name, f"c{place}", place) for place, name in enumerate(systems)]
    keys += [(f"{name}, before", f"c{list(systems).index(name)} before", -1) for name in older]
    keys.append(("everything offered", "ink offered", -1))

    def goodput(width: int) -> str:
        return _goodput(width, systems, older)

    def late(width: int) -> str:
        return _late(width, systems, older)

    return figure(
        "Goodput by what is offered", goodput, "Above the peak it should stay flat.", legend(keys)
    ) + figure("p99 response of what was accepted, by what is offered", late, "", legend(keys[:-1]))


Swept = dict[str, list[Group]]


def _swept(groups: Sequence[Group]) -> Swept:
    found: Swept = {}
    for each in groups:
        if each.windows and each.loop == "open" and each.offered > 0:
            found.setdefault(each.system, []).append(each)
    return {
        name: sorted(known, key=lambda each: each.offered)
        for name, known in sorted(found.items(), key=lambda each: each[0] in PEER_NAMES)
        if len({round(each.offered, -1) for each in known}) >= RATES
    }


def _goodput(width: int, systems: Swept, older: Swept) -> str:
    every = [each for known in (*systems.values(), *older.values()) for each in known]
    told = "; ".join(f"{name}: {_told(known)}" for name, known in systems.items())
    canvas = Canvas(width, 280, "Goodput by what is offered", told)
    across = upright((each.offered for each in every), 70, width - 30)
    up = upright((each.goodput for each in every), 238, 28)
    canvas.axes(across, up, "offered, messages a second", "answered in time, messages a second")
    end = min(across.high, up.high)
    canvas.line([(across(0), up(0)), (across(end), up(end))], "ink offered")
    for place, (name, known) in enumerate(systems.items()):
        for kind, drawn in ((" before", older.get(name, [])), ("", known)):
            points = [(across(each.offered), up(each.goodput)) for each in drawn]
            canvas.line(points, f"c{place}{kind}")
        for each in known:
            _dots(canvas, each, across, up, place)
    return canvas.svg()


def _dots(canvas: Canvas, each: Group, across: Scale, up: Scale, place: int) -> None:
    for window in each.windows:
        words = (
            f"{each.name}: offered {number(window.offered_per_s)}/s, "
            f"in time {number(window.goodput_per_s)}/s"
        )
        canvas.mark(across(window.offered_per_s), up(window.goodput_per_s), place, words)
        canvas.reading(across(window.offered_per_s), words)


def _late(width: int, systems: Swept, older: Swept) -> str:
    every = [flow for known in systems.values() for each in known for flow in each.flows]
    told = "The p99 response of accepted messages, against the rate that is offered."
    canvas = Canvas(width, 240, "p99 response by what is offered", told)
    rates = [each.offered for known in (*systems.values(), *older.values()) for each in known]
    across = upright(rates, 70, width - 30)
    up = within([flow.response.p99 for flow in every], 198, 28)
    canvas.axes(across, up, "offered, messages a second", "p99 response, ms")
    for place, (name, known) in enumerate(systems.items()):
        for kind, drawn in ((" before", older.get(name, [])), ("", known)):
            canvas.line(
                [(across(each.offered), up(_p99(each))) for each in drawn], f"c{place}{kind}"
            )
        for each in known:
            words = f"{each.name}: offered {number(each.offered)}/s, p99 {number(_p99(each))} ms"
            canvas.mark(across(each.offered), up(_p99(each)), place, words)
            canvas.reading(across(each.offered), words)
    return canvas.svg()


def _p99(each: Group) -> float:
    return max((flow.response.p99 for flow in each.flows), default=0.0)


def _told(known: Sequence[Group]) -> str:
    peak = max(each.goodput for each in known)
    last = known[-1]
    share = percent(last.goodput / peak) if peak else "none"
    return (
        f"at most {number(peak)} a second in time; {share} of that when "
        f"{number(last.offered)} a second are offered"
    )
