"""Measure what chat costs on this machine, and write it as the planner's costs.

What media costs takes minutes and real clips (`seawall bench live-streams`); those lines are kept
as they were in the costs that come along, with their commands.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import msgspec
from redis import Redis
from rich.console import Console

from bench.generator import Peer, closed_loop, frame
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
    with _running("") as (system, folder):
        console.print("memory of connections, rooms and users", style="dim")
        found |= _memory(system)
        found |= _sizes(system)
        console.print("default pack: processor time a message", style="dim")
        found |= _times(system, "gateway_default_us", folder)
    with _running("linear") as (system, folder):
        console.print("all packs and the classifier: processor time a message", style="dim")
        found |= _times(system, "gateway_all_us", folder)
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
def _running(models: str) -> Iterator[tuple[System, Path]]:
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
        folder = Path(name)
        yield stack.enter_context(gateway(folder, patient=True, models=models)), folder


def _times(system: System, name: str, folder: Path) -> dict[str, Cost]:
    """Processor time by role, closed loop: medians of rounds. And what the record grew by."""
    numbers, rounds, recorded, answered = _Numbers(), [], 0, 0
    size = _stored(folder)
    for _ in range(ROUNDS):
        first = numbers.take()
        scale = Scale(system)
        scale.begin()
        run = closed_loop(system.targets[0], _from(first), 100, 1, SECONDS)
        rounds.append({usage.role: usage for usage in scale.end(run.replies)})
        recorded, answered = recorded + run.blocked, answered + run.replies
    size = _stored(folder) - size

    def each(role: str) -> float:
        return median(found[role].cpu_us_per_message for found in rounds if role in found)

    costs = {name: _cost(each("gateway"))}
    if "text" in rounds[0]:
        return costs | {"text_worker_us": _cost(each("text"))}
    share = recorded / answered
    told = f"{share:.1%} of the messages recorded"
    return costs | {
        "valkey_us": _cost(each("valkey")),
        "journal_us": _cost(each("journal") / share, told),
        "journal_bytes": _cost(max(1.0, size / recorded), told),
    }


def _stored(folder: Path) -> int:
    """Return the bytes of a gateway's data on the disk, what its log still holds included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _sizes(system: System) -> dict[str, Cost]:
    """Bytes of a message and of its verdict on the wire, frames included."""
    sent = [frame(message(_FRESH * 80 + number)) for number in range(500)]
    peer = Peer(system.targets[0])
    peer.sock.settimeout(5.0)
    heard = 0
    for each in sent:
        peer.sock.sendall(each)
        heard += len(peer.sock.recv(65_536))
    peer.sock.close()
    size = sum(map(len, sent)) / len(sent)
    return {"message_in_bytes": _cost(size), "message_out_bytes": _cost(heard / len(sent))}


def _memory(system: System) -> dict[str, Cost]:
    """Resident bytes that a thing adds: connections, answers, users, rooms with a user each."""
    idle = _rss(system)
    peers = [Peer(system.targets[0]) for _ in range(CONNECTIONS)]
    with_peers = _rss(system)
    for peer in peers:
        peer.sock.close()
    before = _rss(system)
    said = _say(system, _from(_FRESH * 90), ROOMS)
    remembered = _rss(system)
    users = _say(system, partial(_by_strangers, rooms=100), ROOMS)
    known = _rss(system)
    rooms = _say(system, partial(_by_strangers, rooms=_FRESH), ROOMS)
    spread = _rss(system)

    def grown(role: str, since: dict[str, int], until: dict[str, int], count: int) -> float:
        return max(1.0, (until[role] - since[role]) / count)

    answers = grown("gateway", before, remembered, said)
    user = grown("valkey", remembered, known, users)
    strangers = "the first time a user writes: with what is known of them"
    return {
        "gateway_idle_bytes": _cost(idle["gateway"]),
        "gateway_connection_bytes": _cost(grown("gateway", idle, with_peers, CONNECTIONS)),
        "gateway_remembered_bytes": _cost(answers),
        "gateway_room_bytes": _cost(
            max(1.0, grown("gateway", known, spread, rooms) - answers), "with its one user"
        ),
        "valkey_user_bytes": _cost(user, strangers),
        "valkey_room_bytes": _cost(
            max(1.0, grown("valkey", known, spread, rooms) - user), "without its users"
        ),
    }


def _from(first: int) -> Callable[[int], bytes]:
    return lambda number: message(first + number)


def _by_strangers(number: int, rooms: int) -> bytes:
    """Return a message by a user of its own, into one of so many rooms."""
    text = message(_FRESH * 95 + number)
    head, _, tail = text.partition(b'"room":"')
    _, _, tail = tail.partition(b'"id":"')
    _, _, tail = tail.partition(b'"')
    room, user = b"own%d" % (number % rooms), b"%d-%d" % (rooms, number)
    return head + b'"room":"' + room + b'","user":{"id":"' + user + b'"' + tail


def _say(system: System, payload: Callable[[int], bytes], count: int) -> int:
    """Send about so many messages, few at a time; return how many were answered."""
    run = closed_loop(system.targets[0], payload, 50, 4, count / 4_000)
    return max(1, run.replies)


def _rss(system: System) -> dict[str, int]:
    """Return resident bytes by role; of Valkey what its keys take, which is less than a page."""
    scale = Scale(system)
    scale.begin()
    found: list[Usage] = scale.end(0)
    (valkey,) = system.pids["valkey"]
    return {usage.role: usage.rss_after for usage in found} | {"valkey": _used(valkey)}


def _used(pid: int) -> int:
    """Ask a Valkey for the bytes that it has given out, by the socket on its command line."""
    told = Path(f"/proc/{pid}/cmdline").read_text()  # its title: what it was started with, in a row
    _, _, path = told.rstrip("\0 ").partition("unixsocket:")
    with Redis(unix_socket_path=path) as client:
        memory = client.info("memory")
    assert isinstance(memory, dict)
    return int(memory["used_memory"])


def _cost(value: float, note: str = "") -> Cost:
    return Cost(float(value), COMMAND, note)
