"""One SVG picture: lines, areas, bars, marks and axes, with a title and a description for readers.

1. Looks come from classes of the style sheet, never from `style`: the page forbids inline styles.
2. Sizes are CSS pixels: a picture is drawn at about the width that it is shown at, so that its
   letters stay as large as the text's.
3. Colours never tell anything alone: each has a mark of its own (`marks`), service is dashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from bench.reports.page.markup import tag, text
from bench.reports.page.scales import Scale

__all__ = ["Canvas", "Point", "legend"]

Point = tuple[float, float]
COLOURS = 8
LETTER = 6.2
"""Pixels that a letter takes on average at 11 px."""


class Canvas:
    """A picture that is drawn on, then written out."""

    def __init__(self, width: float, height: float, title: str, told: str) -> None:
        self.width = width
        self.height = height
        self._title = title
        self._told = told
        self._parts: list[str] = []
        self._read: list[tuple[float, str]] = []

    def line(self, points: Sequence[Point], kind: str) -> None:
        """Draw a line through pixels."""
        if points:
            self._parts.append(tag("path", d=_path(points), class_=f"line {kind}"))

    def area(self, points: Sequence[Point], floor: float, kind: str) -> None:
        """Fill from a line down to a pixel row."""
        if points:
            whole = [(points[0][0], floor), *points, (points[-1][0], floor)]
            self._parts.append(tag("path", d=_path(whole) + "Z", class_=f"area {kind}"))

    def bar(
        self, left: float, top: float, width: float, height: float, kind: str, told: str
    ) -> None:
        """Fill a rectangle. What it stands for is told when it is pointed at."""
        inner = tag("title", text(told)) if told else ""
        at = {"x": left, "y": top, "width": max(width, 0.0), "height": height}
        self._parts.append(tag("rect", inner, class_=kind, **at))

    def mark(
        self, x: float, y: float, place: int, told: str = "", size: float = 3.6, kind: str = ""
    ) -> None:
        """Set the mark of a colour: a disc, a square, a diamond, a triangle, and open ones."""
        inner = tag("title", text(told)) if told else ""
        looks = f"mark {kind or f'c{place % COLOURS}'}" + " open" * (place % COLOURS >= 4)
        self._parts.append(tag("path", inner, d=_mark(x, y, place % 4, size), class_=looks))

    def write(self, x: float, y: float, words: str, kind: str = "", anchor: str = "") -> None:
        """Write words with their baseline at a pixel; `anchor`: start, middle or end."""
        self._parts.append(
            tag("text", text(words), x=x, y=y, class_=kind, text_anchor=anchor or "start")
        )

    def rule(self, x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> None:
        """Draw a straight line."""
        self._parts.append(tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind))

    def axes(self, across: Scale, up: Scale, x_name: str, y_name: str, ticks: int = 6) -> None:
        """Draw grid, ticks and names of both axes."""
        for value, words in up.ticks(max(2, int((up.start - up.end) / 24))):
            self.rule(across.start, up(value), across.end, up(value))
            self.write(across.start - 6, up(value) + 3.5, words, "tick", "end")
        last = -1e9
        for value, words in across.ticks(ticks):
            at = across(value)
            self.rule(at, up.start, at, up.start + 4, "axis")
            if at - last > LETTER * (len(words) + 1.5):
                self.tick(at, up.start + 16, words)
                last = at
        self.rule(across.start, up.start, across.end, up.start, "axis")
        if x_name:
            self.write(across.end, up.start + 31, x_name, "name", "end")
        self.write(across.start, up.end - 11, y_name, "name")

    def tick(self, x: float, y: float, words: str) -> None:
        """Write beside a tick, in its middle unless that would leave the picture."""
        half = LETTER * 1.2 * len(words) / 2
        anchor = "start" if x < half else "end" if x + half > self.width else "middle"
        self.write(x, y, words, "tick", anchor)

    def reading(self, x: float, words: str) -> None:
        """Say what is read off at a column of pixels; the page's script shows it on pointing."""
        self._read.append((x, words))

    def svg(self) -> str:
        """Write the picture out."""
        # The same picture may stand on a page twice: its width tells the two apart.
        named = f"{self._title}{self._told}{self.width}{len(self._parts)}"
        name = "p" + sha256(named.encode()).hexdigest()[:10]
        head = tag("title", text(self._title), id=f"{name}t")
        head += tag("desc", text(self._told), id=f"{name}d")
        readings = "\n".join(f"{x:.0f}\t{words}" for x, words in self._read)
        return tag(
            "svg",
            head + "".join(self._parts),
            viewBox=f"0 0 {self.width:g} {self.height:g}",
            role="img",
            aria_labelledby=f"{name}t {name}d",
            data_read=readings,
        )


def legend(entries: Sequence[tuple[str, str, int]]) -> str:
    """Return a list of names, each after its line's class and the number of its mark (-1: none)."""
    items = []
    for name, kind, place in entries:
        inner = tag("path", d="M0 6H26", class_=f"line {kind}") if "fill" not in kind else ""
        if "fill" in kind:
            inner = tag("rect", x=6, y=1, width=14, height=10, class_=kind)
        if place >= 0:
            open_ = " open" if place % COLOURS >= 4 else ""
            shape = _mark(13, 6, place % 4, 3.6)
            inner += tag("path", d=shape, class_=f"mark c{place % COLOURS}{open_}")
        swatch = tag("svg", inner, viewBox="0 0 26 12", class_="swatch", aria_hidden="true")
        items.append(tag("li", swatch + text(name)))
    return tag("ul", "".join(items), class_="legend")


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _mark(x: float, y: float, shape: int, size: float) -> str:
    corners: tuple[Point, ...]
    if shape == 0:
        half = f"a{size} {size} 0 1 0"
        return f"M{x - size:.1f} {y:.1f}{half} {2 * size} 0{half} {-2 * size} 0Z"
    if shape == 1:
        less = size * 0.88
        corners = ((-less, -less), (less, -less), (less, less), (-less, less))
    elif shape == 2:
        more = size * 1.25
        corners = ((0, -more), (more, 0), (0, more), (-more, 0))
    else:
        more = size * 1.15
        corners = ((0, -more), (more, more * 0.85), (-more, more * 0.85))
    return _path([(x + right, y + down) for right, down in corners]) + "Z"
