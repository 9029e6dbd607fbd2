"""What a gateway is worth when more comes than it can do: goodput, refusals, and quiet rooms.

Open loop: messages are sent at fixed times whatever comes back, and a verdict counts when it comes
within the budget of the moment its message was meant to be sent. Windows are interleaved, and every
share is of the best window at about capacity in the same run. Time is virtual (`bench.virtual`),
moved by the gateway's own CPU: a busy machine does not count. Over real sockets, by the wall's
clock, it is `seawall bench find` that looks for the limit and what lies above it.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.commands.options import positive, whole
from bench.generator import quantile
from bench.procs import LOAD_CORE
from bench.virtual import Arrival, VirtualGateway
from bench.workload import message

__all__ = ["Flow", "Run", "Sender", "main"]

BUDGET_S = 0.05
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

    def within(self, budget_s: float) -> int:
        """Count verdicts inside the budget."""
        return sum(latency <= budget_s for latency in self.verdicts)


def _message(flow: Flow, number: int) -> bytes:
    text = message(number).replace(b'"id":"m', b'"id":"%b' % flow.letter.encode(), 1)
    if flow.rooms:
        text = re.sub(rb'"room":"r\d+"', b'"room":"%b"' % flow.rooms.encode(), text, count=1)
    return text


class Sender:
    """Sends flows to a virtual gateway. `folder` takes its policy."""

    def __init__(self, folder: Path, connections: int) -> None:
        self.lines: list[tuple[bytes, float]] = []
        """What was said during the last drive, and when."""
        self._connections = connections
        self.gateway = VirtualGateway(folder, connections, self._told)

    def _told(self, data: bytes, at: float) -> None:
        self.lines.append((data, at))

    def drive(self, flows: list[Flow], first: int, seconds: float) -> dict[str, Run]:
        """Send all flows side by side for `seconds`; return what came back, by letter.

        Ids begin at `first`: none may come twice.
        """
        arrivals: list[Arrival] = []
        for flow in flows:
            arrivals += [
                (number / flow.rate, number % self._connections, _message(flow, first + number))
                for number in range(int(flow.rate * seconds))
            ]
        arrivals.sort(key=lambda arrival: arrival[0])
        self.lines.clear()
        began = self.gateway.now()
        self.gateway.run(arrivals, seconds + AFTER_S)
        rates = {flow.letter.encode(): flow for flow in flows}
        runs = {flow.letter: Run(int(flow.rate * seconds), [], []) for flow in flows}
        for data, at in self.lines:
            for match in _REPLY.finditer(data):
                flow = rates[match[2]]
                run = runs[flow.letter]
                latency = at - began - (int(match[3]) - first) / flow.rate
                (run.verdicts if match[1] == b"verdict" else run.refusals).append(latency)
        return runs


def main() -> int:
    """Run the windows and print the table; 1 when a bar is missed."""
    options = argparse.ArgumentParser(prog="seawall bench overload", description=__doc__)
    options.add_argument("--seconds", type=positive, default=1.0, help="each window (%(default)s)")
    options.add_argument("--repeats", type=whole, default=5, help="rounds (%(default)s)")
    options.add_argument("--connections", type=whole, default=32)
    options.add_argument("--quiet", type=positive, default=500.0, help="quiet rooms' messages/s")
    given = options.parse_args()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        bench = _Bench(Sender(Path(folder), given.connections), given)
        met = bench.goodput()
        return 0 if bench.fairness() and met else 1


class _Bench:
    """Windows on one gateway, and message numbers that never repeat."""

    def __init__(self, sender: Sender, given: argparse.Namespace) -> None:
        self._sender = sender
        self._given = given
        self._seconds: float = given.seconds
        self._first = 0

    def _run(self, *flows: Flow) -> dict[str, Run]:
        self._first += 2_000_000
        return self._sender.drive(list(flows), self._first, self._seconds)

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
        f"ms  refusal p99 {quantile(told, 0.99) * 1000:5.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
