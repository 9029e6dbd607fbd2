"""What a verdict costs: the gateway against a bare echo and a gateway written in a week.

Windows are interleaved. Unit: CPU microseconds of the server process per message, because
wall-clock on shared machines is noise. The gateway has everything on: auth, three windows, all
inline detectors with the shipped packs and a 10,000-term lexicon more, metrics, journal, one
message in twenty restricted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec

from bench.generator import Target, closed_loop, open_loop, quantile
from bench.procs import LOAD_CORE, cpu_s, python, rss_bytes, stop
from bench.workload import hello, make_policy, message, words
from gateway.serve import allow_many_sockets
from seawall.extras import missing

__all__ = ["Server", "gateway", "main"]


SEAWALL = (sys.executable, "-m", "seawall")


class Server(msgspec.Struct):
    """A server under measurement, and the helpers it pays besides."""

    name: str
    target: Target
    process: subprocess.Popen[str]
    helpers: dict[str, int]


@contextmanager
def gateway(folder: Path) -> Iterator[Server]:
    """Run a gateway with the bench's policy."""
    data = folder / "data"
    policy = make_policy(folder)
    made = subprocess.run(
        [*SEAWALL, "keys", "new", "--tenant", "bench", "--name", "bench", "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    process = python(
        "seawall", "serve", "--data", str(data), "--policy", str(policy),
        "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", logs=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("{") and json.loads(line).get("event") == "ready":
                break
        else:
            raise RuntimeError(f"the gateway did not start, status {process.wait()}")
        port = int(json.loads(line)["listen"].rpartition(":")[2])
        _drain(process)
        children = _children(process.pid)
        for pid in children.values():
            os.sched_setaffinity(pid, {LOAD_CORE})
        target = Target(port, "/v1", made.stdout.strip(), hello())
        yield Server("gateway", target, process, children)
    finally:
        stop(process)


@contextmanager
def echo() -> Iterator[Server]:
    """Run the bare picows echo."""
    process = python("bench.peers.picows_echo")
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Server("picows echo", Target(port, "/v1"), process, {})
    finally:
        stop(process)


@contextmanager
def peer(folder: Path, store: Path) -> Iterator[Server]:
    """Run the aiohttp gateway with the same 10,000 words on the same kind of store."""
    listed = folder / "words.txt"
    listed.write_text("\n".join(words(10_000, 1)), encoding="utf-8")
    process = python("bench.peers.aiohttp_gateway", str(store), str(listed))
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Server("aiohttp gateway", Target(port, "/v1"), process, {})
    finally:
        stop(process)


def main() -> int:
    """Run the comparison and print it."""
    options = argparse.ArgumentParser(prog="seawall bench chat-cost", description=__doc__)
    options.add_argument("--seconds", type=float, default=1.5, help="each window (%(default)s)")
    options.add_argument("--repeats", type=int, default=5, help="windows a server (%(default)s)")
    options.add_argument("--connections", type=int, default=100)
    options.add_argument("--outstanding", type=int, default=1)
    options.add_argument("--rate", type=float, default=10_000.0, help="for latency, messages/s")
    given = options.parse_args()
    for library in ("ahocorasick", "orjson"):  # of the gateway that ours is compared with
        if find_spec(library) is None:
            print(f"seawall bench chat-cost: {missing(library, 'peers')}", file=sys.stderr)
            return 3
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
        ours = stack.enter_context(gateway(folder))
        floor = stack.enter_context(echo())
        store = stack.enter_context(_valkey(folder))
        other = stack.enter_context(peer(folder, store))
        _idle(ours)
        _costs([floor, ours, other], given)
        _latency([floor, ours], given)
    return 0


def _costs(servers: list[Server], given: argparse.Namespace) -> None:
    number = _Numbers()
    used: dict[str, list[float]] = {server.name: [] for server in servers}
    helpers: dict[str, list[float]] = {}
    shares: list[float] = []
    for _ in range(given.repeats):
        for server in servers:
            before, others = cpu_s(server.process.pid), _helper_cpu(server)
            run = closed_loop(
                server.target, number.fresh(), given.connections, given.outstanding, given.seconds
            )
            used[server.name].append((cpu_s(server.process.pid) - before) / run.replies * 1e6)
            for name, spent in _helper_cpu(server).items():
                helpers.setdefault(name, []).append((spent - others[name]) / run.replies * 1e6)
            if server.name == "gateway":
                shares.append(run.blocked / run.replies)
    print(
        f"CPU µs per message of the server process, {given.connections} connections x "
        f"{given.outstanding} outstanding, {given.repeats} interleaved windows of {given.seconds} s"
    )
    for name, values in used.items():
        print(f"  {name:<16} {statistics.median(values):7.2f}  (best {min(values):.2f})")
    for name, values in helpers.items():
        print(f"    beside the gateway: {name:<10} {statistics.median(values):7.2f}")
    print(f"  restricted by the gateway: {statistics.median(shares):.1%}")
    for mine, name in ((servers[1].name, servers[0].name), (servers[1].name, servers[2].name)):
        ratios = [b / a for a, b in zip(used[mine], used[name], strict=True)]
        print(
            f"  {mine} / {name} in messages per CPU-second: {statistics.median(ratios):.3f} "
            f"({min(ratios):.3f}-{max(ratios):.3f})"
        )


def _latency(servers: list[Server], given: argparse.Namespace) -> None:
    number = _Numbers(500_000_000)
    p50: dict[str, list[float]] = {server.name: [] for server in servers}
    p99: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(given.repeats * 2):
        for server in servers:
            run = open_loop(server.target, number.fresh(), given.connections, given.rate, 1.0)
            p50[server.name].append(quantile(run.latencies, 0.5) * 1e6)
            p99[server.name].append(quantile(run.latencies, 0.99) * 1e6)
    print(f"latency from intended send at {given.rate:.0f} messages/s, µs (median of windows)")
    for name in p50:
        print(
            f"  {name:<16} p50 {statistics.median(p50[name]):7.0f}   "
            f"p99 {statistics.median(p99[name]):8.0f}   best p50 {min(p50[name]):.0f}"
        )
    first, second = (p50[server.name] for server in servers)
    ratios = [b / a for a, b in zip(first, second, strict=True)]
    print(f"  p50 gateway / echo: {statistics.median(ratios):.2f} (best {min(ratios):.2f})")


def _idle(server: Server) -> None:
    """Print what the gateway weighs alone, and what an idle connection adds."""
    import socket

    from bench.generator import _Peer

    alone = rss_bytes(server.process.pid)
    count = 1000
    peers = [_Peer(server.target) for _ in range(count)]
    with_peers = rss_bytes(server.process.pid)
    for each in peers:
        each.sock.shutdown(socket.SHUT_RDWR)
        each.sock.close()
    print(
        f"idle gateway {alone / 2**20:.1f} MiB; {(with_peers - alone) / count / 1024:.1f} KiB "
        f"per idle connection ({count} connections)"
    )


class _Numbers:
    """Message numbers that never repeat over a run, so that no answer comes from memory."""

    def __init__(self, first: int = 0) -> None:
        self._next = first

    def fresh(self) -> Callable[[int], bytes]:
        first = self._next
        self._next += 10_000_000
        return lambda number: message(first + number)


def _helper_cpu(server: Server) -> dict[str, float]:
    return {name: cpu_s(pid) for name, pid in server.helpers.items()}


def _children(pid: int) -> dict[str, int]:
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            found["valkey" if b"valkey" in command else "journal"] = int(child)
    return found


def _drain(process: subprocess.Popen[str]) -> None:
    """Read the gateway's log away, or it would block on a full pipe."""
    import threading

    stream = process.stderr
    assert stream is not None

    def read_away() -> None:
        for _ in stream:
            pass

    threading.Thread(target=read_away, daemon=True).start()


@contextmanager
def _valkey(folder: Path) -> Iterator[Path]:
    """Run a store of its own for the peer."""
    from gateway.state.valkey import find_binary

    path = folder / "peer.sock"
    process = subprocess.Popen(
        [str(find_binary()), "--port", "0", "--unixsocket", str(path), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    os.sched_setaffinity(process.pid, {LOAD_CORE})
    try:
        while not path.exists():
            if process.poll() is not None:
                raise RuntimeError("the peer's store did not start")
            os.sched_yield()
        yield path
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main())
