"""Measure what chat costs on this machine, and write it as the planner's costs.

What media costs takes minutes and real clips (`seawall bench live-streams`); those lines are kept
as they were in the costs that come along, with their commands.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console

from bench.generator import closed_loop, frame
from bench.planning.costs import Cost, read_costs, write_costs
from bench.shapes.result import Usage
from bench.shapes.system import System
from bench.systems.environment import environment
from bench.systems.starting import gateway
from bench.systems.weighing import Scale
from bench.workload import message

__all__ = ["measure"]

COMMAND = "seawall bench plan --measure"
SECONDS = 3.0
ROUNDS = 5
ROOMS = 30_000
CONNECTIONS = 1_000
_FRESH = 20_000_000


class _Numbers:
    """Message numbers that were never sent before."""

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> int:
        self._next += _FRESH
        return self._next


def measure(path: Path) -> int:
    """Run a gateway twice and write its costs; 3 where it does not start (NotStarted rises)."""
    found: dict[str, Cost] = {}
    console = Console(stderr=True)
    with _running("") as system:
        console.print("default pack: processor time a message", style="dim")
        found |= _times(system, "gateway_default_us")
        console.print("memory of connections, rooms and users", style="dim")
        found |= _memory(system)
    with _running("linear") as system:
        console.print("all packs and the classifier: processor time a message", style="dim")
        found |= _times(system, "gateway_all_us")
    about = environment()
    shipped = read_costs()
    costs = msgspec.structs.replace(shipped, machine=f"{about.cores} cores, {about.cpu}", **found)
    write_costs(costs, path)
    for name, cost in found.items():
        before = getattr(shipped, name)
        console.print(f"{name:28} {cost.value:12,.4g}   (came along: {before.value:,.4g})")
    console.print(f"written: {path}. Lines about media are those that came along.")
    return 0


@contextmanager
def _running(models: str) -> Iterator[System]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
        yield stack.enter_context(gateway(Path(folder), patient=True, models=models))


def _times(system: System, name: str) -> dict[str, Cost]:
    """Processor time by role, closed loop: medians of rounds."""
    numbers, rounds = _Numbers(), []
    for _ in range(ROUNDS):
        first = numbers.take()
        scale = Scale(system)
        scale.begin()
        run = closed_loop(system.targets[0], _from(first), 100, 1, SECONDS)
        rounds.append({usage.role: usage for usage in scale.end(run.replies)})

    def each(role: str) -> float:
        return median(found[role].cpu_us_per_message for found in rounds if role in found)

    costs = {name: _cost(each("gateway"))}
    if "text" in rounds[0]:
        return costs | {"text_worker_us": _cost(each("text"))}
    recorded = 0.05  # of bench.workload: a twentieth holds a listed word
    return costs | {
        "valkey_us": _cost(each("valkey")),
        "journal_us": _cost(each("journal") / recorded, "a twentieth of the messages recorded"),
    }


def _memory(system: System) -> dict[str, Cost]:
    """Resident bytes that a thing adds: of connections, answers, rooms, users."""
    from bench.generator import _Peer

    idle = _rss(system)
    peers = [_Peer(system.targets[0]) for _ in range(CONNECTIONS)]
    with_peers = _rss(system)
    for peer in peers:
        peer.sock.close()
    before = _rss(system)
    _say(system, _from(_FRESH * 90), ROOMS)
    remembered = _rss(system)
    rooms = _say(system, _in_rooms, ROOMS)
    spread = _rss(system)
    size = median(len(frame(message(_FRESH + number))) for number in range(1000))
    answers = max(1.0, (remembered["gateway"] - before["gateway"]) / ROOMS)
    return {
        "gateway_idle_bytes": _cost(idle["gateway"]),
        "gateway_connection_bytes": _cost(
            max(1.0, (with_peers["gateway"] - idle["gateway"]) / CONNECTIONS)
        ),
        "gateway_remembered_bytes": _cost(answers),
        "gateway_room_bytes": _cost(
            max(1.0, (spread["gateway"] - remembered["gateway"]) / rooms - answers),
            "with its one user",
        ),
        "valkey_room_bytes": _cost(
            max(1.0, (spread["valkey"] - remembered["valkey"]) / rooms), "with its one user"
        ),
        "message_in_bytes": _cost(size),
    }


def _from(first: int) -> Callable[[int], bytes]:
    return lambda number: message(first + number)


def _in_rooms(number: int) -> bytes:
    """Return a message into a room of its own by a user of its own."""
    text = message(_FRESH * 95 + number)
    head, _, tail = text.partition(b'"room":"')
    _, _, tail = tail.partition(b'"id":"')
    _, _, tail = tail.partition(b'"')
    return head + b'"room":"own%d","user":{"id":"own%d"' % (number, number) + tail


def _say(system: System, payload: Callable[[int], bytes], count: int) -> int:
    """Send about so many messages, few at a time; return how many were answered."""
    run = closed_loop(system.targets[0], payload, 50, 4, count / 4_000)
    return max(1, run.replies)


def _rss(system: System) -> dict[str, int]:
    scale = Scale(system)
    scale.begin()
    found: list[Usage] = scale.end(0)
    return {usage.role: usage.rss_after for usage in found}


def _cost(value: float, note: str = "") -> Cost:
    return Cost(float(value), COMMAND, note)
