"""A window second by second: what came, what was answered in time, what was refused, how late.

The worst second is named, so that a stall is seen and not only felt in the tail.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.page.canvas import Canvas, Point, legend
from bench.reports.page.markup import tag, text
from bench.reports.page.scales import Scale, upright, within
from bench.reports.words import number
from bench.shapes.result import Second, Window

__all__ = ["series"]

SHOWN = 6
WIDTH = 460


def series(windows: Sequence[Window], ours: Sequence[str]) -> str:
    """Draw windows that know their seconds: a few of ours at once, the rest to be unfolded."""
    known = [window for window in windows if len(window.series) > 1 and not window.invalid]
    if not known:
        return ""
    first = _first(known, ours)
    rest = [window for window in known if all(window is not each for each in first)]
    keys = legend(
        [
            ("offered", "ink offered", -1),
            ("answered in time", "fill good", -1),
            ("refused", "c1", -1),
            ("p99 response", "c0", -1),
            ("p50 response", "c0 service", -1),
        ]
    )
    shown = keys + tag("div", "".join(map(_figure, first)), class_="grid")
    if rest:
        more = tag("summary", text(f"{len(rest)} more windows, second by second"))
        inside = tag("div", "".join(map(_figure, rest)), class_="grid")
        shown += tag("details", more + inside, class_="screen")
    return shown


def _first(known: Sequence[Window], ours: Sequence[str]) -> list[Window]:
    """Choose one window of each load of ours, the one with the worst second."""
    worst: dict[tuple[str, str], Window] = {}
    for window in known:
        key = window.system, window.label
        if key not in worst or _peak(window).p99_ms > _peak(worst[key]).p99_ms:
            worst[key] = window
    mine = [window for (system, _), window in worst.items() if system in ours]
    return (mine or list(worst.values()))[:SHOWN]


def _peak(window: Window) -> Second:
    return max(window.series, key=lambda second: second.p99_ms)


def _figure(window: Window) -> str:
    title = f"{window.system}, {window.label}"
    note = f"{number(window.offered_per_s)}/s for {window.seconds:g} s"
    caption = tag("figcaption", tag("b", text(title)) + f" {text(note)}")
    return tag("figure", caption + _draw(window, title), class_="small")


def _draw(window: Window, title: str) -> str:
    seconds, worst = window.series, _peak(window)
    told = (
        f"Offered {number(window.offered_per_s)} and answered in time "
        f"{number(window.goodput_per_s)} a second; the worst second is {worst.at}, "
        f"p99 {number(worst.p99_ms)} ms."
    )
    canvas = Canvas(WIDTH, 300, f"Second by second, {title}", told)
    across = Scale(seconds[0].at, seconds[-1].at + 1, 62, WIDTH - 14)
    rates = upright((float(s.offered) for s in seconds), 136, 28)
    canvas.axes(across, rates, "", "messages a second")
    good = _steps(seconds, [float(s.good) for s in seconds], across, rates)
    canvas.area(good, rates.start, "fill good")
    canvas.line(_steps(seconds, [float(s.offered) for s in seconds], across, rates), "ink offered")
    if any(s.refused for s in seconds):
        canvas.line(_steps(seconds, [float(s.refused) for s in seconds], across, rates), "c1")
    late = within([value for s in seconds for value in (s.p50_ms, s.p99_ms)], 258, 188)
    canvas.axes(across, late, "seconds", "response, ms" + (", log" * (late.kind == "log")))
    canvas.line(_middles(seconds, [s.p50_ms for s in seconds], across, late), "c0 service")
    canvas.line(_middles(seconds, [s.p99_ms for s in seconds], across, late), "c0")
    x, y = across(worst.at + 0.5), late(worst.p99_ms)
    canvas.mark(x, y, 0, f"second {worst.at}: p99 {number(worst.p99_ms)} ms")
    right = x > WIDTH * 0.7
    words = f"p99 {number(worst.p99_ms)}"
    canvas.write(x + (-8 if right else 8), max(y - 5, 184), words, "told", "end" if right else "")
    for second in seconds:
        canvas.reading(across(second.at + 0.5), _reading(second))
    return canvas.svg()


def _steps(
    seconds: Sequence[Second], values: Sequence[float], across: Scale, up: Scale
) -> list[Point]:
    return [
        point
        for second, value in zip(seconds, values, strict=True)
        for point in ((across(second.at), up(value)), (across(second.at + 1), up(value)))
    ]


def _middles(
    seconds: Sequence[Second], values: Sequence[float], across: Scale, up: Scale
) -> list[Point]:
    """Return the middles of the seconds in which anything was answered."""
    return [
        (across(second.at + 0.5), up(value))
        for second, value in zip(seconds, values, strict=True)
        if value > 0
    ]


def _reading(second: Second) -> str:
    return (
        f"second {second.at}: offered {second.offered:,}, in time {second.good:,}, refused "
        f"{second.refused:,}, p50 {number(second.p50_ms)} ms, p99 {number(second.p99_ms)} ms"
    )
