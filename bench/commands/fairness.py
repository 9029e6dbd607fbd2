"""`seawall bench fairness`: what people in quiet rooms notice of one room that floods.

1. The quiet rooms talk alone, and beside one room that is sent twice what the gateway can do, in
   turns, on one gateway over real sockets; every window is of quiet rooms on the same schedule.
2. What counts is their p99 from the intended send to the verdict, as a share of what it is alone,
   and that none of their messages is refused. A window that the generator spoilt is repeated.
3. `seawall bench overload` asks the same of the chat path alone, on a clock that only its own work
   moves: there no wait for a store or a wake-up hides how long a pass of the loop is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from bench.commands.find import Unfit
from bench.commands.options import Report, failed, output, positive, whole
from bench.commands.scenarios import scenario_options, wanted
from bench.commands.windows import broken_promises, closed_window, open_window
from bench.load.drive import GeneratorError
from bench.peers.process import NotStarted
from bench.reports.statistics import ratio
from bench.reports.terminal import Progress
from bench.shapes.result import Figure, FlowFound, Window
from bench.shapes.scenario import Flow, Poisson, Scenario, ScenarioError
from bench.shapes.system import System
from bench.systems.starting import gateway

__all__ = ["beside", "main"]

BAR = 2.0
ATTEMPTS = 4
HOT, QUIET = "hot", "others"


def main() -> int:
    """Measure and report; 2 for a wish that cannot be read, 3 where nothing was learned."""
    given = _options().parse_args()
    try:
        scenario = wanted(given)
        if _named(scenario, HOT).prefix == _named(scenario, QUIET).prefix:
            raise ScenarioError(f"{scenario.name}: the flood's room is one of the others")
        with ExitStack() as stack:
            report = Report("fairness", given, scenario.name, gates=given.gate)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
            system = stack.enter_context(gateway(Path(folder), policy="bench"))
            progress = stack.enter_context(Progress(Console(), 0, given.quiet))
            _compare(system, scenario, given, report, progress)
    except (ScenarioError, NotStarted, GeneratorError, Unfit) as error:
        return failed("fairness", error)
    return report.finish()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="seawall bench fairness", description=__doc__.split("\n")[0]
    )
    scenario_options(options, "hot-room")
    options.add_argument("--times", type=positive, default=2.0, help="the flood / what is carried")
    options.add_argument("--repeats", type=whole, default=5, help="pairs of windows (%(default)s)")
    options.add_argument("--processes", type=whole, default=1, help="generators (%(default)s)")
    options.add_argument("--gate", action="store_true", help="a missed bar is a failure")
    output(options)
    return options


def _named(scenario: Scenario, name: str) -> Flow:
    """Return a flow by its name. Raises ScenarioError."""
    for flow in scenario.flows:
        if flow.name == name:
            return flow
    raise ScenarioError(f"{scenario.name} has no flow {name!r}: fairness is between two")


def _of(window: Window, name: str) -> FlowFound:
    """Return what came of a flow. Raises KeyError."""
    return {flow.name: flow for flow in window.flows}[name]


def beside(scenario: Scenario, rate: float) -> Scenario:
    """Return the scenario with its hot room at a rate; 0: without it."""
    hot, quiet = _named(scenario, HOT), _named(scenario, QUIET)
    flood = msgspec.structs.replace(hot, arrivals=Poisson(rate)) if rate else None
    return msgspec.structs.replace(scenario, flows=(flood, quiet) if flood else (quiet,))


def _compare(
    system: System, scenario: Scenario, given: argparse.Namespace, report: Report, told: Progress
) -> None:
    closed = closed_window(system, scenario, "closed", outstanding=1, seconds=3.0)
    report.windows.append(closed)
    flood = given.times * closed.goodput_per_s

    def run(label: str, rate: float) -> Window:
        chosen = beside(scenario, rate)
        for _ in range(ATTEMPTS):
            step = told.window(label, chosen.warmup_s + chosen.seconds)
            window = open_window(
                system, chosen, label, processes=given.processes, progress=step, logs=given.logs
            )
            report.windows.append(window)
            if broken := broken_promises(window):
                report.failures.append(broken)
            if not window.invalid:
                return window
        raise Unfit(f"{label} could not be driven: {window.invalid}")

    run("warm", 0.0)
    pairs = [
        (run("alone", 0.0), run(f"beside {flood:,.0f}/s", flood)) for _ in range(given.repeats)
    ]
    alone = [_of(one, QUIET) for one, _ in pairs]
    flooded = [_of(other, QUIET) for _, other in pairs]
    for metric, of in (("p99", "p99"), ("p50", "p50")):
        report.ratios.append(
            ratio(
                f"quiet rooms' {metric}",
                "beside a flood",
                "alone",
                [getattr(flow.response, of) for flow in flooded],
                [getattr(flow.response, of) for flow in alone],
                BAR if metric == "p99" else 0.0,
                least=False,
            )
        )
    _tell(report, scenario, pairs, flood)


def _tell(
    report: Report, scenario: Scenario, pairs: list[tuple[Window, Window]], flood: float
) -> None:
    """Say what became of the quiet rooms' messages beside the flood, and of the flood."""
    flooded = [_of(other, QUIET) for _, other in pairs]
    sent = sum(flow.sent for flow in flooded)
    lost = sum(sum(flow.refused.values()) + flow.unanswered for flow in flooded)
    late = sum(flow.verdicts - flow.good for flow in flooded)
    carried = sum(_of(other, HOT).verdicts / other.seconds for _, other in pairs) / len(pairs)
    report.figures += [
        Figure("of the quiet rooms' messages refused", 100 * lost / sent, "%", 0.0),
        Figure("not examined whole", 100 * sum(f.unchecked for f in flooded) / sent, "%"),
        Figure(f"answered after {scenario.slo_ms:g} ms", 100 * late / sent, "%"),
        Figure("carried of the flood", carried, "/s"),
        Figure("flood", flood, "/s"),
    ]


if __name__ == "__main__":
    sys.exit(main())
