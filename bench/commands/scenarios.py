"""The scenario that somebody asked for: by name or path, with what they want otherwise."""

from __future__ import annotations

import argparse

import msgspec

from bench.commands.options import positive, whole
from bench.load.schedule import faster
from bench.shapes.scenario import Burst, Constant, Flow, Poisson, Scenario, Trace, read_scenario

__all__ = ["at_rate", "offered", "scenario_options", "wanted"]


def scenario_options(options: argparse.ArgumentParser, default: str = "steady") -> None:
    """Add what chooses and changes a scenario."""
    options.add_argument(
        "scenario",
        nargs="?",
        default=default,
        help="a name of bench/scenarios, or FILE.toml (%(default)s)",
    )
    options.add_argument("--seconds", type=positive, help="counted, instead of the scenario's")
    options.add_argument("--rate", type=positive, help="messages a second of all flows together")
    options.add_argument("--connections", type=whole, help="instead of the scenario's")
    options.add_argument("--slo-ms", type=positive, help="instead of the scenario's")


def wanted(given: argparse.Namespace) -> Scenario:
    """Return the scenario with the command line's wishes. Raises ScenarioError."""
    scenario = read_scenario(given.scenario)
    if given.seconds is not None:
        scenario = msgspec.structs.replace(scenario, seconds=given.seconds)
    if given.slo_ms is not None:
        scenario = msgspec.structs.replace(scenario, slo_ms=given.slo_ms)
    if given.connections is not None:
        clients = msgspec.structs.replace(scenario.clients, connections=given.connections)
        scenario = msgspec.structs.replace(scenario, clients=clients)
    if given.rate is not None and scenario.flows:
        scenario = at_rate(scenario, given.rate)
    return scenario


def at_rate(scenario: Scenario, rate: float) -> Scenario:
    """Return the scenario with its flows' rates changed alike, so that they sum up to `rate`.

    A trace without a rate of its own is counted as an equal share.
    """
    share = rate / len(scenario.flows)
    sums = sum(offered(flow) or share for flow in scenario.flows)
    flows = tuple(_times(flow, rate / sums, share) for flow in scenario.flows)
    return msgspec.structs.replace(scenario, flows=flows)


def offered(flow: Flow) -> float:
    """Return a flow's messages a second on average; 0 for a trace at its own pace."""
    match flow.arrivals:
        case Constant(rate) | Poisson(rate):
            return rate
        case Burst(rate, peak, every_s, for_s):
            share = min(1.0, for_s / every_s)
            return rate * (1 - share) + peak * share
        case Trace(rate=rate):
            return rate or 0.0


def _times(flow: Flow, times: float, share: float) -> Flow:
    arrivals = flow.arrivals
    if isinstance(arrivals, Trace) and arrivals.rate is None:
        arrivals = msgspec.structs.replace(arrivals, rate=share)
    return msgspec.structs.replace(flow, arrivals=faster(arrivals, times))
