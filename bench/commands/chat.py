"""`seawall bench chat`: a gateway and its peers under one scenario, in turns.

1. Closed windows say what a message costs: CPU of the server process, as a ratio to the bare echo
   of the same round. Their latencies are service times and nothing else.
   The gateway's budget is two seconds there, so that it examines every message wholly: what it
   sheds on a busy machine costs next to nothing, and would flatter it.
2. Open windows say what a chat server waits: an absolute schedule, response from the intended send.
3. Windows that are invalid are shown and never counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console

from bench.commands.options import Report, failed, output, positive, whole
from bench.commands.scenarios import offered, scenario_options, wanted
from bench.commands.windows import (
    WARM_S,
    broken_promises,
    closed_window,
    cpu_us,
    open_window,
    per_cpu_second,
    warm,
)
from bench.load.drive import GeneratorError
from bench.peers.process import NotStarted
from bench.peers.registry import PEERS
from bench.reports.statistics import ratio
from bench.reports.terminal import Progress
from bench.shapes.result import Figure, Window
from bench.shapes.scenario import Scenario, ScenarioError
from bench.shapes.system import System
from bench.systems.starting import gateway, peer

__all__ = ["BARS", "main"]

FLOOR = "picows-echo"
BARS = {"packs": 0.30, "packs+classifier": 0.15}
"""The least share of the bare echo's messages per CPU-second."""
PEER_BARS = {"aiohttp-gateway": 7.0, "week-gateway": 14.0}
"""How many times as much as what a team would write in a week."""
SHARED_BAR = 0.9
"""Of gateways that share a Valkey, against one alone."""
P50_BAR = 2.0
P50_RATE = 10_000.0


class _Wish(msgspec.Struct, frozen=True):
    """A gateway to measure, by what judges its texts."""

    name: str
    models: str


_WISHES = {"packs": _Wish("packs", ""), "packs+classifier": _Wish("packs+classifier", "linear")}


def main() -> int:
    """Run the windows and report; 2 for a wish that cannot be read, 3 for a server that fails."""
    given = _options().parse_args()
    try:
        scenario = wanted(given)
        with ExitStack() as stack:
            report = Report("chat", given, scenario.name, gates=given.gate)
            peers, ours = _start(stack, given, report)
            turns = given.repeats * len(peers + ours) * (2 - given.no_cost - given.no_waits)
            progress = stack.enter_context(Progress(Console(), turns, given.quiet))
            closed: Windows = {}
            opened: Windows = {}
            if not given.no_cost:
                systems = [each.unhurried for each in (*peers, *ours)]
                closed = _closed(systems, scenario, given, progress)
            if not given.no_waits:
                able = _able(peers, closed, scenario, report)
                systems = [each.system for each in (*able, *ours)]
                opened = _open(systems, scenario, given, progress)
    except (ScenarioError, NotStarted, GeneratorError) as error:
        return failed("chat", error)
    report.windows.extend(
        window for windows in (*closed.values(), *opened.values()) for window in windows
    )
    names = [each.system.name for each in ours]
    _cost_ratios(report, closed, names)
    _latency_ratios(report, opened, names)
    _promises(report, names)
    return report.finish()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="seawall bench chat", description=__doc__.split("\n")[0])
    scenario_options(options)
    options.add_argument(
        "--judge", choices=tuple(_WISHES), action="append", help="what texts are judged by (packs)"
    )
    options.add_argument("--policy", type=Path, metavar="DIR", help="yours, instead of the bench's")
    options.add_argument(
        "--gateways",
        type=whole,
        action="append",
        metavar="N",
        help="so many on one Valkey (1); twice given, they are compared",
    )
    options.add_argument(
        "--peers",
        default=FLOOR,
        metavar="NAMES",
        help=f"of {', '.join(each.name for each in PEERS)}; `all`; `none` (%(default)s)",
    )
    parts = options.add_mutually_exclusive_group()
    parts.add_argument("--no-cost", action="store_true", help="open windows alone")
    parts.add_argument("--no-waits", action="store_true", help="closed windows alone")
    options.add_argument("--repeats", type=whole, default=5, help="rounds (%(default)s)")
    options.add_argument(
        "--closed-seconds", type=positive, default=1.5, help="each closed window (%(default)s)"
    )
    options.add_argument("--outstanding", type=whole, default=1, help="of a connection, closed")
    options.add_argument("--processes", type=whole, default=1, help="generators (%(default)s)")
    options.add_argument("--generator", choices=("raw", "asyncio"), default="raw")
    options.add_argument("--gate", action="store_true", help="a missed bar is a failure")
    output(options)
    return options


