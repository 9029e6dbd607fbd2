"""`seawall bench smoke`: what continuous integration asks: does a message cost more than it did?

1. The measure is CPU time of the gateway's process a message, as a ratio to the bare echo of the
   same round: a slow or busy machine slows both.
2. `bench/baseline.json` holds the ratios of rounds that somebody committed with `--write`. The
   gate closes when the whole interval of this run lies more than `TOLERANCE` below its median.
3. A short open window besides: every message has exactly one answer, or the gate closes too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console

from bench.commands.options import Report, output, positive, whole
from bench.commands.windows import (
    WARM_S,
    broken_promises,
    closed_window,
    open_window,
    per_cpu_second,
    warm,
)
from bench.load.drive import GeneratorError
from bench.peers.process import NotStarted
from bench.reports.statistics import ratio
from bench.reports.terminal import Progress
from bench.shapes.result import Ratio
from bench.shapes.scenario import Scenario, ScenarioError, read_scenario
from bench.shapes.system import System
from bench.systems.starting import gateway, peer

__all__ = ["TOLERANCE", "Baseline", "main", "read_baseline", "regressed"]

BASELINE = Path(__file__).resolve().parents[1] / "baseline.json"
TOLERANCE = 0.25
"""Machines differ in more than speed: caches and neighbours weigh on us more than on an echo."""
METRIC = "messages per CPU-second"


class Baseline(msgspec.Struct, frozen=True):
    """The committed rounds: gateway / echo in messages per CPU-second. `machine` says where."""

    ratios: list[float]
    machine: str


def main() -> int:
    """Run the gate: 0 passed, 1 regressed or a promise broken, 2 no baseline, 3 did not start."""
    given = _options().parse_args()
    try:
        scenario = read_scenario("smoke")
        baseline = None if given.write else read_baseline(given.baseline)
        with ExitStack() as stack:
            report = Report("smoke", given, scenario.name)
            floor = stack.enter_context(peer("picows-echo", _folder(stack)))
            ours = stack.enter_context(gateway(_folder(stack), patient=True))
            found = _rounds(report, scenario, floor, ours, given)
    except (ScenarioError, msgspec.DecodeError, OSError) as error:
        print(f"seawall bench smoke: {error}", file=sys.stderr)
        return 2
    except (NotStarted, GeneratorError) as error:
        print(f"seawall bench smoke: {error}", file=sys.stderr)
        return 3
    if baseline is None:
        _write(given.baseline, found, report)
    elif told := regressed(report.ratios[0], baseline):
        report.failures.append(told)
    return report.finish()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="seawall bench smoke", description=__doc__.split("\n")[0]
    )
    options.add_argument("--repeats", type=whole, default=15, help="rounds (%(default)s)")
    options.add_argument(
        "--closed-seconds", type=positive, default=1.5, help="each window (%(default)s)"
    )
    options.add_argument("--baseline", type=Path, default=BASELINE, help="(%(default)s)")
    options.add_argument("--write", action="store_true", help="make this run the baseline")
    output(options)
    return options


def read_baseline(path: Path) -> Baseline:
    """Read the committed rounds. Raises OSError, DecodeError, or ScenarioError: there are none."""
    found = msgspec.json.decode(path.read_bytes(), type=Baseline)
    if not found.ratios:
        raise ScenarioError(f"{path} holds no rounds; `--write` makes a baseline")
    return found


def regressed(found: Ratio, baseline: Baseline) -> str:
    """Say what got worse, empty where nothing did beyond chance and tolerance."""
    least = median(baseline.ratios) * (1 - TOLERANCE)
    if found.high >= least:
        return ""
    return (
        f"a message costs more than it did: {found.value:.3f} of the echo's {METRIC} "
        f"({found.low:.3f}-{found.high:.3f}), the baseline is {median(baseline.ratios):.3f} and "
        f"{least:.3f} would pass"
    )


def _rounds(
    report: Report, scenario: Scenario, floor: System, ours: System, given: argparse.Namespace
) -> list[float]:
    spent: dict[str, list[float]] = {floor.name: [], ours.name: []}
    with Progress(Console(), 2 * given.repeats + 2, given.quiet) as progress:
        progress.window("warm-up", WARM_S)
        warm(ours, scenario, WARM_S)
        for at in range(given.repeats):
            for system in (floor, ours):
                progress.window(
                    f"cost of {system.name}", given.closed_seconds, at + 1, given.repeats
                )
                window = closed_window(
                    system, scenario, "cost", outstanding=1, seconds=given.closed_seconds
                )
                report.windows.append(window)
                spent[system.name].append(per_cpu_second(window))
        step = progress.window(scenario.name, scenario.warmup_s + scenario.seconds)
        window = open_window(ours, scenario, scenario.name, progress=step)
    report.windows.append(window)
    mine, theirs = spent[ours.name], spent[floor.name]
    report.ratios.append(ratio(METRIC, ours.name, floor.name, mine, theirs))
    for each in report.windows:
        if each.system == ours.name and (told := broken_promises(each)):
            report.failures.append(told)
    if window.invalid:
        report.notes.append(f"waits are not to be believed: {window.invalid}")
    return [ours / echo for ours, echo in zip(mine, theirs, strict=True) if echo]


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))


def _write(path: Path, found: list[float], report: Report) -> None:
    machine = f"{report.environment.cpu}, {report.environment.cores} cores"
    rounds = [round(each, 4) for each in found]
    text = msgspec.json.format(msgspec.json.encode(Baseline(rounds, machine)), indent=1)
    path.write_bytes(text + b"\n")
    report.notes.append(f"written: {path}, median {median(rounds):.4f}")


if __name__ == "__main__":
    sys.exit(main())
