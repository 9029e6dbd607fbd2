"""What a gateway is worth when more comes than it can do: goodput, refusals, and quiet rooms.

Open loop: messages are sent at fixed times whatever comes back, and a verdict counts when it comes
within the budget of the moment its message was meant to be sent. Windows are interleaved, and every
share is of the best window at about capacity in the same run. Time is virtual (`bench.virtual`),
moved by the gateway's own CPU; with `--sockets` it is the wall's, over real sockets, which needs
two cores that nobody else uses.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from bench.chat_cost import Server, gateway
from bench.generator import Target, _Peer, frame, quantile
from bench.procs import LOAD_CORE, cpu_s
from bench.virtual import Arrival, VirtualGateway
from bench.workload import message
from gateway.serve import allow_many_sockets

__all__ = ["Flow", "Run", "drive", "main"]

BUDGET_S = 0.05
TICK_S = 0.002
"""Messages that are due within a tick leave together: a system call each would be the bench's."""
AFTER_S = 0.5
_REPLY = re.compile(rb'"type":"(verdict|error)","(?:id|ref)":"([a-z])(\d+)"')


class Flow(msgspec.Struct, frozen=True):
    """Messages at an even rate: their ids' letter, and the one room they go to, or all of them."""

    letter: str
    rate: float
    rooms: str = ""


class Run(msgspec.Struct):
    """What came back for a flow, by seconds from intended send."""

    sent: int = 0
    verdicts: list[float] = []
    refusals: list[float] = []
    slip_s: float = 0.0
    cpu_s: float = 0.0

    def within(self, budget_s: float) -> int:
        """Count verdicts inside the budget."""
        return sum(latency <= budget_s for latency in self.verdicts)


class _Socket:
    """One connection: what is still to be written, and the end of what was read."""

    __slots__ = ("out", "peer", "rest")

    def __init__(self, target: Target) -> None:
        self.peer = _Peer(target)
        self.out = bytearray()
        self.rest = b""

    def push(self) -> None:
        while self.out:
            try:
                sent = self.peer.sock.send(self.out)
            except BlockingIOError:
                return
            del self.out[:sent]

    def replies(self) -> Iterator[tuple[bytes, bytes, int]]:
        try:
            data = self.rest + self.peer.sock.recv(262_144)
        except BlockingIOError:
            return
        end = 0
        for match in _REPLY.finditer(data):
            end = match.end()
            yield match[1], match[2], int(match[3])
        self.rest = data[end:][-200:]


def drive(
    target: Target, flows: list[Flow], first: int, connections: int, seconds: float
) -> dict[str, Run]:
    """Send all flows side by side for `seconds`; return what came back, by letter."""
    sockets = [_Socket(target) for _ in range(connections)]
    poll = select.epoll()
    by_fd = {each.peer.sock.fileno(): each for each in sockets}
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    plan = _plan(flows, first, connections, seconds)
    runs = {flow.letter: Run(verdicts=[], refusals=[]) for flow in flows}
    rates = {flow.letter.encode(): (runs[flow.letter], flow.rate) for flow in flows}
    began = time.perf_counter() + 0.02
    tick, ticks = 0, len(plan)
    while True:
        now = time.perf_counter()
        while tick < ticks and began + (tick + 1) * TICK_S <= now:
            for place, data in plan[tick]:
                sockets[place].out += data
                sockets[place].push()
            tick += 1
            late = now - began - tick * TICK_S
            for run in runs.values():
                run.slip_s = max(run.slip_s, late)
        if now > began + seconds + AFTER_S:
            break
        wait = began + (tick + 1) * TICK_S - now if tick < ticks else 0.01
        for fd, _ in poll.poll(max(0.0, min(wait, 0.01))):
            each = by_fd[fd]
            replies = list(each.replies())
            arrived = time.perf_counter() - began
            for kind, letter, number in replies:
                run, rate = rates[letter]
                latency = arrived - (number - first) / rate
                (run.verdicts if kind == b"verdict" else run.refusals).append(latency)
            each.push()
    for flow in flows:
        runs[flow.letter].sent = int(flow.rate * seconds)
    for each in sockets:
        each.peer.sock.close()
    return runs


