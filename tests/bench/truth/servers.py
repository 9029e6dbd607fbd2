"""Servers that do exactly what they are told to do wrong, and quiet enough to be measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from bench.generator import Target
from bench.load.drive import Driven, drive
from bench.load.truth_server import Orders
from bench.procs import python, stop
from bench.shapes.scenario import Clients, Constant, Flow, Poisson, Scenario
from bench.shapes.system import System
from bench.workload import hello


def steady(seconds: float, rate: float, poisson: bool = False) -> Scenario:
    """Return one flow over a few connections, all of it counted."""
    arrivals = Poisson(rate) if poisson else Constant(rate)
    return Scenario(
        "truth",
        "A flow that is known.",
        seconds=seconds,
        warmup_s=0.0,
        clients=Clients(connections=4),
        flows=(Flow("chat", arrivals),),
    )


def driven(system: System, scenario: Scenario, *, processes: int = 1) -> Driven:
    """Drive a system from generators that run before what else the machine does."""
    with _first_in_line():
        return drive(system, scenario, processes=processes)


@contextmanager
def honest(orders: Orders | None = None) -> Iterator[System]:
    """Run a server with these orders."""
    told = msgspec.json.encode(orders or Orders()).decode()
    with _first_in_line():
        process = python("bench.load.truth_server", told, core=None)
        try:
            assert process.stdout is not None
            target = Target(int(process.stdout.readline()), "/v1", hello=hello())
            yield System("honest", (target,), {"gateway": (process.pid,)})
        finally:
            stop(process)


@contextmanager
def _first_in_line() -> Iterator[None]:
    """Let what is started here run before what else the machine does, where that is allowed.

    Other tests run beside these: what they take would be measured as the server's.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)
