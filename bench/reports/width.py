"""How wide what is printed may be: a terminal's own width, and room for every column elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.console import Console

__all__ = ["ELSEWHERE", "WIDE", "open_console", "taken"]

WIDE = 96
"""From this width on nothing is put together or left out to save room."""
ELSEWHERE = 120
"""Columns of a pipe or a log of continuous integration, which say no width of their own."""
BETWEEN = 2


def open_console() -> Console:
    """Return a console on standard output, as wide as COLUMNS says, its terminal, or `ELSEWHERE`.

    Whether it is a terminal is asked of the file: FORCE_COLOR makes rich take a pipe for one.
    """
    console = Console()
    if console.file.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return console
    return Console(width=ELSEWHERE)


def taken(first: int, columns: Iterable[Sequence[str]]) -> int:
    """Return how wide a table is: the least of its first column, and its others in full."""
    return first + BETWEEN + sum(max(map(len, cells)) + BETWEEN for cells in columns)
