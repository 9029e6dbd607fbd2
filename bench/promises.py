"""What we promise for bad days, as figures, each beside its bar.

    seawall bench promises [--quick]

Gateways of their own processes are killed, their Valkey is stopped, their database locked, all
under load; a witness that shares no code with the client holds what it heard against the record.
Durations are wall-clock, so the machine's load is printed with them; work is CPU seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from secrets import token_hex

from bench.faults.crowd import Line, chat
from bench.faults.family import child
from bench.faults.judged import line_of
from bench.faults.kills import kill_runs
from bench.faults.policy import BUDGET_MS, write_policy
from bench.faults.steady import Steady, p99
from bench.faults.victim import Victim
from bench.faults.watch import degraded, metric, until
from bench.generator import Target, closed_loop
from bench.journal_cost import measure
from bench.procs import LOAD_CORE, SERVER_CORE
from bench.shapes.result import Figure
from bench.systems.clocks import cpu_s
from bench.workload import hello, make_policy, message
from gateway.record.database import ensure
from gateway.record.keys import keys_new
from gateway.record.where import Where
from gateway.serve import allow_many_sockets
from gateway.state.valkey import ValkeyServer

__all__ = ["main", "table"]

RATE = 1_000.0
CONNECTIONS = 64
BACK_S = 30.0
_SPILLED = 'seawall_queue_depth{queue="spill"}'
_WORDS = ("ship", "moon", "tide", "harbour", "gull", "rope", "salt", "anchor", "sail", "reef")


def table(figures: list[Figure]) -> str:
    """Return all lines."""
    return "\n".join(line_of(figure) for figure in figures)


def talk() -> Iterator[Line]:
    """Return messages without end, one in twenty blocked."""
    for number in count():
        word = "blockword" if number % 20 == 0 else "friend"
        text = f"{word} {number} {_WORDS[number % 10]} {_WORDS[number // 10 % 10]}"
        yield chat(f"p{number}", f"r{number % 50}", f"u{number}", text, time.time())


async def killed(folder: Path, runs: int, messages: int) -> list[Figure]:
    """Kill a gateway in mid-flight, again and again."""
    victim, key = _victim(folder)
    with victim:
        found = await kill_runs(victim, key, runs, messages, seed=runs)
    what = f"over {runs} kills in mid-flight, {messages} messages each"
    return [
        Figure(f"lost {what}", found.lost, bar=0),
        Figure("doubled", found.doubled + found.recorded_twice, bar=0),
        Figure("unrecorded", found.unrecorded, bar=0),
        Figure("commands lost", found.commands_lost, bar=0),
        Figure("commands carried out twice", found.commands_twice, bar=0),
        Figure("chains broken", bool(found.broken), bar=0),
        Figure("  restrictions among them", found.restricted),
    ]


async def without_valkey(folder: Path, seconds: float) -> list[Figure]:
    """Stop the embedded Valkey where it stands, under load."""
    victim, key = _victim(folder)
    with victim:
        crowd = Steady(f"ws://{victim.listen}/v1", key, talk(), RATE)
        async with crowd.speaking():
            await asyncio.sleep(seconds)
            stopped = time.time()
            pid = child(victim.pid, "valkey-server")
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            back = time.time()
            if "windows" not in await degraded(victim.http):
                raise RuntimeError("a stopped Valkey is not told")
            os.kill(pid, signal.SIGCONT)
            took = await until(lambda: _well(victim), BACK_S)
            victims = child(victim.pid, "valkey-server")
            os.kill(victims, signal.SIGKILL)
            await until(lambda: _other(victim, victims), BACK_S)
            anew = await until(lambda: _well(victim), BACK_S)
    before, down = crowd.totals(0, stopped), crowd.totals(stopped, back)
    return [
        Figure("verdict p99 with Valkey, by the verdict's own ms", p99(before), "ms"),
        Figure(f"verdict p99 while it is stopped for {seconds:g} s", p99(down), "ms", BUDGET_MS),
        Figure("in use again after it goes on", took, "s", 2.0),
        Figure("in use again after it was killed and came back empty", anew, "s", 2.0),
    ]


async def without_database(folder: Path, seconds: float) -> list[Figure]:
    """Keep the database locked, under load."""
    victim, key = _victim(folder)
    with victim:
        crowd = Steady(f"ws://{victim.listen}/v1", key, talk(), RATE)
        async with crowd.speaking():
            await asyncio.sleep(seconds)
            with closing(sqlite3.connect(victim.data / "seawall.db", isolation_level=None)) as db:
                db.execute("PRAGMA busy_timeout=5000")
                db.execute("BEGIN EXCLUSIVE")
                locked = time.time()
                await asyncio.sleep(seconds)
                waiting = await metric(victim.http, _SPILLED)
                back = time.time()
                db.execute("ROLLBACK")
            took = await until(lambda: _well(victim), BACK_S)
    down = [
        float(lines[0]["ms"]["total"])
        for ref, lines in crowd.verdicts.items()
        if lines[0]["action"] == "block" and locked <= crowd.sent_at[ref] < back
    ]
    return [
        Figure(f"blocked ones' p99 while locked for {seconds:g} s", p99(down), "ms", BUDGET_MS),
        Figure("  entries in the spill at the end", waiting),
        Figure("replayed and direct again after it is free", took, "s", 2.0),
    ]


async def commit_waits(entries: int) -> list[Figure]:
    """Wait for commits beside a loop that is never idle."""
    figures = []
    for batch in (8, 64):
        line = await measure(batch, entries, busy=True)
        name = f"commit wait on a saturated loop, {batch} at a time"
        figures.append(Figure(f"{name}: p50", line.wait_p50_ms, "ms"))
        figures.append(Figure(f"{name}: p99", line.wait_p99_ms, "ms", 15.0))
    return figures


async def two(folder: Path, repeats: int, seconds: float) -> list[Figure]:
    """Drive one gateway and two that share windows and record, in turns."""
    store = ValkeyServer(directory=folder)
    await store.start()
    environ = {"SEAWALL_SECRET": token_hex(32)}
    os.environ.update(environ)
    policy, url = make_policy(folder), f"sqlite://{folder}/shared.db"
    gateways: list[Victim] = []
    try:
        targets = []
        for name in ("a", "b"):
            settings = {"redis": f"unix://{store.path}", "database": url, "log_level": "error"}
            gateway = Victim(folder / name, policy, environ, **settings)
            where = Where.of(gateway.data, url)
            await asyncio.to_thread(ensure, where)
            key = keys_new(where, "bench", "server", name)
            await asyncio.to_thread(gateway.start)
            gateways.append(gateway)
            targets.append(Target(int(gateway.listen.rpartition(":")[2]), "/v1", key, hello()))
        _pin([gateway.pid for gateway in gateways], store)
        return await asyncio.to_thread(_compared, gateways, targets, repeats, seconds)
    finally:
        for gateway in gateways:
            gateway.stop()
        await store.close()
        del os.environ["SEAWALL_SECRET"]


def _compared(
    gateways: list[Victim], targets: list[Target], repeats: int, seconds: float
) -> list[Figure]:
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})  # this thread
    rates: dict[int, list[float]] = {1: [], 2: []}
    first = 0
    for turn in range(2 * repeats + 2):
        many, place = 1 + turn % 2, turn // 2 % 2
        chosen = [place] if many == 1 else [0, 1]
        before = sum(cpu_s(gateways[each].pid) for each in chosen)
        start, first = first, first + 10_000_000
        run = closed_loop(
            [targets[each] for each in chosen],
            lambda number, start=start: message(start + number),  # type: ignore[misc]
            CONNECTIONS,
            1,
            seconds,
        )
        spent = sum(cpu_s(gateways[each].pid) for each in chosen) - before
        if turn > 1:  # the first of each warms up
            rates[many].append(run.replies / spent)
    ratios = [b / a for a, b in zip(rates[1], rates[2], strict=True)]
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return [
        Figure("messages per gateway-CPU-second, one gateway", statistics.median(rates[1]), "1/s"),
        Figure("  two gateways", statistics.median(rates[2]), "1/s"),
        Figure(f"two / one (turns {spread})", statistics.median(ratios), "x", 0.9, least=True),
    ]


def _victim(folder: Path) -> tuple[Victim, str]:
    victim = Victim(folder, write_policy(folder / "policy"), log_level="error")
    ensure(Where.of_path(victim.data))
    return victim, victim.key("t")


async def _well(victim: Victim) -> bool:
    return not await degraded(victim.http) and await metric(victim.http, _SPILLED) == 0


async def _other(victim: Victim, pid: int) -> bool:
    """Whether the gateway's Valkey is another process than this one."""
    try:
        return child(victim.pid, "valkey-server") != pid
    except LookupError:
        return False


