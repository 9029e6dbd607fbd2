"""What remembering the last messages costs: two gateways, one that does and one that does not.

    seawall bench recent-cost [--seconds S] [--repeats N]

Windows are interleaved. Unit: CPU microseconds of the server process per message; the ratio is that
of each pair of windows, and its median what the chat path loses with consoles idle. `alone` is what
`Recent` takes by itself in this process (`process_time`), the best of all windows.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import process_time

from bench.commands.options import positive, whole
from bench.generator import closed_loop
from bench.load.processes import cores
from bench.peers.process import NotStarted
from bench.shapes.system import System
from bench.systems.clocks import cpu_s
from bench.systems.starting import gateway
from bench.workload import ROOMS, USERS, message
from gateway.chat.recent import Recent
from seawall.events import Message, User

__all__ = ["main"]

_OFF = {"SEAWALL_RECENT_MB": "0"}
_TEXT = "as long as a message in a chat is that says something and is not very short, or so"
_BATCH = 255


def main() -> int:
    """Run the comparison and print it; 3 for a gateway that does not start or falls silent."""
    options = argparse.ArgumentParser(prog="seawall bench recent-cost", description=__doc__)
    options.add_argument("--seconds", type=positive, default=1.5, help="each window (%(default)s)")
    options.add_argument("--repeats", type=whole, default=5, help="windows a server (%(default)s)")
    options.add_argument("--connections", type=whole, default=100)
    given = options.parse_args()
    print(f"alone: {_alone():.2f} µs a message ({ROOMS} rooms, texts of {len(_TEXT)} characters)")
    try:
        with ExitStack() as stack:
            both = [_gateway(stack, environ) for environ in ({}, _OFF)]
            (core,) = cores(1)
            if core is not None:
                os.sched_setaffinity(0, {core})  # what is started after this would be there too
            _compare(both, given)
    except (NotStarted, ConnectionError) as error:
        print(f"seawall bench recent-cost: {error}", file=sys.stderr)
        return 3
    return 0


def _gateway(stack: ExitStack, environ: dict[str, str]) -> System:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
    return stack.enter_context(gateway(folder, patient=True, environ=environ))


def _compare(both: list[System], given: argparse.Namespace) -> None:
    used: list[list[float]] = [[], []]
    first = 0
    for turn in range(given.repeats + 1):
        for costs, system in zip(used, both, strict=True):
            start = first = first + 10_000_000
            pid = system.pids["gateway"][0]
            before = cpu_s(pid)
            run = closed_loop(
                system.targets[0],
                lambda number, start=start: message(start + number),  # type: ignore[misc]
                given.connections,
                1,
                given.seconds,
            )
            if not run.replies:
                raise ConnectionError(f"{system.name} answered nothing in {given.seconds:g} s")
            if turn:  # the first of each only warms up
                costs.append((cpu_s(pid) - before) / run.replies * 1e6)
    with_it, without = (statistics.median(costs) for costs in used)
    ratios = [a / b for a, b in zip(*used, strict=True)]
    print(f"gateway: {with_it:.2f} µs a message, {without:.2f} without it")
    print(
        f"ratio: {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f}); "
        f"the chat path loses {(statistics.median(ratios) - 1) * 100:.1f} %"
    )


def _alone() -> float:
    """Return the microseconds of one message; what is let go is paid for too."""
    recent = Recent(wall=lambda: 1e9)
    best = float("inf")
    for turn in range(9):
        spent = 0.0
        for batch in range(100):
            first = (turn * 100 + batch) * _BATCH
            events = [_event(first + number) for number in range(_BATCH)]
            began = process_time()
            for event in events:
                recent.add(event, "allow")
            recent.settle()
            spent += process_time() - began
        if turn:  # the rings fill first
            best = min(best, spent / (100 * _BATCH))
    return best * 1e6


def _event(number: int) -> Message:
    user = User(f"u{number % USERS}", f"user{number % USERS}")
    at = 1e9 + number / 10_000
    return Message("bench", f"m{number}", f"r{number % ROOMS}", user, f"{number} {_TEXT}", at, at)


if __name__ == "__main__":
    sys.exit(main())
