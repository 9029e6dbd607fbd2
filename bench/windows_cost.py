"""What one window check costs: Valkey's CPU and ours, beside a sorted set per window.

`python -m bench.windows_cost` starts the embedded Valkey, then lets WindowStore and a script of the
usual four sorted-set commands take turns, with equal keys, members, times and sizes of batch. Times
are told, so that the windows fill as asked for whatever the speed of this machine. CPU is read from
`INFO cpu` for the server and from the process clock for the client; wall time is shown nowhere.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha1
from statistics import median

import uvloop

from gateway.state.address import Address
from gateway.state.lane import Lane, connect, pack
from gateway.state.store import MOST_IN_FLIGHT, WindowStore
from seawall.windows import Check, Mode, Spec, member_digest

__all__ = ["main"]

_DEADLINE_S = 5.0
_ZSET = b"""
local now, limit, per, members = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local counts = {}
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - per)
  local count = redis.call('ZCARD', key)
  if count < limit then
    redis.call('ZADD', key, now, string.sub(members, i * 6 - 5, i * 6))
    redis.call('PEXPIRE', key, per + 60000)
    counts[i] = count + 1
  else
    counts[i] = -(count + 1)
  end
end
return counts
"""


@dataclass
class Side:
    """One way to count, and what its turns have cost, µs a check."""

    name: str
    ask: Callable[[list[Check], int, Callable[[list[int]], None]], None]
    now_ms: float = 1e12
    server: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    refused: int = 0
    checks: int = 0


def batches(spec: Spec, keys: int, size: int, members: Iterator[int]) -> list[list[Check]]:
    """Return enough batches of distinct random keys for one turn."""
    names = [f"w:{{room:user-{i}}}:user-room-messages" for i in range(keys)]
    return [
        [Check(spec, key, f"event-{next(members)}") for key in random.sample(names, size)]
        for _ in range(max(1, 2 * keys // size))
    ]


async def turn(side: Side, work: list[list[Check]], step_ms: float, lane: Lane | None) -> None:
    """Ask all batches, MOST_IN_FLIGHT at a time; note what it cost unless `lane` is None."""
    finished = asyncio.get_running_loop().create_future()
    left, turns = len(work), iter(work)

    def answered(counts: list[int]) -> None:
        nonlocal left
        left -= 1
        side.checks += len(counts)
        side.refused += sum(count < 0 for count in counts)
        if not left:
            finished.set_result(None)
        else:
            ask_next()

    def ask_next() -> None:
        if (checks := next(turns, None)) is not None:
            side.now_ms += step_ms
            side.ask(checks, int(side.now_ms), answered)

    server = await server_cpu(lane) if lane else 0.0
    client = time.process_time()
    for _ in range(MOST_IN_FLIGHT):
        ask_next()
    await finished
    client = time.process_time() - client
    if lane:
        done = sum(map(len, work))
        side.server.append((await server_cpu(lane) - server) / done * 1e6)
        side.client.append(client / done * 1e6)


async def server_cpu(lane: Lane) -> float:
    """Return the CPU seconds the server has used."""
    text = await lane.request("INFO", "cpu", deadline_s=_DEADLINE_S)
    assert isinstance(text, bytes)
    lines = dict(line.split(":", 1) for line in text.decode().split("\r\n") if ":" in line)
    return float(lines["used_cpu_user"]) + float(lines["used_cpu_sys"])


def ask_store(
    store: WindowStore, checks: list[Check], now_ms: int, answered: Callable[[list[int]], None]
) -> None:
    """Ask as the gateway does."""

    def done(counts: list[int], degraded: bool) -> None:
        assert not degraded, "the store fell back: this machine is too busy to measure"
        answered(counts)

    store.submit(checks, now_ms, done)


def ask_zset(
    lane: Lane, sha: str, checks: list[Check], now_ms: int, answered: Callable[[list[int]], None]
) -> None:
    """Ask the sorted sets over the same kind of connection, with the members packed likewise."""
    spec = checks[0].spec
    members = b"".join([member_digest(check.member) for check in checks])
    keys = [f"z:{check.key}" for check in checks]
    command = pack(("EVALSHA", sha, len(keys), *keys, now_ms, spec.limit, spec.per_ms, members))
    lane.send(command, answered)  # type: ignore[arg-type]  # the script replies with counts only


async def measure(arguments: argparse.Namespace) -> float:
    """Take turns, print the table and return the dearest of our own medians, server us/check."""
    dearest = 0.0
    store = WindowStore("embedded", deadline_ms=1_000)
    await store.start()
    assert store.server is not None
    lane = await connect(Address(path=store.server.path), lambda: None, _DEADLINE_S)
    try:
        await lane.request("SCRIPT", "LOAD", _ZSET, deadline_s=_DEADLINE_S)
        sha = sha1(_ZSET, usedforsecurity=False).hexdigest()
        print(f"{arguments.keys} keys, limit {arguments.limit}, load {arguments.load} of the limit")
        print("per s  batch  way     server us/check (min)  client us/check (min)  refused")
        members = iter(range(1 << 60))
        for per_ms in (1_000, 10_000):
            for size in (64, 128):
                spec = Spec(Mode.HITS_ACCEPTED, arguments.limit, per_ms)
                await lane.request("FLUSHALL", deadline_s=_DEADLINE_S)
                sides = [
                    Side("packed", partial(ask_store, store)),
                    Side("zset", partial(ask_zset, lane, sha)),
                ]
                step_ms = size * per_ms / (arguments.keys * arguments.limit * arguments.load)
                fill = max(1, round(arguments.limit * arguments.load / 2))
                for number in range(fill + arguments.turns):
                    for side in sides:
                        work = batches(spec, arguments.keys, size, members)
                        await turn(side, work, step_ms, lane if number >= fill else None)
                for side in sides:
                    print(
                        f"{per_ms / 1000:5g}  {size:5}  {side.name:6}  "
                        f"{median(side.server):15.2f} ({min(side.server):.2f})  "
                        f"{median(side.client):15.2f} ({min(side.client):.2f})  "
                        f"{side.refused / side.checks:6.1%}"
                    )
                dearest = max(dearest, median(sides[0].server))
    finally:
        lane.close()
        await store.close()
    return dearest


def main() -> int:
    """Measure; the exit status says whether the bar was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=5_000)
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--load", type=float, default=0.9, help="events a window, of its limit")
    parser.add_argument("--turns", type=int, default=9, help="measured turns of each side")
    parser.add_argument("--bar", type=float, default=6.0, help="server us/check that may not pass")
    arguments = parser.parse_args()
    dearest = uvloop.run(measure(arguments))
    print(f"bar: {arguments.bar:g} us of server CPU a check; packed reached {dearest:.2f}")
    return 0 if dearest <= arguments.bar else 1


if __name__ == "__main__":
    raise SystemExit(main())