class _Measured(msgspec.Struct, frozen=True):
    """A server, and the one of its kind whose cost is measured: the same, but for gateways."""

    system: System
    unhurried: System


def _start(
    stack: ExitStack, given: argparse.Namespace, report: Report
) -> tuple[list[_Measured], list[_Measured]]:
    """Start peers and gateways; a peer that cannot run here is noted and left out."""
    peers: list[_Measured] = []
    for name in _peers(given.peers):
        try:
            started = stack.enter_context(peer(name, _folder(stack)))
        except NotStarted as error:
            report.notes.append(f"left out: {error}")
        else:
            peers.append(_Measured(started, started))
    ours = [
        _gateway(stack, given, judge, count)
        for judge in dict.fromkeys(given.judge or ["packs"])
        for count in sorted(set(given.gateways or [1]))
    ]
    return peers, ours


def _gateway(stack: ExitStack, given: argparse.Namespace, judge: str, count: int) -> _Measured:
    """Start a gateway for waits and one for costs, or one for both with a policy of the user's."""
    name = f"{'gateway' if count == 1 else f'{count} gateways'}, {judge}"
    policy: Path | Literal["bench"] = given.policy or "bench"

    def started(patient: bool) -> System:
        folder, models = _folder(stack), _WISHES[judge].models
        system = gateway(folder, policy=policy, models=models, count=count, patient=patient)
        return msgspec.structs.replace(stack.enter_context(system), name=name)

    if given.policy or given.no_cost or given.no_waits:
        one = started(patient=given.no_waits)
        return _Measured(one, one)
    return _Measured(started(patient=False), started(patient=True))


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))


def _peers(names: str) -> list[str]:
    if names == "none":
        return []
    if names == "all":
        return [each.name for each in PEERS]
    found = [name.strip() for name in names.split(",") if name.strip()]
    known = {each.name for each in PEERS}
    for name in found:
        if name not in known:
            raise ScenarioError(f"no peer {name!r}; there are {', '.join(sorted(known))}")
    return found


Windows = dict[str, list[Window]]
"""By system, in the order of the rounds."""


def _closed(
    systems: list[System], scenario: Scenario, given: argparse.Namespace, progress: Progress
) -> Windows:
    found: Windows = {system.name: [] for system in systems}
    for system in systems:
        warm(system, scenario, WARM_S)
    for at in range(given.repeats):
        for system in systems:
            progress.window(f"cost of {system.name}", given.closed_seconds, at + 1, given.repeats)
            found[system.name].append(
                closed_window(
                    system,
                    scenario,
                    "cost",
                    outstanding=given.outstanding,
                    seconds=given.closed_seconds,
                )
            )
    return found


def _open(
    systems: list[System], scenario: Scenario, given: argparse.Namespace, progress: Progress
) -> Windows:
    generator: Literal["raw", "asyncio"] = given.generator
    found: Windows = {system.name: [] for system in systems}
    for at in range(given.repeats):
        for system in systems:
            seconds = scenario.warmup_s + scenario.seconds
            step = progress.window(f"waits of {system.name}", seconds, at + 1, given.repeats)
            found[system.name].append(
                open_window(
                    system,
                    scenario,
                    scenario.name,
                    processes=given.processes,
                    generator=generator,
                    progress=step,
                    logs=given.logs,
                )
            )
    return found


