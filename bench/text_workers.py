"""What asking a text worker costs the gateway, and how soon it answers.

    python -m bench.text_workers [--model linear] [--rate 2000]

Each line is one size of tick: so many texts asked in one pass of the loop, as often as the rate
needs; a tick never waits for the answers of the one before. `cpu` is of the gateway's process (user
and system) less what the same loop costs without asking. Without `--model` a stand-in judges that
is busy for 100 µs a text. The last line asks for fifteen times the rate: what cannot be judged in
time is told so.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections import Counter
from collections.abc import Sequence

import msgspec
import uvloop

from detectors.models.unit import Unit
from seawall.errors import ConfigError
from seawall.signals import Signal
from workers.client import SHIPPED, Heard, Model, TextWorkers

__all__ = ["Spin", "main"]

_TEXTS = (
    "gg well played everyone, see you at eight tomorrow",
    "free airdrop for the first hundred people, connect your wallet here: example.com",
    "lol",
    "does anybody know how to install the driver on the new version without a network",
    "you are a complete idiot and nobody wants you here, get lost",
)


class Spin:
    """A stand-in of known cost: busy for so many microseconds a text, says something of each."""

    name = "spin"
    version = "0" * 16

    def __init__(self, us: float = 100.0, loud: bool = False) -> None:
        """Take the cost of a text, and whether each gets a signal."""
        self._s = us / 1e6
        self._says = [Signal("spin.spam", 0.5, "spin", "spam")] if loud else []

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        """Burn the time."""
        until = time.perf_counter() + self._s * len(units)
        while time.perf_counter() < until:
            pass
        return [self._says for _ in units]


class Figures(msgspec.Struct, frozen=True):
    """One line. Microseconds of CPU a text, milliseconds of waiting, shares of texts."""

    tick: int
    asked: int
    cpu_us: float
    worker_us: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    batch: float
    unchecked: float


class Load(msgspec.Struct, frozen=True):
    """How many texts are asked at a time and in all, how many a second, and with what deadline."""

    tick: int
    count: int
    rate: float
    budget_s: float


async def _ticks(
    workers: TextWorkers | None, name: str, load: Load, waits: list[float]
) -> Counter[str]:
    """Ask as the load says; return how many were unchecked, by cause."""
    tick, count = load.tick, load.count
    loop, clock = asyncio.get_running_loop(), time.perf_counter
    why: Counter[str] = Counter()
    left = count
    every = asyncio.Event()
    began = loop.time()
    for number in range(0, count, tick):
        pause = began + number / load.rate - loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        at = clock()

        def heard(answer: Heard, at: float = at) -> None:
            nonlocal left
            waits.append(clock() - at)
            if answer.unchecked:
                why[answer.unchecked] += 1
            left -= 1
            if not left:
                every.set()

        until = loop.time() + load.budget_s
        for place in range(number, min(count, number + tick)):
            text = _TEXTS[place % len(_TEXTS)]
            if workers is None:
                heard(Heard())
            else:
                workers.ask(name, text, until=until, done=heard)
    await every.wait()
    return why


async def measure(model: Model, load: Load) -> Figures:
    """Run one line with a fresh worker."""
    workers = TextWorkers([model])
    await workers.start()
    if problems := workers.problems():
        raise ConfigError(f"{model.name} {problems[model.name]}")
    warm = msgspec.structs.replace(load, count=min(load.count, load.tick * 8))
    await _ticks(workers, model.name, warm, [])
    idle = time.process_time()
    await _ticks(None, model.name, load, [])
    cpu = time.process_time()
    idle = cpu - idle
    [before] = workers.stats()
    waits: list[float] = []
    why = await _ticks(workers, model.name, load, waits)
    cpu = time.process_time() - cpu
    [after] = workers.stats()
    await workers.close()
    waits.sort()
    count = load.count
    judged = max(1, after.batch_units - before.batch_units)
    return Figures(
        tick=load.tick,
        asked=count,
        cpu_us=(cpu - idle) / count * 1e6,
        worker_us=(after.judged_s - before.judged_s) / judged * 1e6,
        p50_ms=waits[count // 2] * 1e3,
        p95_ms=waits[count * 95 // 100] * 1e3,
        p99_ms=waits[count * 99 // 100] * 1e3,
        batch=judged / max(1, after.batches - before.batches),
        unchecked=sum(why.values()) / count,
    )


def _model(options: argparse.Namespace) -> Model:
    if not options.model:
        return Model("spin", "bench.text_workers:Spin", "spin.", {"us": options.us})
    return next(model for model in SHIPPED if model.name == options.model)


def main() -> int:
    """Print the table, or JSON lines with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=[model.name for model in SHIPPED])
    parser.add_argument("--us", type=float, default=100.0, help="the stand-in's cost of a text")
    parser.add_argument("--rate", type=float, default=2000.0, help="texts a second")
    parser.add_argument("--budget-ms", type=float, default=50.0, help="until when an answer counts")
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = _model(options)
    if not options.json:
        print(
            "tick   rate/s  cpu µs/text  judged µs/text  back ms p50"
            "    p95    p99  batch  unchecked"
        )
    lines = [(tick, options.rate) for tick in (1, 4, 16, 64)] + [(16, 15 * options.rate)]
    for tick, rate in lines:
        line = uvloop.run(
            measure(
                model,
                Load(tick, max(1, options.count // tick) * tick, rate, options.budget_ms / 1000),
            )
        )
        if options.json:
            print(msgspec.json.encode(line).decode())
        else:
            print(
                f"{tick:4} {rate:8.0f} {line.cpu_us:12.2f} {line.worker_us:15.1f}"
                f" {line.p50_ms:12.2f} {line.p95_ms:6.2f} {line.p99_ms:6.2f}"
                f" {line.batch:6.1f} {line.unchecked:10.4f}"
            )
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if not options.json:
        print(f"the gateway's side held {used} MB at most")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
