"""`seawall bench limits`: is the limiter exact when everybody comes at once, and what does it cost?

1. Overshoot: one user in one room over many connections, at the bare store and at two gateways.
   Up to 128 not one too many in any rolling window; above, a tenth may be.
2. Cost: checks a second of the asking process's CPU, beside the library `limits` (5,000 keys, 20 a
   second), in turns; and Valkey's CPU a check.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import uvloop
from rich.console import Console

from bench.commands.options import Report, output, positive, whole
from bench.peers.process import NotStarted
from bench.reports.statistics import ratio
from bench.shapes.result import Figure
from bench.systems.clocks import cpu_s
from bench.systems.hammer import (
    SETTINGS,
    Hammered,
    Unanswered,
    hammer_gateways,
    hammer_store,
    write_policy,
)
from bench.systems.starting import gateway
from bench.systems.store import Store, valkey
from bench.systems.weighing import Neighbours
from gateway.serve import allow_many_sockets
from seawall.errors import SeawallError
from seawall.extras import missing
from seawall.windows import EXACT

__all__ = ["main", "overshoot"]

LIMITS = (20, EXACT, 500)
PER_S = 1.0
ABOVE = 1.10
"""What may be let through above EXACT, over the limit."""
FASTER = 11.0
SERVER_US = 6.0
"""What a check may take of Valkey's CPU, microseconds."""
PEERS = ("limits", "redis")


def main() -> int:
    """Measure: 0, 1 where a bar is missed, 3 where a server did not start or answer."""
    given = _options().parse_args()
    allow_many_sockets()
    report = Report("limits", given, "", gates=True)
    say = _telling(given.quiet)
    noise = Neighbours()
    noise.begin()
    try:
        with ExitStack() as stack:
            store = stack.enter_context(valkey(_folder(stack)))
            _store(report, store, given, say)
            if not given.store_only:
                _gateways(report, stack, given, say)
            _cost(report, store, given, say)
    except (NotStarted, SeawallError, Unanswered) as error:
        print(f"seawall bench limits: {error}", file=sys.stderr)
        return 3
    found = noise.end()
    report.notes.append(
        f"meanwhile others used {found.others:.0%} of the cores, the host stole {found.steal:.0%}; "
        f"load before: {found.load:.1f}"
    )
    return report.finish()


def overshoot(where: str, found: Hammered) -> list[Figure]:
    """Say how much was let through, beside what may be; and what was answered neither way."""
    figures = [
        Figure(
            f"{where}: most let through in any {found.per_s:g} s, over a limit of {found.limit}",
            found.share,
            "x",
            1.0 if found.limit <= EXACT else ABOVE,
            why=f"{found.asked} asked, {found.allowed} let through, at most {found.most} together",
        )
    ]
    for what, many in found.others.items():
        figures.append(Figure(f"  {where}: {what}", float(many)))
    return figures


def _store(
    report: Report, store: Store, given: argparse.Namespace, say: Callable[[str], None]
) -> None:
    for limit in given.limits:
        say(f"bare store, limit {limit}")
        work = hammer_store(f"unix://{store.path}", limit, PER_S, given.seconds)
        _take(report, "bare store", uvloop.run(work))


def _gateways(
    report: Report, stack: ExitStack, given: argparse.Namespace, say: Callable[[str], None]
) -> None:
    say(f"starting {given.gateways} gateways")
    folder = _folder(stack)
    policy, texts = write_policy(folder, given.limits, PER_S)
    system = stack.enter_context(
        gateway(folder, policy=policy, count=given.gateways, environ=SETTINGS)
    )
    where = f"{given.gateways} gateways" if given.gateways > 1 else "gateway"
    for limit, text in zip(given.limits, texts, strict=True):
        say(f"{where}, limit {limit}")
        work = hammer_gateways(system, limit, text, PER_S, given.seconds)
        _take(report, where, asyncio.run(work))


def _take(report: Report, where: str, found: Hammered) -> None:
    report.figures.extend(overshoot(where, found))
    if found.allowed < found.limit:
        report.failures.append(
            f"{where}: only {found.allowed} of a limit of {found.limit} were let through: "
            "nothing was limited, so nothing is shown"
        )


def _cost(
    report: Report, store: Store, given: argparse.Namespace, say: Callable[[str], None]
) -> None:
    lacking = [library for library in PEERS if find_spec(library) is None]
    if lacking:
        report.notes.append(f"not beside `limits`: {missing(lacking[0], 'peers')}")
        return
    from bench.peers.window_checks import NAMES, Turn, turns  # needs what may be missing

    say("what a check costs")

    async def taken() -> list[Turn]:
        told = turns(store.path, given.rounds, given.checks, lambda: cpu_s(store.pid))
        return [turn async for turn in told]

    found = uvloop.run(taken())
    client = {name: [each.client_us for each in found if each.name == name] for name in NAMES}
    server = {name: [each.server_us for each in found if each.name == name] for name in NAMES}
    ours, gathered, single = NAMES
    metric = "checks per client-CPU-second"
    rates = {name: [1e6 / each for each in values] for name, values in client.items()}
    report.ratios.append(ratio(metric, ours, gathered, rates[ours], rates[gathered], FASTER))
    report.ratios.append(ratio(metric, ours, single, rates[ours], rates[single]))
    report.ratios.append(
        ratio("Valkey CPU a check", ours, gathered, server[ours], server[gathered], least=False)
    )
    for name in NAMES:
        bar = SERVER_US if name == ours else None
        report.figures.append(Figure(f"{name}: client CPU a check", median(client[name]), "µs"))
        report.figures.append(
            Figure(f"{name}: Valkey CPU a check", median(server[name]), "µs", bar)
        )


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="seawall bench limits", description=__doc__)
    options.add_argument("--seconds", type=positive, default=4.0, help="each limit (%(default)s)")
    options.add_argument("--limits", type=_limits, default=LIMITS, metavar="N,N,…")
    options.add_argument("--gateways", type=whole, default=2, help="how many (%(default)s)")
    options.add_argument("--rounds", type=whole, default=9, help="turns each (%(default)s)")
    options.add_argument("--checks", type=whole, default=12_800, help="a turn (%(default)s)")
    options.add_argument("--store-only", action="store_true", help="start no gateway")
    output(options)
    return options


def _limits(text: str) -> tuple[int, ...]:
    limits = tuple(whole(part) for part in text.split(","))
    if len(set(limits)) != len(limits):
        raise argparse.ArgumentTypeError("a limit stands there twice")
    return limits


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))


def _telling(quiet: bool) -> Callable[[str], None]:
    console = Console(stderr=True)
    return (lambda line: None) if quiet else (lambda line: console.print(line, style="dim"))


if __name__ == "__main__":
    sys.exit(main())
