"""What the moderators' side costs the chat while nobody works: consoles, the ring, two indexes.

    seawall bench console-idle [--consoles N] [--messages N] [--rounds N]

consoles   one gateway, in turn with no console and with N that watch the queue and are told nothing
ring       two gateways, with the ring of recent messages and without it (`recent_mb` 0)
indexes    two records, one without the journal's two indexes for searching decisions: CPU of the
           writer for each recorded decision, and how long a decision waits for the disk

Unit: CPU microseconds of the process, for one message or one decision; wall-clock on a shared
machine is noise. Rounds are interleaved and each begins with the other one; a ratio is the median
of the rounds' own ratios. Gateways are pinned to one core, the load to another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import uvloop
from sqlalchemy import text

from bench.consoles import Crowd, Running, running, sign_in
from bench.generator import Peer, Target, frame, quantile
from bench.journal_cost import entry
from bench.procs import LOAD_CORE, SERVER_CORE
from bench.systems.clocks import cpu_s
from bench.workload import hello, message
from gateway.record.database import ensure, open_engine, writing
from gateway.record.journal import Journal
from gateway.serve import allow_many_sockets
from seawall.errors import SeawallError

__all__ = ["main"]

BAR = 1.05
INDEXES = ("journal_at",)
_CONNECTIONS = 32
_HURRIED = 0.01
_TRIES = 5
_BATCH = 64
_DRAIN_S = 60.0

Window = Callable[[], dict[str, float]]


class Compared(msgspec.Struct, frozen=True):
    """One thing with and without another: medians, and the median of the rounds' ratios."""

    name: str
    unit: str
    with_it: float
    without: float
    ratio: float
    least: float
    most: float


def main() -> int:
    """Measure; return 0 when idle consoles and the ring together cost at most the bar."""
    options = argparse.ArgumentParser(prog="seawall bench console-idle", description=__doc__)
    options.add_argument("--consoles", type=int, default=50, help="idle ones (%(default)s)")
    options.add_argument("--messages", type=int, default=10_000, help="a window (%(default)s)")
    options.add_argument("--rounds", type=int, default=15, help="windows of each (%(default)s)")
    options.add_argument("--decisions", type=int, default=6_400, help="a round (%(default)s)")
    options.add_argument("--rows", type=int, default=100_000, help="there before (%(default)s)")
    options.add_argument("--only", choices=("consoles", "ring", "indexes"))
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    found: list[Compared] = []
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        if given.only != "indexes":
            found += _gateways(Path(folder), given)
        if given.only in (None, "indexes"):
            found += uvloop.run(_indexes(Path(folder), given))
    for each in found:
        if given.json:
            print(json.dumps(msgspec.to_builtins(each)))
        else:
            print(
                f"{each.name:<22} {each.with_it:8.2f} with, {each.without:8.2f} without, "
                f"{each.unit:<22} ratio {each.ratio:.3f} ({each.least:.3f}-{each.most:.3f})"
            )
    costs = [each.ratio for each in found if each.name in ("consoles", "ring")]
    whole = 1.0 + sum(ratio - 1.0 for ratio in costs)
    if costs and not given.json:
        print(f"the chat path loses {(whole - 1) * 100:.1f} % of its CPU (bar 5 %)")
    return 0 if whole <= BAR else 1


# -- gateways -------------------------------------------------------------------------------------


def _gateways(folder: Path, given: argparse.Namespace) -> list[Compared]:
    found = []
    unit = {"cpu": "CPU µs a message"}
    with ExitStack() as stack:
        ours = stack.enter_context(running(_made(folder / "ours")))
        load = stack.enter_context(closing(_Load(ours, given.messages)))
        if given.only != "ring":
            found += _compare("consoles", _watched(ours, load, given.consoles), given.rounds, unit)
        if given.only != "consoles":
            bare = stack.enter_context(running(_made(folder / "ringless"), recent_mb="0"))
            other = stack.enter_context(closing(_Load(bare, given.messages)))
            found += _compare("ring", (load.cost, other.cost), given.rounds, unit)
    return found


def _watched(gateway: Running, load: _Load, count: int) -> tuple[Window, Window]:
    """Return a window while consoles watch the queue, and one without any."""
    session = sign_in(gateway)

    def watched() -> dict[str, float]:
        with closing(Crowd(gateway, session, count)) as crowd:
            until = time.monotonic() + 0.5
            while time.monotonic() < until:  # greetings, and the queues as they stand
                crowd.read(0.1)
            return load.cost()

    return watched, load.cost


class _Load:
    """Connections that stay, and messages never sent before: none is answered from memory.

    A window is a number of messages, not a time, so that handshakes cost none. One in which the
    gateway let messages through unchecked, or refused them, for want of time is measured again: a
    neighbour had the core, and such messages cost less.
    """

    def __init__(self, gateway: Running, messages: int) -> None:
        self._pid = gateway.process.pid
        self._messages = messages
        self._next = 0
        self._poll = select.epoll()
        self._peers: dict[int, Peer] = {}
        for _ in range(_CONNECTIONS):
            peer = Peer(Target(gateway.port, "/v1", gateway.key, hello()))
            self._peers[peer.sock.fileno()] = peer
            self._poll.register(peer.sock.fileno(), select.EPOLLIN)

    def cost(self) -> dict[str, float]:
        """Return the gateway's CPU microseconds a message, over one window."""
        for _ in range(_TRIES):
            before = cpu_s(self._pid)
            hurried = self._run()
            if hurried <= self._messages * _HURRIED:
                break
        return {"cpu": (cpu_s(self._pid) - before) / self._messages * 1e6}

    def _run(self) -> int:
        """Send a window's messages; return how many had no whole answer."""
        for peer in self._peers.values():
            self._send(peer, 1)
        left, hurried = self._messages, 0
        while left > 0:
            for fd, _ in self._poll.poll(1.0):
                peer = self._peers[fd]
                data = peer.sock.recv(262_144)
                if not data:
                    raise ConnectionError("the gateway closed a connection under load")
                hurried += data.count(b"unchecked.") + data.count(b'"type":"error"')
                count = peer.replies(data)
                left -= count
                if left >= _CONNECTIONS:
                    self._send(peer, count)
        return hurried

    def close(self) -> None:
        """Go."""
        self._poll.close()
        for peer in self._peers.values():
            peer.sock.close()

    def _send(self, peer: Peer, count: int) -> None:
        first, self._next = self._next, self._next + count
        if count:
            peer.sock.send(b"".join(frame(message(first + each)) for each in range(count)))


