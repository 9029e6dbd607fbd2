"""What a run says in the terminal: windows as they pass, and at the end everything that matters.

Made for 100 columns; in fewer the less important percentiles give way, until the others are whole.
rich obeys NO_COLOR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress as Bars, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from bench.reports.groups import Flows, Group, group
from bench.reports.verdicts import balance, broken_promises, left_out, quiet, remarks, verdict
from bench.reports.width import WIDE, taken
from bench.reports.words import (
    bar_of,
    bounds,
    mebibytes,
    moment,
    noise_words,
    number,
    percent,
    ratio_value,
    software,
)
from bench.shapes.result import Environment, Figure, Quantiles, Ratio, Result, Usage, Window

__all__ = ["Progress", "summary"]

LEAST = 14
"""Columns that a row's name keeps; the rest of it goes on in further lines."""
GIVES_WAY = ("p90", "s.p90", "s.max", "s.p99.9", "s.p50", "refused")
STAGES = ("decode", "detect", "state", "decide", "journal", "egress")
NOTHING = Quantiles(0, 0, 0, 0, 0, 0, 0)


class Progress:
    """Show which window is under way, in a bar on a terminal, in plain lines elsewhere.

    `windows` is how many there will be, 0 where nobody knows. Nothing is shown where `silent`.
    """

    def __init__(self, console: Console, windows: int, silent: bool = False) -> None:
        self._console = console
        self._windows = windows
        self._done = 0
        self._silent = silent
        self._task: TaskID | None = None
        self._bars = Bars(
            TextColumn("{task.fields[place]}", style="dim"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[seconds]}", style="dim"),
            console=console,
            transient=True,
            disable=silent or not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def window(
        self, name: str, seconds: float, turn: int = 1, turns: int = 1
    ) -> Callable[[float], None]:
        """Begin a window, and return what is to be told the share of it (0 to 1) that is over.

        `turn` of `turns` says how far the interleaving has come.
        """
        self._done += 1
        place = f"{self._done:>{len(str(self._windows))}}/{self._windows}"
        if not self._windows:
            place = str(self._done)
        told = f"{name}, turn {turn} of {turns}" if turns > 1 else name
        if self._silent:
            return lambda share: None
        if not self._console.is_terminal:
            self._console.print(f"{place}  {told}: {seconds:g} s", highlight=False, markup=False)
            return lambda share: None
        if self._task is not None:
            self._bars.remove_task(self._task)
        task = self._bars.add_task(told, total=1.0, place=place, seconds=f"0 of {seconds:g} s")
        self._task = task

        def passed(share: float) -> None:
            over = f"{min(share, 1.0) * seconds:.0f} of {seconds:g} s"
            self._bars.update(task, completed=share, seconds=over)

        return passed


def summary(result: Result, console: Console) -> None:
    """Print a result. Raises ValueError for a histogram in it that is none."""
    wide = console.width >= WIDE
    groups = group(result.windows)
    console.print(_headline(result))
    for part in (
        _windows(groups, console.width),
        _invalid(result.windows),
        _stages(groups, wide),
        _costs(groups),
        _memory(result.windows),
        _ratios(result.ratios),
        _figures(result.figures),
        _failures(result),
    ):
        if part is not None:
            console.print(part)
    for line in _environment(result.environment, result.windows):
        console.print(Text(line, style="dim"))


def _headline(result: Result) -> Text:
    ended = verdict(result)
    return Text.assemble(
        "\n",
        (ended, "bold green" if ended == "passed" else "bold red"),
        f"  seawall bench {result.command}",
        (f"  scenario {result.scenario}" if result.scenario else "", ""),
        (f"  {moment(result.environment.began)}", "dim"),
        f"\n{balance(result)}\n",
    )


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    table.padding = (0, 1, 0, 0)
    for place, column in enumerate(columns):
        if place < left:
            table.add_column(column, overflow="fold", min_width=LEAST)
        else:
            table.add_column(column, justify="right", no_wrap=True)
    return table


def _windows(groups: Sequence[Group], width: int) -> RenderableType | None:
    rows = [(each, flow) for each in groups if each.windows for flow in each.flows]
    if not rows:
        return None
    several = len({flow.name for _, flow in rows}) > 1
    columns = {
        "offered": [number(each.offered) for each, _ in rows],
        "good/s": [number(each.goodput) for each, _ in rows],
        "refused": [_refused(flow) for _, flow in rows],
        **_five("", [NOTHING if each.loop == "closed" else flow.response for each, flow in rows]),
        **_five("s.", [flow.service for _, flow in rows]),
    }
    for head in GIVES_WAY:
        if taken(LEAST, ([name, *cells] for name, cells in columns.items())) > width:
            del columns[head]
    table = _table(
        "Windows: response from the intended send, service (s.) from the real one, ms",
        "system, load",
        *columns,
    )
    for (each, flow), *cells in zip(rows, *columns.values(), strict=True):
        name = each.name + (f", {flow.name}" if several else "")
        name += f" ×{len(each.windows)}" if len(each.windows) > 1 else ""
        table.add_row(Text(name + (" (closed)" if each.loop == "closed" else "")), *cells)
    return table


def _five(before: str, found: Sequence[Quantiles]) -> dict[str, list[str]]:
    names = {"p50": "p50", "p90": "p90", "p99": "p99", "p99.9": "p999", "max": "max"}
    return {
        before + head: [number(getattr(each, name)) if each.count else "–" for each in found]
        for head, name in names.items()
    }


def _refused(flow: Flows) -> str:
    return percent(sum(flow.refused.values()) / flow.sent) if flow.sent else "–"


def _invalid(windows: Sequence[Window]) -> RenderableType | None:
    found = left_out(windows)
    return Text("\n".join(found) + "\n", style="yellow") if found else None


def _stages(groups: Sequence[Group], wide: bool) -> RenderableType | None:
    rows = [(each, flow) for each in groups for flow in each.flows if flow.stages]
    if not rows:
        return None
    told = [stage for stage in STAGES if any(stage in flow.stages for _, flow in rows)]
    shown = "p50/p99" if wide else "p99"
    table = _table(f"Stages of a verdict: {shown}, ms", "system, load", *told)
    for each, flow in rows:
        cells = []
        for stage in told:
            found = flow.stages.get(stage, NOTHING)
            cells.append(f"{number(found.p50)}/" * wide + number(found.p99))
        table.add_row(Text(each.name), *cells)
    return table


def _costs(groups: Sequence[Group]) -> RenderableType | None:
    rows = [(each, {usage.role: usage for usage in each.usage}) for each in groups if each.usage]
    if not rows:
        return None
    roles = list(dict.fromkeys(role for _, found in rows for role in found))
    table = _table(
        "CPU by role: µs a message, or cores a stream",
        "system, load",
        *roles,
        "together",
    )
    for each, found in rows:
        cells = [number(each.cost(found[role])) if role in found else "–" for role in roles]
        whole = sum(each.cost(usage) for usage in found.values())
        table.add_row(Text(each.name), *cells, f"{number(whole)} {each.unit}")
    return table


def _memory(windows: Sequence[Window]) -> RenderableType | None:
    found: dict[tuple[str, str], list[Usage]] = {}
    for window in windows:
        for usage in window.usage:
            found.setdefault((window.system, usage.role), []).append(usage)
    if not found:
        return None
    table = _table(
        "Resident memory over all windows",
        "system",
        "role",
        "processes",
        "before",
        "after",
        "peak",
        left=2,
    )
    for (system, role), spent in found.items():
        table.add_row(
            Text(system),
            role,
            str(max(usage.processes for usage in spent)),
            mebibytes(spent[0].rss_before),
            mebibytes(spent[-1].rss_after),
            mebibytes(max(usage.rss_peak for usage in spent)),
        )
    return table


def _ratios(ratios: Sequence[Ratio]) -> RenderableType | None:
    if not ratios:
        return None
    table = _table(
        "Ratios, with 95 % intervals over interleaved pairs", "", "value", "interval", "bar", ""
    )
    for ratio in ratios:
        table.add_row(
            Text(f"{ratio.metric}, {ratio.of} over {ratio.to}"),
            ratio_value(ratio),
            bounds(ratio),
            bar_of(ratio),
            _met(ratio),
        )
    return table


def _figures(figures: Sequence[Figure]) -> RenderableType | None:
    if not figures:
        return None
    table = _table("Figures", "", "value", "unit", "bar", "")
    table.columns[2].justify = "left"
    for figure in figures:
        what = Text(figure.what)
        if figure.why:
            what.append(f"\n{figure.why}", style="dim")
        table.add_row(what, number(figure.value), figure.unit, bar_of(figure), _met(figure))
    return table


def _met(promise: Ratio | Figure) -> Text:
    if not bar_of(promise):
        return Text("")
    return Text("met", style="green") if promise.met else Text("missed", style="bold red")


def _failures(result: Result) -> RenderableType | None:
    told = list(result.failures)
    for window in result.windows:
        for flow in window.flows:
            broken = broken_promises(flow)
            if broken:
                told.append(f"{window.system}, {window.label}, {flow.name}: {broken}")
    notes = remarks(result)
    if not told and not notes:
        return None
    lines = Text()
    for line in told:
        lines.append("✗ ", style="bold red")
        lines.append(f"{line}\n")
    for note in notes:
        lines.append(f"  {note}\n")
    return Padding(lines, (0, 0, 0, 0))


def _environment(environment: Environment, windows: Sequence[Window]) -> list[str]:
    machine = [
        environment.cpu,
        f"{environment.cores} cores",
        f"{environment.memory_bytes / 1e9:.0f} GB",
        f"Linux {environment.kernel}",
        f"governor {environment.governor}" if environment.governor else "",
        f"huge pages {environment.huge_pages}" if environment.huge_pages else "",
        environment.gpu,
    ]
    lines = [", ".join(part for part in machine if part), software(environment, short=True)]
    if windows:
        worst = max(windows, key=lambda window: window.noise.others + window.noise.steal)
        loud = sum(not quiet(window) for window in windows)
        told = f"; {loud} of {len(windows)} windows are noisy" if loud else ""
        lines.append(f"noise at its worst: {noise_words(worst.noise)}{told}")
    return lines
