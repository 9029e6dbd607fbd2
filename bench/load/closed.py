"""Capacity by a closed loop: how much a system does when it is never left waiting.

Nothing here is a response time: whoever waits for an answer before speaking again does not notice
that the server was away. The latencies are service times at a queue depth, and say so.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bench.load.drive import BUSY_SHARE, Driven, nothing, run_jobs, run_tag
from bench.load.plan import Job
from bench.load.processes import cores
from bench.shapes.result import Quantiles
from bench.shapes.scenario import Scenario
from bench.shapes.system import System

__all__ = ["capacity"]

_NONE = Quantiles(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


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
) -> Driven:
    """Keep `outstanding` messages of a scenario unanswered on each connection for `seconds`.

    `connections` 0: as many as the scenario says. Of its arrivals only the proportions matter.
    What is returned has `service` times only, no `response` and no `slip`; what was answered is
    what was offered, and every verdict is good. A generator without time to spare is no reason to
    doubt it: the system could have done more. Raises GeneratorError when the run could not begin.
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
    return _closed(run_jobs(jobs, even, begun, ended))


def _closed(driven: Driven) -> Driven:
    answers = sum(flow.verdicts + sum(flow.refused.values()) for flow in driven.flows)
    flows = [msgspec.structs.replace(flow, response=_NONE, slip=_NONE) for flow in driven.flows]
    return msgspec.structs.replace(
        driven,
        flows=flows,
        offered_per_s=answers / driven.seconds,
        goodput_per_s=sum(flow.verdicts for flow in flows) / driven.seconds,
        invalid="" if driven.generator_cpu > BUSY_SHARE else driven.invalid,
    )