def _plan(
    flows: list[Flow], first: int, connections: int, seconds: float
) -> list[list[tuple[int, bytes]]]:
    """Return for each tick what goes out on which connection, frames already made."""
    ticks: list[dict[int, bytearray]] = [{} for _ in range(int(seconds / TICK_S) + 1)]
    for flow in flows:
        for number in range(int(flow.rate * seconds)):
            slot = ticks[int(number / flow.rate / TICK_S)]
            slot.setdefault(number % connections, bytearray()).extend(
                frame(_message(flow, first + number))
            )
    return [[(place, bytes(data)) for place, data in slot.items()] for slot in ticks]


def _message(flow: Flow, number: int) -> bytes:
    text = message(number).replace(b'"id":"m', b'"id":"%b' % flow.letter.encode(), 1)
    text = text.replace(b'"at":17', b'"at":41', 1)  # nothing here was ever sent before
    if flow.rooms:
        text = re.sub(rb'"room":"r\d+"', b'"room":"%b"' % flow.rooms.encode(), text, count=1)
    return text


Drive = Callable[[list[Flow], int, float], dict[str, Run]]
"""Sends flows, whose ids begin at a number, for seconds."""


def main() -> int:
    """Run the windows and print the table; 1 when a bar is missed."""
    options = argparse.ArgumentParser(prog="seawall bench overload", description=__doc__)
    options.add_argument("--seconds", type=float, default=1.0, help="each window (%(default)s)")
    options.add_argument("--repeats", type=int, default=5, help="rounds (%(default)s)")
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--quiet", type=float, default=500.0, help="quiet rooms' messages/s")
    options.add_argument("--sockets", action="store_true", help="real sockets, wall-clock")
    given = options.parse_args()
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
        if given.sockets:
            server = stack.enter_context(gateway(folder))
            bench = _Bench(partial(_driven, server, given.connections), given)
        else:
            bench = _Bench(_Virtual(folder, given.connections).drive, given)
        met = bench.goodput()
        return 0 if bench.fairness() and met else 1


def _driven(
    server: Server, connections: int, flows: list[Flow], first: int, seconds: float
) -> dict[str, Run]:
    before = cpu_s(server.process.pid)
    runs = drive(server.target, flows, first, connections, seconds)
    for run in runs.values():
        run.cpu_s = cpu_s(server.process.pid) - before
    return runs


class _Virtual:
    """The virtual gateway, driven as the real one is."""

    def __init__(self, folder: Path, connections: int) -> None:
        self._lines: list[tuple[bytes, float]] = []
        self._connections = connections
        self._gateway = VirtualGateway(folder, connections, self._told)

    def _told(self, data: bytes, at: float) -> None:
        self._lines.append((data, at))

    def drive(self, flows: list[Flow], first: int, seconds: float) -> dict[str, Run]:
        """Send all flows side by side; return what came back, by letter."""
        arrivals: list[Arrival] = []
        for flow in flows:
            arrivals += [
                (number / flow.rate, number % self._connections, _message(flow, first + number))
                for number in range(int(flow.rate * seconds))
            ]
        arrivals.sort(key=lambda arrival: arrival[0])
        self._lines.clear()
        began, cpu = self._gateway.now(), time.process_time()
        self._gateway.run(arrivals, seconds + AFTER_S)
        rates = {flow.letter.encode(): flow for flow in flows}
        runs = {
            flow.letter: Run(int(flow.rate * seconds), [], [], 0.0, time.process_time() - cpu)
            for flow in flows
        }
        for data, at in self._lines:
            for match in _REPLY.finditer(data):
                flow = rates[match[2]]
                run = runs[flow.letter]
                latency = at - began - (int(match[3]) - first) / flow.rate
                (run.verdicts if match[1] == b"verdict" else run.refusals).append(latency)
        return runs


