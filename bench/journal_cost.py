"""What a recorded decision costs the gateway: CPU per entry, and how long its commit is waited for.

    python -m bench.journal_cost

Each line is one size of batch: so many decisions appended in one pass of the loop, the next batch
when all of them are durable. `busy` lines keep the loop busy besides, as saturation does. CPU is of
the gateway process (user and system), `writer` of the process beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

from gateway.record.database import ensure
from gateway.record.entry import Entry, Evidence
from gateway.record.journal import Journal
from seawall.actions import Action, Target
from seawall.errors import SeawallError

__all__ = ["main"]

_TEXT = "free airdrop for the first hundred people, connect your wallet here: example.com"
_MUTE = (Action(Target("user", "room-7", "user-12345"), "mute", 600.0),)


class Figures(msgspec.Struct, frozen=True):
    """One line. Microseconds of CPU per entry, milliseconds of waiting."""

    batch: int
    busy: bool
    entries: int
    cpu_us: float
    build_us: float
    writer_us: float
    wait_p50_ms: float
    wait_p99_ms: float
    per_second: float


def entry(number: int, at: float) -> Entry:
    """Build a decision as the chat path would."""
    return Entry(
        "verdict",
        "tenant",
        f"message-{number}",
        at,
        "block",
        room="room-7",
        user=f"user-{number % 1000}",
        surface="chat",
        actions=_MUTE if number % 4 == 0 else (),
        rule="wallet-drainer-link",
        category="scam.phishing",
        severity="high",
        detector="links",
        score=0.93,
        policy="0123456789abcdef",
        stage="act",
        ms_total=1.25,
        evidence=Evidence(_TEXT, "Some Body"),
    )


async def _spin(stop: asyncio.Event) -> None:
    """Keep the loop busy in slices of a millisecond."""
    while not stop.is_set():
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)


async def _batches(journal: Journal, batch: int, entries: int) -> list[float]:
    """Append batch after batch; return how long each entry waited, in seconds."""
    waits: list[float] = []
    clock = time.perf_counter
    for start in range(0, entries, batch):
        done = asyncio.get_running_loop().create_future()
        left = batch

        def answered(began: float) -> Callable[[SeawallError | None], None]:
            def heard(error: SeawallError | None) -> None:
                nonlocal left
                if error is not None:
                    raise error
                waits.append(clock() - began)
                left -= 1
                if left == 0:
                    done.set_result(None)  # noqa: B023  (called before the next turn)

            return heard

        at = time.time()
        for number in range(start, start + batch):
            journal.append(entry(number, at), answered(clock()))
        await done
    return waits


async def measure(batch: int, entries: int, busy: bool) -> Figures:
    """Run one line on a fresh database."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        ensure(data)
        journal = Journal(data)
        await journal.start()
        stop = asyncio.Event()
        spin = asyncio.create_task(_spin(stop)) if busy else None
        await _batches(journal, batch, batch * 8)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu, wall = time.process_time(), time.perf_counter()
        waits = sorted(await _batches(journal, batch, entries))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        stop.set()
        if spin is not None:
            await spin
        await journal.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    count = len(waits)
    writer = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(
        batch=batch,
        busy=busy,
        entries=count,
        cpu_us=cpu / count * 1e6,
        build_us=_build_us(),
        writer_us=writer / count * 1e6,
        wait_p50_ms=waits[count // 2] * 1e3,
        wait_p99_ms=waits[min(count - 1, count * 99 // 100)] * 1e3,
        per_second=count / wall,
    )


def _build_us() -> float:
    """Measure what building an entry costs: paid by the caller, contained in `cpu_us`."""
    began = time.process_time()
    for number in range(20_000):
        entry(number, 1.0)
    return (time.process_time() - began) / 20_000 * 1e6


def main() -> int:
    """Print the table, or JSON lines with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json:
        print("batch busy  cpu µs/entry (of it building)  writer µs  wait ms p50    p99  entries/s")
    for batch, busy in ((1, False), (8, False), (64, False), (512, False), (8, True), (64, True)):
        entries = max(batch, min(options.entries, batch * 2000) // batch * batch)
        line = uvloop.run(measure(batch, entries, busy))
        if options.json:
            print(msgspec.json.encode(line).decode())
        else:
            print(
                f"{line.batch:5} {'yes' if busy else 'no':4} {line.cpu_us:13.2f}"
                f" {line.build_us:15.2f} {line.writer_us:10.2f} {line.wait_p50_ms:12.2f}"
                f" {line.wait_p99_ms:6.2f} {line.per_second:10.0f}"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
