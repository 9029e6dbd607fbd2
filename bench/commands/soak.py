"""`seawall bench soak`: half an hour of chat: what grows, and is every message still answered once.

1. Minute after minute under one scenario; each minute's clients connect anew, as a platform's do.
2. The first minutes do not count: memories of ids and users fill, patterns are compiled as texts
   first need them, an allocator learns its sizes. After them memory must be flat: of each role it
   may stand `BAR` percent above and below the middle of what it was.
3. A minute that the generator spoilt still counts for memory; its waits are told as not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from bench.commands.options import Report, failed, output, whole
from bench.commands.scenarios import scenario_options, wanted
from bench.commands.windows import broken_promises, open_window
from bench.load.drive import GeneratorError
from bench.peers.process import NotStarted
from bench.reports.terminal import Progress
from bench.shapes.result import Figure, Window
from bench.shapes.scenario import Scenario, ScenarioError
from bench.shapes.system import System
from bench.systems.starting import gateway

__all__ = ["BAR", "growth", "main", "scatter"]

BAR = 5.0
"""Percent that resident memory may lie above and below the middle of its range."""
MINUTE_S = 60.0
MIB = 1 << 20


def main() -> int:
    """Run the minutes: 0, 1 where a bar or a promise is missed, 2 bad wish, 3 did not start."""
    given = _options().parse_args()
    try:
        scenario = wanted(given)
        if not scenario.flows:
            raise ScenarioError(f"{scenario.name} has no chat")
        with ExitStack() as stack:
            report = Report("soak", given, scenario.name, gates=True)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
            system = stack.enter_context(
                gateway(Path(folder), models=given.models, count=given.gateways)
            )
            report.windows.extend(_minutes(system, scenario, given))
    except (ScenarioError, NotStarted, GeneratorError) as error:
        return failed("soak", error)
    _tell(report, given.settle)
    return report.finish()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="seawall bench soak", description=__doc__.split("\n")[0])
    scenario_options(options)
    options.add_argument("--minutes", type=whole, default=30, help="that count (%(default)s)")
    options.add_argument("--settle", type=whole, default=10, help="minutes before (%(default)s)")
    options.add_argument("--gateways", type=whole, default=1, help="on one Valkey (%(default)s)")
    options.add_argument("--models", default="", help="text models, as SEAWALL_MODELS names them")
    output(options)
    return options


def _minutes(system: System, scenario: Scenario, given: argparse.Namespace) -> list[Window]:
    seconds = given.seconds or MINUTE_S
    scenario = msgspec.structs.replace(scenario, seconds=seconds, warmup_s=0.0)
    turns = given.settle + given.minutes
    found = []
    with Progress(Console(), turns, given.quiet) as progress:
        for at in range(turns):
            counts = at >= given.settle
            name = f"minute {at - given.settle + 1}" if counts else f"settling {at + 1}"
            step = progress.window(name, seconds)
            label = scenario.name if counts else "settling"
            window = open_window(system, scenario, label, progress=step, logs=given.logs)
            found.append(window)
    return found


def _tell(report: Report, settle: int) -> None:
    for window in report.windows:
        if told := broken_promises(window):
            report.failures.append(told)
    counted = report.windows[settle:]
    sent = sum(flow.sent for window in report.windows for flow in window.flows)
    report.figures.append(Figure("messages sent, each answered once", float(sent)))
    for role in dict.fromkeys(usage.role for window in counted for usage in window.usage):
        marks = _memory(counted, role)
        after = _memory(report.windows[:settle], role)
        if after:
            report.figures.append(Figure(f"{role}: after settling", after[-1] / MIB, "MiB"))
        report.figures.append(Figure(f"{role}: least", min(marks) / MIB, "MiB"))
        report.figures.append(Figure(f"{role}: most", max(marks) / MIB, "MiB"))
        report.figures.append(Figure(f"{role}: memory is flat", scatter(marks), "± %", BAR))
        report.figures.append(Figure(f"{role}: an hour adds", growth(marks, counted), "MiB"))


def _memory(windows: Sequence[Window], role: str) -> list[int]:
    """Return what a role had resident at the end of each minute."""
    return [usage.rss_after for window in windows for usage in window.usage if usage.role == role]


def scatter(marks: Sequence[int]) -> float:
    """Return by how many percent the marks lie above and below the middle of their range."""
    least, most = min(marks), max(marks)
    return 100 * (most - least) / (most + least) if most else 0.0


def growth(marks: Sequence[int], windows: Sequence[Window]) -> float:
    """Return the slope of a straight line through the marks, MiB an hour; 0 for a single mark."""
    if len(marks) < 2:
        return 0.0
    minute_s = sum(window.seconds for window in windows) / len(windows)
    middle = (len(marks) - 1) / 2
    mean = sum(marks) / len(marks)
    rise = sum((at - middle) * (mark - mean) for at, mark in enumerate(marks))
    run = sum((at - middle) ** 2 for at in range(len(marks)))
    return rise / run / MIB * 3600 / minute_s if minute_s else 0.0


if __name__ == "__main__":
    sys.exit(main())