def _pin(gateways: list[int], store: ValkeyServer) -> None:
    """Put gateways on one core and all that helps them on the other, where there are two."""
    if (os.cpu_count() or 1) < 2:
        return
    for pid in gateways:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {SERVER_CORE})
        os.sched_setaffinity(child(pid, "gateway.record.writer"), {LOAD_CORE})
    if store.pid is not None:
        os.sched_setaffinity(store.pid, {LOAD_CORE})


async def _all(folder: Path, given: argparse.Namespace) -> list[Figure]:
    quick = given.quick
    seconds = 1.0 if quick else 5.0
    runs = given.kills or (2 if quick else 10)
    parts = [
        ("kills", killed(folder / "kills", runs, 2_000 if quick else 10_000)),
        ("Valkey stopped", without_valkey(folder / "valkey", seconds)),
        ("database locked", without_database(folder / "database", seconds)),
        ("journal", commit_waits(2_000 if quick else 20_000)),
        ("two gateways", two(folder / "two", 2 if quick else 6, 1.0 if quick else 2.0)),
    ]
    figures: list[Figure] = []
    for name, work in parts:
        load = os.getloadavg()[0]
        found = await work
        print(f"{name} (machine's load before: {load:.1f}, after: {os.getloadavg()[0]:.1f})")
        print(table(found), flush=True)
        figures += found
    return figures


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    options = argparse.ArgumentParser(prog="seawall bench promises", description=__doc__)
    options.add_argument("--quick", action="store_true", help="shorter: half a minute in all")
    options.add_argument("--kills", type=int, default=0, metavar="N", help="kill runs (10)")
    given = options.parse_args()
    allow_many_sockets()
    print(f"{os.cpu_count()} cores, load {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        figures = asyncio.run(_all(Path(folder), given))
    broken = [figure.what for figure in figures if not figure.met]
    print("all bars met" if not broken else f"missed: {'; '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