class _Bench:
    """Windows on one gateway, and message numbers that never repeat."""

    def __init__(self, drive: Drive, given: argparse.Namespace) -> None:
        self._drive = drive
        self._given = given
        self._seconds: float = given.seconds
        self._first = 0

    def _run(self, *flows: Flow) -> dict[str, Run]:
        self._first += 2_000_000
        return self._drive(list(flows), self._first, self._seconds)

    def _good(self, rate: float) -> float:
        return self._run(Flow("m", rate))["m"].within(BUDGET_S) / self._seconds

    def _capacity(self) -> float:
        """Raise the rate until answers are late or refused twice; once may be a neighbour's."""
        rate: float = 4_000.0
        self._good(rate)
        while any(self._good(rate * 1.15) >= 0.98 * rate * 1.15 for _ in range(2)):
            rate *= 1.15
        return rate * 1.05

    def goodput(self) -> bool:
        """Find the peak, then offer twice and five times as much, in turns."""
        capacity = self._capacity()
        near: dict[float, list[float]] = {share: [] for share in (0.95, 1.0, 1.05)}
        for _ in range(self._given.repeats):
            for share, good in near.items():
                good.append(self._good(capacity * share))
        peak = max(statistics.median(good) for good in near.values())
        print(f"peak goodput {peak:.0f} verdicts/s within {BUDGET_S * 1000:.0f} ms")
        found: dict[float, list[Run]] = {times: [] for times in (1.0, 2.0, 5.0)}
        for _ in range(self._given.repeats):
            for times, runs in found.items():
                runs.append(self._run(Flow("m", peak * times))["m"])
        ratios: dict[float, float] = {}
        for times, runs in found.items():
            good = [run.within(BUDGET_S) / self._seconds for run in runs]
            ratios[times] = statistics.median(good) / peak
            _row(times, ratios[times], runs)
        return ratios[2.0] >= 0.9 and ratios[5.0] >= 0.8

    def fairness(self) -> bool:
        """Let quiet rooms talk alone and beside one room that floods, in turns."""
        capacity = self._capacity()
        alone: list[float] = []
        beside: list[float] = []
        refused = [0, 0]
        for _ in range(self._given.repeats):
            quiet = Flow("q", self._given.quiet)
            alone.append(quantile(self._run(quiet)["q"].verdicts, 0.99))
            runs = self._run(quiet, Flow("m", 2 * capacity, "hot"))
            beside.append(quantile(runs["q"].verdicts, 0.99))
            refused[0] += len(runs["q"].refusals)
            refused[1] += len(runs["m"].refusals)
        one, other = statistics.median(alone), statistics.median(beside)
        print(
            f"quiet rooms' p99 alone {one * 1000:.1f} ms, beside a room at 2x {other * 1000:.1f} "
            f"ms: {other / one:.2f}x; refused of theirs {refused[0]}, of the hot room {refused[1]}"
        )
        return other <= 2 * one


def _row(offered: float, ratio: float, runs: list[Run]) -> None:
    latencies = [latency for run in runs for latency in run.verdicts] or [0.0]
    told = [latency for run in runs for latency in run.refusals] or [0.0]
    sent = sum(run.sent for run in runs)
    verdicts, refused = (
        sum(len(run.verdicts) for run in runs),
        sum(len(run.refusals) for run in runs),
    )
    print(
        f"  {offered:4.1f}x offered: goodput/peak {ratio:5.2f}  verdicts {verdicts / sent:6.1%}  "
        f"refused {refused / sent:6.1%}  unanswered {1 - (verdicts + refused) / sent:6.1%}  "
        f"p50 {quantile(latencies, 0.5) * 1000:5.1f}  p99 {quantile(latencies, 0.99) * 1000:5.1f} "
        f"ms  refusal p99 {quantile(told, 0.99) * 1000:5.1f} ms  "
        f"slip {max(run.slip_s for run in runs) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
