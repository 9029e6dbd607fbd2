"""`seawall bench plan`: what a deployment needs, from measured costs, with the sums shown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.planning.arithmetic import Need, Plan, plan
from bench.planning.costs import SHIPPED, Costs, CostsError, read_costs
from bench.planning.demand import Demand

__all__ = ["main"]

_HELP = {
    "rooms": "rooms in which somebody writes",
    "messages_per_second": "chat messages at the peak, all rooms",
    "users": "users who write within a window's time",
    "connections": "sockets of chat and stream servers",
    "consoles": "moderators' consoles that watch",
    "alerts_per_second": "what each console is told",
    "streams": "live streams at once",
    "profile": "how streams are examined",
    "stream_mbit": "Mbit/s of a stream",
    "pack": "what texts are judged by; all: every pack and the classifier",
    "restricted": "share of messages that are recorded",
    "hottest_room": "share of all messages that falls into one room",
    "busy": "how full a core or link is planned",
    "retention_days": "how long decisions are kept",
    "link_mbit": "network of a machine, Mbit/s",
    "gpu": "pictures and speech on GPUs",
}


def main() -> int:
    """Print the plan; 2 for a demand or costs that cannot be read."""
    given = _options().parse_args()
    if given.measure is not None:
        from bench.planning.measuring import measure  # starts a gateway: nobody else needs it

        return measure(given.measure)
    wishes = {name: getattr(given, name) for name in Demand.__struct_fields__}
    try:
        demand = msgspec.convert(wishes, Demand)
        costs = read_costs(given.costs)
    except msgspec.ValidationError as error:
        told, _, field = str(error).partition(" - at `$.")
        flag = f"--{field.rstrip('`').replace('_', '-')}"
        print(f"seawall bench plan: {flag}: {told}", file=sys.stderr)
        return 2
    except CostsError as error:
        print(f"seawall bench plan: {error}", file=sys.stderr)
        return 2
    found = plan(demand, costs)
    if given.json:
        shown = {"demand": demand, "plan": found, "costs": costs}
        print(msgspec.json.format(msgspec.json.encode(shown), indent=1).decode())
    else:
        _show(found, demand, costs)
    return 0


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="seawall bench plan", description=__doc__)
    for field in msgspec.structs.fields(Demand):
        flag = f"--{field.name.replace('_', '-')}"
        told = f"{_HELP[field.name]} (%(default)s)"
        if field.name == "gpu":
            options.add_argument(flag, action="store_true", help=_HELP["gpu"])
        elif isinstance(field.default, str):
            choices = ("fast", "thrifty") if field.name == "profile" else ("default", "all")
            options.add_argument(flag, choices=choices, default=field.default, help=told)
        else:
            options.add_argument(
                flag, type=float, default=float(field.default), metavar="N", help=told
            )
    options.add_argument("--costs", type=Path, default=SHIPPED, help="another file of costs")
    options.add_argument(
        "--measure", type=Path, metavar="FILE", help="measure this machine's costs into a file"
    )
    options.add_argument("--json", action="store_true", help="as JSON")
    return options


def _show(found: Plan, demand: Demand, costs: Costs) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("resource", no_wrap=True)
    table.add_column("needs", justify="right", no_wrap=True)
    table.add_column("run", justify="right", no_wrap=True)
    table.add_column("how", overflow="fold")
    for need in found.needs:
        mark = "  <- first bottleneck" if need.resource == found.bottleneck else ""
        runs = f"{need.units:,}" if need.units else ""
        table.add_row(need.resource, _amount(need), runs, need.sum + mark)
    console.print(table)
    console.print(
        f"\n{found.cores:,.1f} cores at {demand.busy:.0%} of each, "
        f"{found.memory_bytes / 2**30:,.1f} GiB of memory."
    )
    fullest = next(need for need in found.needs if need.resource == found.bottleneck)
    console.print(
        f"First bottleneck: {found.bottleneck}, {fullest.load:,.2f} of one at "
        f"{demand.busy:.0%}. {found.advice[0].upper()}{found.advice[1:]}."
    )
    for warning in found.warnings:
        console.print(f"Mind: {warning}.")
    console.print(f"Costs: {costs.machine}. `--measure FILE` measures yours.", style="dim")


def _amount(need: Need) -> str:
    if need.unit != "bytes":
        return f"{need.amount:,.2f} {need.unit}"
    for size, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB")):
        if need.amount >= size:
            return f"{need.amount / size:,.1f} {name}"
    return f"{need.amount:,.0f} B"


if __name__ == "__main__":
    sys.exit(main())
