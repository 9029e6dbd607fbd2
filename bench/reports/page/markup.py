"""HTML as text: escaped, tables and figures included. Nothing here knows what a result is.

Texts become markup in `tag` and `text` alone, so what a result says is never taken for markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

__all__ = ["Cell", "figure", "section", "table", "tag", "text"]

WIDE, NARROW = 940, 350
"""Widths in CSS pixels that a plot is drawn at: for screens and paper, and for phones."""

Cell = str | tuple[str, str]
"""A text, or a text and its class."""


def text(words: str) -> str:
    """Return a text as markup."""
    return escape(words, quote=True)


def tag(name: str, inner: str = "", **attributes: str | float) -> str:
    """Return an element around markup. `class_`, `aria_label` are written `class`, `aria-label`."""
    told = "".join(
        f' {key.strip("_").replace("_", "-")}="{text(_plain(value))}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{told}>{inner}</{name}>"


def section(anchor: str, title: str, *parts: str) -> str:
    """Return a section with its title; nothing where it would be empty."""
    inner = "".join(parts)
    return tag("section", tag("h2", text(title)) + inner, id=anchor) if inner else ""


def figure(title: str, draw: Callable[[int], str], note: str = "", legend: str = "") -> str:
    """Return a plot drawn twice, for wide and narrow pages, under its title; one is shown."""
    parts = [tag("figcaption", tag("b", text(title)) + (f" {text(note)}" if note else "")), legend]
    parts += [
        tag("div", draw(WIDE), class_="wide"),
        tag("div", draw(NARROW), class_="narrow"),
    ]
    return tag("figure", "".join(parts))


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    caption: str = "",
    left: int = 1,
    kind: str = "",
) -> str:
    """Return a table. The first `left` columns are words, the rest are numbers.

    On a narrow page a table scrolls sideways; one of the kind `cards` becomes a list of rows.
    """
    top = "".join(
        tag("th", text(head), scope="col", class_="" if place < left else "n")
        for place, head in enumerate(heads)
    )
    body = "".join(tag("tr", "".join(_cells(row, left, heads))) for row in rows)
    inner = tag("caption", text(caption)) if caption else ""
    inner += tag("thead", tag("tr", top)) + tag("tbody", body)
    # A region that scrolls must be reachable by keyboard (WCAG 2.1.1).
    return tag(
        "div",
        tag("table", inner, class_=kind),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption or ", ".join(heads[:3]),
    )


def _cells(row: Sequence[Cell], left: int, heads: Sequence[str]) -> list[str]:
    found = []
    for place, cell in enumerate(row):
        words, kind = cell if isinstance(cell, tuple) else (cell, "")
        kinds = " ".join(part for part in (kind, "" if place < left else "n") if part)
        if place == 0:
            found.append(tag("th", text(words), scope="row", class_=kinds))
        else:
            found.append(tag("td", text(words), class_=kinds, data_head=heads[place]))
    return found


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
