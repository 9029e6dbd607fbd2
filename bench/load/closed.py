"""Capacity by a closed loop: how much a system does when it is never left waiting.

Nothing here is a response time: whoever waits for an answer before speaking again does not notice
that the server was away. The latencies are service times at a queue depth, and say so.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bench.load.drive import Driven, GeneratorError, nothing, run_jobs, run_tag
from bench.load.plan import Job
from bench.load.processes import cores
from bench.shapes.result import FlowFound, Quantiles
from bench.shapes.scenario import Scenario
from bench.shapes.system import System

__all__ = ["Closed", "GeneratorError", "capacity"]

_NONE = Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Closed(msgspec.Struct):
    """What a closed loop counted. Flows have `service` times only; `response` and `slip` are empty.

    `bound` says whether a generator had no time to spare: then the system could have done more.
    """

    outstanding: int
    connections: int
    seconds: float
    answers: int
    per_s: float
    flows: list[FlowFound]
    generator_cpu: float
    generator_us: float
    bound: bool
    invalid: str = ""
    unknown: int = 0
    unanswered: int = 0
    doubled: int = 0
    extra: dict[str, float] = {}
    loop: str = "closed"


def capacity(
    system: System,
    scenario: Scenario,
    *,
    outstanding: int,
    seconds: float,
    warmup_s: float = 0.5,
    connections: int = 0,
    processes: int = 1,
    begun: Callable[[], None] = nothing,
    ended: Callable[[], None] = nothing,
) -> Closed:
    """Keep `outstanding` messages of a scenario unanswered on each connection for `seconds`.

    `connections` 0: as many as the scenario says. Of its arrivals only the proportions matter.
    Raises GeneratorError when the run could not begin.
    """
    clients = msgspec.structs.replace(scenario.clients, slow=0.0, reconnect=0.0, hostile=())
    even = msgspec.structs.replace(
        scenario, seconds=seconds, warmup_s=warmup_s, clients=clients, streams=()
    )
    run = run_tag()
    jobs = [
        Job(
            even, system.targets, system.speaks, run, part, processes,
            core=core, outstanding=outstanding, connections=connections,
        )
        for part, core in enumerate(cores(processes))
    ]  # fmt: skip
    return _closed(run_jobs(jobs, even, begun, ended), jobs[0])


def _closed(driven: Driven, job: Job) -> Closed:
    answers = sum(flow.verdicts + sum(flow.refused.values()) for flow in driven.flows)
    flows = [msgspec.structs.replace(flow, response=_NONE, slip=_NONE) for flow in driven.flows]
    bound = driven.generator_cpu > 0.95
    return Closed(
        outstanding=job.outstanding,
        connections=job.connections or job.scenario.clients.connections,
        seconds=driven.seconds,
        answers=answers,
        per_s=answers / driven.seconds,
        flows=flows,
        generator_cpu=driven.generator_cpu,
        generator_us=driven.generator_us,
        bound=bound,
        invalid="" if bound else driven.invalid,
        unknown=driven.unknown,
        unanswered=driven.unanswered,
        doubled=driven.doubled,
        extra=driven.extra,
    )
