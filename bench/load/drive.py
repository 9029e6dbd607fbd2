"""Drive a system with a scenario, open loop, and account for every message.

Rules:
1. The schedule is fixed before the first message; the server's slowness moves nothing.
2. Generators are processes of their own on the last cores, begun at one moment. The warm-up is
   driven and not counted; `begun` and `ended` are called at the edges of what is counted.
3. A run whose generator was the slow one is invalid, and says so: slip p99 over a tenth of the SLO,
   a generator that used more than 95 % of its core, or one that died.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from secrets import choice
from typing import Literal

import msgspec

from bench.load.clock import offset
from bench.load.histograms import Timings, log_text
from bench.load.plan import Job
from bench.load.processes import GeneratorError, Generators, cores, foes, started
from bench.load.tally import STAGES, FlowTally, SecondTally, Tally
from bench.shapes.result import FlowFound, Second
from bench.shapes.scenario import Scenario
from bench.shapes.system import System

__all__ = [
    "BUSY_SHARE",
    "Driven",
    "GeneratorError",
    "drive",
    "merged",
    "nothing",
    "run_jobs",
    "run_tag",
]

SLIP_SHARE = 0.1
BUSY_SHARE = 0.95
_AFTER_S = 90.0
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
Told = Callable[[], None]


class Driven(msgspec.Struct):
    """What driving found. The server's CPU is the caller's to weigh, between `begun` and `ended`.

    `unknown`, `unanswered` and `doubled` are of all messages, those of the warm-up as well: any but
    0 breaks a promise. `logs` are HdrHistogram logs by flow. `extra` counts what else happened:
    commands confirmed, messages sent again, connections closed by code, complaints.
    """

    flows: list[FlowFound]
    series: list[Second]
    seconds: float
    offered_per_s: float
    goodput_per_s: float
    invalid: str = ""
    generator_cpu: float = 0.0
    generator_us: float = 0.0
    """CPU microseconds that a message and its answer cost the generators."""
    clock_offset_ms: float = 0.0
    clock_uncertainty_ms: float = 0.0
    unknown: int = 0
    unanswered: int = 0
    doubled: int = 0
    logs: dict[str, str] = {}
    extra: dict[str, float] = {}


def nothing() -> None:
    """Do nothing."""


def run_tag() -> str:
    """Return what makes the ids of a run its own."""
    return "".join(choice(_LETTERS) for _ in range(6))


def drive(
    system: System,
    scenario: Scenario,
    *,
    processes: int = 1,
    generator: Literal["raw", "asyncio"] = "raw",
    times: float = 1.0,
    begun: Told = nothing,
    ended: Told = nothing,
    progress: Callable[[float], None] = lambda share: None,
) -> Driven:
    """Send a scenario's messages to a system, `times` as many a second as it says.

    `progress` hears the share of the time that is over. Raises GeneratorError when the run could
    not begin; what goes wrong later makes it `invalid`.
    """
    run, where = run_tag(), cores(processes)
    jobs = [
        Job(scenario, system.targets, system.speaks, run, part, processes, times, generator, core)
        for part, core in enumerate(where)
    ]
    return run_jobs(jobs, scenario, begun, ended, progress)


def run_jobs(
    jobs: Sequence[Job],
    scenario: Scenario,
    begun: Told = nothing,
    ended: Told = nothing,
    progress: Callable[[float], None] = lambda share: None,
) -> Driven:
    """Run generators side by side and put their accounts together. Raises GeneratorError."""
    with started(jobs) as generators, foes(jobs[0]) as told:
        epoch = time.time()
        began = generators.begin()
        _until(began + scenario.warmup_s, began, scenario, progress, generators)
        begun()
        _until(began + scenario.warmup_s + scenario.seconds, began, scenario, progress, generators)
        ended()
        harm = told()
        tallies = generators.tallies(_AFTER_S + scenario.seconds)
    driven = merged(tallies, scenario, epoch + scenario.warmup_s)
    return msgspec.structs.replace(driven, extra={**driven.extra, **harm})


def _until(
    moment: float,
    began: float,
    scenario: Scenario,
    progress: Callable[[float], None],
    generators: Generators,
) -> None:
    """Wait for a moment of the monotonic clock, telling how far we are."""
    whole = scenario.warmup_s + scenario.seconds
    while (left := moment - time.monotonic()) > 0:
        time.sleep(min(left, 0.25))
        progress(min(1.0, max(0.0, (time.monotonic() - began) / whole)))
        if not generators.alive():
            return


def merged(tallies: Sequence[Tally], scenario: Scenario, began: float) -> Driven:
    """Put the generators' accounts together. `began` is the counted stretch's, since the epoch."""
    whole = [each for each in tallies if not each.broken]
    names = [flow.name for flow in whole[0].flows] if whole else []
    flows, logs, slips = [], {}, []
    unknown = sum(each.unknown for each in whole)
    for place, name in enumerate(names):
        parts = [each.flows[place] for each in whole]
        timings = _timings(parts)
        slips.append(timings["slip"].at(0.99))
        logs[name] = log_text(timings, began, scenario.seconds)
        flows.append(_flow(name, parts, timings, unknown if place == 0 else 0))
    by_second = zip(*(each.seconds for each in whole), strict=True)
    clock = offset(sample for each in whole for sample in each.clocks)
    known = bool(whole and any(each.clocks for each in whole))
    extra: Counter[str] = Counter()
    for each in whole:
        extra.update(each.extra)
    busiest = max((each.cpu_share for each in whole), default=0.0)
    return Driven(
        flows=flows,
        series=[_second(at, parts) for at, parts in enumerate(by_second)],
        seconds=scenario.seconds,
        offered_per_s=sum(flow.sent for flow in flows) / scenario.seconds,
        goodput_per_s=sum(flow.good for flow in flows) / scenario.seconds,
        invalid=_invalid(tallies, max(slips, default=0.0), busiest, scenario.slo_ms),
        generator_cpu=busiest,
        generator_us=sum(e.cpu_s for e in whole) / max(1, sum(e.messages for e in whole)) * 1e6,
        clock_offset_ms=clock.seconds * 1000 if known else 0.0,
        clock_uncertainty_ms=clock.uncertainty_s * 1000 if known else 0.0,
        unknown=unknown,
        unanswered=sum(each.unanswered for each in whole),
        doubled=sum(each.doubled for each in whole),
        logs=logs,
        extra=dict(extra),
    )


def _invalid(tallies: Sequence[Tally], slip_ms: float, busiest: float, slo_ms: float) -> str:
    """Say why the numbers must not be used; nothing where they may."""
    for each in tallies:
        if each.broken:
            return each.broken
    if slip_ms > SLIP_SHARE * slo_ms:
        return (
            f"the generator was late: slip p99 {slip_ms:.1f} ms, "
            f"over a tenth of the SLO of {slo_ms:.0f} ms"
        )
    if busiest > BUSY_SHARE:
        return f"the generator had no time to spare: {busiest:.0%} of its core"
    return ""


def _timings(parts: Sequence[FlowTally]) -> dict[str, Timings]:
    found: dict[str, Timings] = {}
    for name in ("response", "service", "slip", "refusal", *STAGES):
        found[name] = Timings()
        for part in parts:
            if part.timings.get(name):
                found[name].merge(Timings.decode(part.timings[name]))
    return {name: each for name, each in found.items() if each.count or name not in STAGES}


def _flow(
    name: str, parts: Sequence[FlowTally], timings: dict[str, Timings], unknown: int
) -> FlowFound:
    refused: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    for part in parts:
        refused.update(part.refused)
        actions.update(part.actions)
    return FlowFound(
        name=name,
        sent=sum(part.sent for part in parts),
        verdicts=sum(part.verdicts for part in parts),
        good=sum(part.good for part in parts),
        refused=dict(refused),
        unanswered=sum(part.unanswered for part in parts),
        doubled=sum(part.doubled for part in parts),
        unknown=unknown,
        unchecked=sum(part.unchecked for part in parts),
        actions=dict(actions),
        response=timings["response"].quantiles(),
        service=timings["service"].quantiles(),
        slip=timings["slip"].quantiles(),
        stages={stage: timings[stage].quantiles() for stage in STAGES if stage in timings},
    )


def _second(at: int, parts: Sequence[SecondTally]) -> Second:
    response = Timings()
    for part in parts:
        response.merge(Timings.decode(part.response))
    return Second(
        at,
        sum(part.offered for part in parts),
        sum(part.good for part in parts),
        sum(part.refused for part in parts),
        response.at(0.5),
        response.at(0.99),
    )
