"""What a comparison says in the terminal: what changed first, and what could not be compared.

The verdict stands first in its row, so that no width cuts it. In fewer than `WIDE` columns system,
load and metric share one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.reports.comparing import Comparison
from bench.reports.lines import Line
from bench.reports.width import WIDE
from bench.reports.words import UNSURE, change_of, floor_of, moment, value_of
from bench.shapes.result import Result

__all__ = ["told"]

STYLES = {"worse": "bold red", "better": "green", "unsure": "yellow", "same": "dim"}
MOST = 24
"""Lines that are shown whole; of more, those that changed."""


def told(found: Comparison, before: Result, after: Result, console: Console) -> None:
    """Print a comparison."""
    counts = Counter(line.verdict for line in found.lines)
    worse = len(found.regressions)
    console.print(
        Text.assemble(
            "\n",
            (f"{worse} worse" if worse else "nothing worse", "bold red" if worse else "bold green"),
            f", {counts['better']} better, {counts['same']} the same, {counts['unsure']} unsure",
            (f"  {_run(before)}, then {_run(after)}\n", "dim"),
        )
    )
    shown = sorted(found.lines, key=lambda line: list(STYLES).index(line.verdict))
    if len(shown) > MOST:
        shown = [line for line in shown if line.verdict != "same"]
    if shown:
        console.print(_table(shown, console.width >= WIDE))
    if len(shown) < len(found.lines):
        console.print(Text("What stayed the same is on the page (--html).", style="dim"))
    if counts["unsure"]:
        console.print(f"Unsure: {UNSURE}")
    for note in found.notes:
        console.print(Text(note, style="yellow"))
    for difference in found.environments:
        console.print(Text(f"not the same: {difference}", style="yellow"))


def _run(result: Result) -> str:
    return f"{result.environment.commit or result.command} of {moment(result.environment.began)}"


def _table(lines: Sequence[Line], wide: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("verdict", no_wrap=True)
    for head in ("system, load", "metric") if wide else ("system, load: metric",):
        table.add_column(head, overflow="fold", min_width=14)
    for head in ("before", "after", "change (95 % interval)", "floor"):
        table.add_column(head, justify="right", overflow="fold")
    for line in lines:
        where = ", ".join(part for part in (line.system, line.label, line.flow) if part)
        what = (where, line.metric) if wide else (f"{where}: {line.metric}",)
        table.add_row(
            Text(line.verdict, style=STYLES[line.verdict]),
            *map(Text, what),
            value_of(line, line.before),
            value_of(line, line.after),
            change_of(line),
            floor_of(line),
        )
    return table