def _compare(
    name: str, windows: Sequence[Window], rounds: int, units: dict[str, str]
) -> list[Compared]:
    """Run two windows in turn, each first every other round; the first round only warms up."""
    sides: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
    for turn in range(rounds + 1):
        for side in (0, 1) if turn % 2 else (1, 0):
            measured = windows[side]()
            if turn:
                sides[side].append(measured)
    return [_compared(name, key, unit, *sides) for key, unit in units.items()]


def _compared(
    name: str,
    key: str,
    unit: str,
    with_it: list[dict[str, float]],
    without: list[dict[str, float]],
) -> Compared:
    ours, bare = ([each[key] for each in side] for side in (with_it, without))
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    return Compared(
        name if key == "cpu" else f"{name}: {key}",
        unit,
        statistics.median(ours),
        statistics.median(bare),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )


# -- the journal's indexes ------------------------------------------------------------------------


async def _indexes(folder: Path, given: argparse.Namespace) -> list[Compared]:
    variants = {"indexes": (), **{f"but {name}": (name,) for name in INDEXES}, "bare": INDEXES}
    records = []
    try:
        for name, dropped in variants.items():
            records.append(await _Record.begun(_made(folder / name), dropped, given.rows))
        costs: list[list[dict[str, float]]] = [[] for _ in records]
        for turn in range(given.rounds + 1):
            order = range(len(records)) if turn % 2 else reversed(range(len(records)))
            for place in order:
                measured = await records[place].cost(given.decisions)
                if turn:
                    costs[place].append(measured)
    finally:
        for record in records:
            await record.journal.stop()
    units = {
        "cpu": "writer CPU µs",
        "gateway": "gateway CPU µs",
        "p50": "ms waited",
        "p99": "ms waited",
    }
    found = [_compared("indexes", key, unit, costs[0], costs[-1]) for key, unit in units.items()]
    for place, name in enumerate(INDEXES, start=1):
        found.append(_compared(f"{name} alone", "cpu", "writer CPU µs", costs[0], costs[place]))
    return found


class _Record:
    """A journal on a record of its own, its writer beside it."""

    def __init__(self, journal: Journal, writer: int) -> None:
        self.journal = journal
        self._writer = writer
        self._number = 0

    @classmethod
    async def begun(cls, folder: Path, dropped: Sequence[str], rows: int) -> _Record:
        """Start one with so many decisions in it already."""
        ensure(folder)
        if dropped:
            engine = open_engine(folder)
            with writing(engine) as connection:
                for name in dropped:
                    connection.execute(text(f"DROP INDEX {name}"))
            engine.dispose()
        before = _children()
        journal = Journal(folder)
        await journal.start()
        (writer,) = _children() - before
        if (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(writer, {SERVER_CORE})
        record = cls(journal, writer)
        await record._decide(rows, 512)
        return record

    async def cost(self, decisions: int) -> dict[str, float]:
        """Return CPU microseconds a decision, of the writer and of this process, and the waits.

        The spill answers for a database that is slow, so its emptying belongs to the cost.
        """
        await self._drained()
        writer, mine = cpu_s(self._writer), time.process_time()
        waits = await self._decide(decisions, _BATCH)
        await self._drained()
        return {
            "cpu": (cpu_s(self._writer) - writer) / decisions * 1e6,
            "gateway": (time.process_time() - mine) / decisions * 1e6,
            "p50": quantile(waits, 0.5) * 1e3,
            "p99": quantile(waits, 0.99) * 1e3,
        }

    async def _drained(self) -> None:
        async with asyncio.timeout(_DRAIN_S):
            while self.journal.spilled:  # noqa: ASYNC110  # the writer's state, not an event
                await asyncio.sleep(0.005)

    async def _decide(self, count: int, batch: int) -> list[float]:
        """Append decisions, a batch when the one before is durable; return how long each waited."""
        waits: list[float] = []
        for start in range(0, count, batch):
            many = min(batch, count - start)
            await _Batch(self.journal, self._number, many).durable(waits)
            self._number += many
        return waits


class _Batch:
    """Some decisions, appended together."""

    def __init__(self, journal: Journal, first: int, count: int) -> None:
        self._done = asyncio.get_running_loop().create_future()
        self._left = count
        self._at = time.perf_counter()
        self._ended: list[float] = []
        now = time.time()
        for number in range(first, first + count):
            journal.append(entry(number * 7919 % 1_000_003 + number * 1_000_003, now), self._heard)

    async def durable(self, waits: list[float]) -> None:
        """Wait for all of them."""
        await self._done
        waits += [ended - self._at for ended in self._ended]

    def _heard(self, error: SeawallError | None) -> None:
        if error is not None:
            self._done.set_exception(error)
            return
        self._ended.append(time.perf_counter())
        self._left -= 1
        if self._left == 0:
            self._done.set_result(None)


def _children() -> set[int]:
    return {
        int(child)
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
