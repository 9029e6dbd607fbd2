"""Ratios as dots on one logarithmic axis, with their intervals and the bars they were promised."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.page.canvas import Canvas, legend
from bench.reports.page.markup import Cell, figure, table
from bench.reports.page.scales import Scale, logarithmic
from bench.reports.words import bar_of, bounds, ratio_value
from bench.shapes.result import Ratio

__all__ = ["ratios"]

ROW, TALL_ROW = 38, 54


def ratios(found: Sequence[Ratio]) -> str:
    """Draw all ratios, and list them."""
    drawn = [ratio for ratio in found if ratio.value > 0]
    if not found:
        return ""

    def draw(width: int) -> str:
        return _draw(width, drawn)

    keys = [("median and 95 % interval", "c0", 0), ("bar", "promise", -1)]
    picture = figure("Ratios and their bars", draw, "Logarithmic.", legend(keys)) if drawn else ""
    rows: list[list[Cell]] = [
        [name(ratio), ratio_value(ratio), bounds(ratio), bar_of(ratio) or "–", met(ratio)]
        for ratio in found
    ]
    heads = ("ratio", "median", "95 % interval", "bar", "bar met")
    return picture + table(heads, rows, kind="cards")


def name(ratio: Ratio) -> str:
    """Say what is divided by what."""
    return f"{ratio.metric}, {ratio.of} over {ratio.to}"


def met(ratio: Ratio) -> Cell:
    """Say whether a bar is reached, or that there is none."""
    if not ratio.bar:
        return "no bar"
    return ("met", "met") if ratio.met else ("missed", "missed")


def _draw(width: int, found: Sequence[Ratio]) -> str:
    told = "; ".join(
        f"{name(ratio)}: {ratio_value(ratio)}, {bounds(ratio)}"
        + (f", {bar_of(ratio)}: {'met' if ratio.met else 'missed'}" if ratio.bar else "")
        for ratio in found
    )
    row = ROW if width > 500 else TALL_ROW
    canvas = Canvas(width, row * len(found) + 26, "Ratios and their bars", told)
    ends = [value for ratio in found for value in (ratio.low, ratio.high, ratio.bar)]
    across = logarithmic(ends, 8, width - 90)
    foot = row * len(found) + 6
    for value, words in across.ticks(8 if width > 500 else 5):
        for line in range(len(found)):
            band = (line + 1) * row - 3
            canvas.rule(
                across(value), band - 19, across(value), band, "axis" if value == 1 else "grid"
            )
        canvas.tick(across(value), foot + 15, words)
    for line, ratio in enumerate(found):
        _row(canvas, ratio, across, line * row, row == TALL_ROW)
    return canvas.svg()


def _row(canvas: Canvas, ratio: Ratio, across: Scale, top: float, tall: bool) -> None:
    lines = [ratio.metric, f"{ratio.of} over {ratio.to}"] if tall else [name(ratio)]
    for words in lines:
        canvas.write(0, top + 12, words, "label")
        top += 16
    y = top + 9
    place, colour = (0, "c0") if ratio.met else (1, "bad")
    canvas.line([(across(ratio.low), y), (across(ratio.high), y)], f"{colour} interval")
    told = f"{ratio_value(ratio)}, {bounds(ratio)}"
    canvas.mark(across(ratio.value), y, place, told, 4.2, colour)
    if ratio.bar:
        x = across(ratio.bar)
        canvas.line([(x, y - 9), (x, y + 9)], "promise")
        # The side on which the promise is kept.
        canvas.line([(x, y - 9), (x + (5 if ratio.least else -5), y - 9)], "promise")
        canvas.line([(x, y + 9), (x + (5 if ratio.least else -5), y + 9)], "promise")
    canvas.write(
        canvas.width, y + 4, ratio_value(ratio), "told" if ratio.met else "told bad", "end"
    )
