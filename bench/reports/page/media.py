"""What a command adds to a window by name: lags, coverage, and what was not examined and why.

Names say what they hold: the ending is the unit (`_ms`, `_s`, `_mb`, `_share`); `p50` to `max`
before it make a distribution; `lost_X_share`, `looks_lost_X` and `unchecked_X_s` are told by X.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bench.reports.page.bars import Bar, stacked
from bench.reports.page.canvas import Canvas, legend
from bench.reports.page.markup import Cell, figure, table
from bench.reports.page.scales import Scale, within
from bench.reports.words import number, percent
from bench.shapes.result import Window

__all__ = ["extras"]

_SPREAD = re.compile(r"^(?P<what>.+?)_(?P<of>p50|p90|p95|p99|p999|max)(?:_(?P<unit>ms|s|us))?$")
_UNIT = re.compile(r"^(?P<what>.+)_(?P<unit>ms|s|us|bytes|mb|kb|per_s|per_cpu_s|s_per_min)$")
_UNITS = {
    "us": "µs",
    "mb": "MB",
    "kb": "KB",
    "per_s": "/s",
    "per_cpu_s": "/CPU s",
    "s_per_min": "s/min",
}
_SHARE = re.compile(r"^(coverage|wer)(_|$)|_share$")
_ORDER = ("p50", "p90", "p95", "p99", "p999", "max")
_TOLD = (
    ("Not examined, by reason", "%", 100.0, re.compile(r"^lost_(?P<part>.+)_share$")),
    (
        "Frames and texts not looked at, by reason",
        "",
        1.0,
        re.compile(r"^looks_lost_(?P<part>.+)$"),
    ),
    ("Time not examined, by cause", "s", 1.0, re.compile(r"^unchecked_(?P<part>.+)_s$")),
)
_PROMISES = frozenset({"unanswered", "doubled", "unknown"})
"""Of chat windows: told among the failures where they are not 0."""
ROW = 40
COLUMNS = 4

Spread = dict[str, float]


def extras(windows: Sequence[Window]) -> str:
    """Draw and list what windows hold besides."""
    named = [(_name(window), _kept(window.extra)) for window in windows if not window.invalid]
    known = [(name, extra) for name, extra in named if extra]
    spreads: dict[str, dict[str, Spread]] = {}
    rest: list[tuple[str, dict[str, str]]] = []
    for name, extra in known:
        plain: dict[str, str] = {}
        for key, value in extra.items():
            found = _SPREAD.match(key)
            if found:
                lag = f"{name}: {_words(found['what'])}"
                unit = found["unit"] or ""
                spreads.setdefault(unit, {}).setdefault(lag, {})[found["of"]] = value
            elif not any(pattern.match(key) for _, _, _, pattern in _TOLD):
                plain.update([_told(key, value)])
        rest.append((name, plain))
    pictures = "".join(_spread(unit, found) for unit, found in spreads.items())
    for title, unit, times, pattern in _TOLD:
        bars = [Bar(name, _parts(extra, pattern, times)) for name, extra in known]
        pictures += stacked(title, unit, [bar for bar in bars if bar.parts], unit or "counted")
    return pictures + _listed([(name, plain) for name, plain in rest if plain])


def _name(window: Window) -> str:
    return f"{window.system}, {window.label}"


def _kept(extra: Mapping[str, float]) -> dict[str, float]:
    return {key: value for key, value in extra.items() if value or key not in _PROMISES}


def _parts(
    extra: Mapping[str, float], pattern: re.Pattern[str], times: float
) -> tuple[tuple[str, float], ...]:
    found = ((pattern.match(key), value) for key, value in extra.items())
    return tuple((_words(match["part"]), value * times) for match, value in found if match)


def _listed(rest: Sequence[tuple[str, dict[str, str]]]) -> str:
    """List what is no picture: a column for each window where they are few."""
    if not rest:
        return ""
    if len(rest) > COLUMNS:
        rows: list[list[Cell]] = [
            [name, what, value] for name, plain in rest for what, value in plain.items()
        ]
        return table(("system, load", "what", "value"), rows, left=2)
    keys = dict.fromkeys(what for _, plain in rest for what in plain)
    pivoted: list[list[Cell]] = [
        [what, *(plain.get(what, "–") for _, plain in rest)] for what in keys
    ]
    return table(("found", *(name for name, _ in rest)), pivoted)


def _told(key: str, value: float) -> tuple[str, str]:
    if _SHARE.search(key):
        return _words(key.removesuffix("_share")), percent(value)
    found = _UNIT.match(key)
    if found:
        unit = _UNITS.get(found["unit"], found["unit"])
        return _words(found["what"]), f"{number(value)} {unit}"
    return _words(key), number(value)


def _words(key: str) -> str:
    return re.sub(r"[_.]+", " ", key).strip()


def _spread(unit: str, found: dict[str, Spread]) -> str:
    def draw(width: int) -> str:
        return _draw(width, unit, found)

    keys = [(of.replace("p999", "p99.9"), f"c{place}", place) for place, of in _shown(found)]
    return figure("Lags", draw, unit, legend(keys))


def _shown(found: Mapping[str, Spread]) -> list[tuple[int, str]]:
    used = [of for of in _ORDER if any(of in spread for spread in found.values())]
    return list(enumerate(used))


def _draw(width: int, unit: str, found: dict[str, Spread]) -> str:
    told = "; ".join(
        f"{name}: " + ", ".join(f"{of} {number(spread[of])}" for of in _ORDER if of in spread)
        for name, spread in found.items()
    )
    canvas = Canvas(width, ROW * len(found) + 26, f"Lags, {unit}", told)
    across = within(
        [value for spread in found.values() for value in spread.values()], 8, width - 60
    )
    places = {of: place for place, of in _shown(found)}
    for value, words in across.ticks(8 if width > 500 else 4):
        for line in range(len(found)):
            canvas.rule(across(value), line * ROW + 17, across(value), line * ROW + 35)
        canvas.tick(across(value), ROW * len(found) + 21, words)
    for line, (name, spread) in enumerate(found.items()):
        _row(canvas, name, unit, spread, across, line * ROW, places)
    return canvas.svg()


def _row(
    canvas: Canvas,
    name: str,
    unit: str,
    spread: Spread,
    across: Scale,
    top: float,
    places: dict[str, int],
) -> None:
    most = int(canvas.width / 6.4)
    canvas.write(0, top + 12, name if len(name) <= most else name[: most - 1] + "…", "label")
    y = top + 26
    values = list(spread.values())
    canvas.rule(across(min(values)), y, across(max(values)), y, "axis")
    for of, value in spread.items():
        canvas.mark(across(value), y, places[of], f"{name}: {of} {number(value)} {unit}", 4.2)
    canvas.write(across(max(values)) + 9, y + 4, number(max(values)), "told")