def _cost_ratios(report: Report, closed: Windows, ours: list[str]) -> None:
    """Hold every gateway against the peers and against one gateway of its kind, round by round."""
    for name in ours if closed else []:
        judge = name.rpartition(", ")[2]
        alone = f"gateway, {judge}"
        for other in closed:
            if other == FLOOR:
                bar = BARS[judge]
            elif other in PEER_BARS and judge == "packs":
                bar = PEER_BARS[other]
            elif other == alone != name:
                bar = SHARED_BAR
            elif other in ours:
                continue
            else:
                bar = 0.0
            pairs = _pairs(closed[name], closed[other])
            mine = [per_cpu_second(window) for window, _ in pairs]
            theirs = [per_cpu_second(window) for _, window in pairs]
            _ratio(report, "messages per CPU-second", name, other, mine, theirs, bar)


def _latency_ratios(report: Report, opened: Windows, ours: list[str]) -> None:
    """Hold every gateway's median response against the floor's, round by round."""
    for name in ours if FLOOR in opened else []:
        rate = opened[name][0].offered_per_s
        bar = P50_BAR if abs(rate - P50_RATE) < P50_RATE / 20 else 0.0
        pairs = _pairs(opened[name], opened[FLOOR])
        mine = [window.flows[0].response.p50 for window, _ in pairs]
        floor = [window.flows[0].response.p50 for _, window in pairs]
        _ratio(report, f"response p50 at {rate:,.0f}/s", name, FLOOR, mine, floor, bar, False)


def _pairs(mine: list[Window], theirs: list[Window]) -> list[tuple[Window, Window]]:
    """Return the rounds in which both windows may be believed."""
    rounds = zip(mine, theirs, strict=True)
    return [(ours, other) for ours, other in rounds if not ours.invalid and not other.invalid]


def _able(
    peers: list[_Measured], closed: Windows, scenario: Scenario, report: Report
) -> list[_Measured]:
    """Return the peers that can carry the rate: a queue without end is no wait to compare."""
    rate = sum(offered(flow) for flow in scenario.flows)
    found = []
    for each in peers:
        name = each.system.name
        most = max((window.goodput_per_s for window in closed.get(name, ())), default=rate)
        if most < rate:
            told = f"{name} does {most:,.0f} messages a second at most"
            report.notes.append(f"{told}: its waits at {rate:,.0f} are not measured")
        else:
            found.append(each)
    return found


def _ratio(
    report: Report,
    metric: str,
    of: str,
    to: str,
    mine: list[float],
    theirs: list[float],
    bar: float,
    least: bool = True,
) -> None:
    if mine:
        report.ratios.append(ratio(metric, of, to, mine, theirs, bar, least))
    else:
        report.failures.append(f"{metric}, {of} / {to}: no round in which both are valid")


def _promises(report: Report, ours: list[str]) -> None:
    """Every message of a gateway has exactly one answer; a window that lies is named."""
    figures: list[Figure] = []
    for window in report.windows:
        if window.invalid:
            report.notes.append(f"{window.system}, {window.label}: {window.invalid}")
        if window.system in ours:
            if told := broken_promises(window):
                report.failures.append(told)
            if window.loop == "closed" and not window.invalid:
                figures += _role_figures(window)
    report.figures.extend(_medians(figures))


def _role_figures(window: Window) -> list[Figure]:
    return [
        Figure(f"{window.system}: {usage.role}", cpu_us(window, usage.role), "µs a message")
        for usage in window.usage
    ]


def _medians(figures: list[Figure]) -> list[Figure]:
    """Return one figure for each name: the median of its rounds."""
    by_name: dict[str, list[Figure]] = {}
    for figure in figures:
        by_name.setdefault(figure.what, []).append(figure)
    return [
        msgspec.structs.replace(
            each[0], value=sorted(figure.value for figure in each)[len(each) // 2]
        )
        for each in by_name.values()
    ]


if __name__ == "__main__":
    sys.exit(main())
