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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import process_time

from bench.chat_cost import Server, gateway
from bench.generator import closed_loop
from bench.procs import LOAD_CORE, cpu_s
from bench.workload import ROOMS, USERS, message
from gateway.chat.recent import Recent
from gateway.serve import allow_many_sockets
from seawall.events import Message, User

__all__ = ["main"]

_OFF = "SEAWALL_RECENT_MB"
_TEXT = "as long as a message in a chat is that says something and is not very short, or so"
_BATCH = 255


def main() -> int:
    """Run the comparison and print it."""
    options = argparse.ArgumentParser(prog="seawall bench recent-cost", description=__doc__)
    options.add_argument("--seconds", type=float, default=1.5, help="each window (%(default)s)")
    options.add_argument("--repeats", type=int, default=5, help="windows a server (%(default)s)")
    options.add_argument("--connections", type=int, default=100)
    given = options.parse_args()
    print(f"alone: {_alone():.2f} µs a message ({ROOMS} rooms, texts of {len(_TEXT)} characters)")
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
        servers = [
            stack.enter_context(_gateway(folder / name, off=off))
            for name, off in (("with", False), ("without", True))
        ]
        _compare(servers, given)
    return 0


@contextmanager
def _gateway(folder: Path, *, off: bool) -> Iterator[Server]:
    folder.mkdir()
    if off:
        os.environ[_OFF] = "0"
    try:
        with gateway(folder) as server:
            os.environ.pop(_OFF, None)
            yield server
    finally:
        os.environ.pop(_OFF, None)


def _compare(servers: list[Server], given: argparse.Namespace) -> None:
    used: list[list[float]] = [[], []]
    first = 0
    for turn in range(given.repeats + 1):
        for costs, server in zip(used, servers, strict=True):
            start = first = first + 10_000_000
            before = cpu_s(server.process.pid)
            run = closed_loop(
                server.target,
                lambda number, start=start: message(start + number),  # type: ignore[misc]
                given.connections,
                1,
                given.seconds,
            )
            if turn:  # the first of each only warms up
                costs.append((cpu_s(server.process.pid) - before) / run.replies * 1e6)
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
