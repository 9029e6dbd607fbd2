"""What a verdict costs: the gateway against a bare echo and a gateway written in a week.

Windows are interleaved. Unit: CPU microseconds of the server process per message, because
wall-clock on shared machines is noise. The gateway has everything on: auth, three windows, all
inline detectors with the shipped packs and a 10,000-term lexicon more, metrics, journal, one
message in twenty restricted. That is `--policy default`, what a new user's room runs without a
classifier; `--policy all` has the text models beside it as well, asked about each message.

What is refused is no reply, and what is left out under load is told: a gateway that does not keep
up examines less, and its price is not that of a verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec

from bench.generator import Closed, Target, closed_loop, open_loop, quantile
from bench.procs import LOAD_CORE, cpu_s, python, rss_bytes, stop
from bench.workload import hello, make_policy, message, words
from gateway.serve import allow_many_sockets
from seawall.extras import missing

__all__ = ["Server", "gateway", "main"]


SEAWALL = (sys.executable, "-m", "seawall")
POLICIES = {"default": "", "all": "linear"}
"""The text models beside the gateway, by what `--policy` says."""
HURRIED = 0.01
"""A larger share of messages refused or not wholly examined is told beside the figures."""


class Server(msgspec.Struct):
    """A server under measurement, and the helpers it pays besides."""

    name: str
    target: Target
    process: subprocess.Popen[str]
    helpers: dict[str, int]


@contextmanager
def gateway(folder: Path, models: str = "") -> Iterator[Server]:
    """Run a gateway with the bench's policy and these text models."""
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
        "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", logs=True, models=models,
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
    options.add_argument("--policy", choices=[*POLICIES, "both"], default="both")
    given = options.parse_args()
    for library in ("ahocorasick", "orjson"):  # of the gateway that ours is compared with
        if find_spec(library) is None:
            print(f"seawall bench chat-cost: {missing(library, 'peers')}", file=sys.stderr)
            return 3
    allow_many_sockets()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    for policy in POLICIES if given.policy == "both" else [given.policy]:
        _compare(policy, given)
    return 0


def _compare(policy: str, given: argparse.Namespace) -> None:
    """Run the gateway with one policy beside the others, and print."""
    models = POLICIES[policy]
    print(f"policy {policy}: everything shipped, {f'models {models}' if models else 'no models'}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-")))
        ours = stack.enter_context(gateway(folder, models))
        floor = stack.enter_context(echo())
        store = stack.enter_context(_valkey(folder))
        other = stack.enter_context(peer(folder, store))
        _idle(ours)
        _costs([floor, ours, other], given)
        _latency([floor, ours], given)


def _costs(servers: list[Server], given: argparse.Namespace) -> None:
    number = _Numbers()
    used: dict[str, list[float]] = {server.name: [] for server in servers}
    helpers: dict[str, list[float]] = {}
    runs: list[Closed] = []
    for turn in range(given.repeats + 1):
        for server in servers:
            before, others = cpu_s(server.process.pid), _helper_cpu(server)
            run = closed_loop(
                server.target, number.fresh(), given.connections, given.outstanding, given.seconds
            )
            if not turn:  # the first of each warms up
                continue
            if not run.replies:
                raise RuntimeError(f"{server.name} answered nothing in {given.seconds} s")
            used[server.name].append((cpu_s(server.process.pid) - before) / run.replies * 1e6)
            for name, spent in _helper_cpu(server).items():
                helpers.setdefault(name, []).append((spent - others[name]) / run.replies * 1e6)
            if server.name == "gateway":
                runs.append(run)
    print(
        f"CPU µs per message of the server process, {given.connections} connections x "
        f"{given.outstanding} outstanding, {given.repeats} interleaved windows of {given.seconds} s"
    )
    for name, values in used.items():
        print(f"  {name:<16} {statistics.median(values):7.2f}  (best {min(values):.2f})")
    for name, values in helpers.items():
        print(f"    beside the gateway: {name:<10} {statistics.median(values):7.2f}")
    _print_shares(runs)
    for mine, name in ((servers[1].name, servers[0].name), (servers[1].name, servers[2].name)):
        ratios = [b / a for a, b in zip(used[mine], used[name], strict=True)]
        print(
            f"  {mine} / {name} in messages per CPU-second: {statistics.median(ratios):.3f} "
            f"({min(ratios):.3f}-{max(ratios):.3f})"
        )


def _print_shares(runs: Sequence[Closed]) -> None:
    """Print how much was restricted, and how much the gateway did not do."""
    verdicts, refused = sum(run.replies for run in runs), sum(run.refused for run in runs)
    unchecked = sum(run.unchecked for run in runs)
    print(f"  restricted by the gateway: {sum(run.blocked for run in runs) / verdicts:.1%}")
    if refused + unchecked > HURRIED * (verdicts + refused):
        print(
            f"  IT DID NOT KEEP UP: {refused / (verdicts + refused):.1%} refused, "
            f"{unchecked / verdicts:.1%} of verdicts with something left out"
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
            found[_name_of(command)] = int(child)
    return found


def _name_of(command: bytes) -> str:
    if b"valkey" in command:
        return "valkey"
    return "models" if b"workers.run" in command else "journal"


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
