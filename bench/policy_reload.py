"""Print how long the event loop stands still while a large policy is reloaded.

Run `python -m bench.policy_reload`. A policy of 10,000 terms and 500 patterns is made up, and
served; then one term in it is changed as often as asked for, and the change is watched, built, put
in force and the old policy let go as the gateway does it. Meanwhile the loop is woken every
millisecond, judges some messages at each tick (`--load` µs of work) and notes how late it is woken.
`quiet` is the same without a reload: what the machine itself costs. `--in-thread` builds in a
thread of the serving process instead, as a gateway does where it cannot start a child.

`late` is how much later than its millisecond a tick comes. `stall` is what is left of that without
the time in which the loop could have run and had no processor (the kernel counts it), so that other
programs on the machine count less; a program that takes the processor from the thread the loop
waits for still does.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from gateway.chat.rulesets import Rulesets
from gateway.policy.building import Builder
from gateway.policy.load import load_policy
from gateway.policy.retire import Retirement
from gateway.policy.watch import PolicyWatch
from gateway.serve import GC_THRESHOLD
from seawall.events import User
from seawall.fold import fold

__all__ = ["main"]

BAR_MS = 5.0
_TICK_S = 0.001
_A_RULE = 20
"""Patterns that one rule reads."""
_USER = User("bench")
_LEXICON = "lexicon.any.yaml"
_MANIFEST = "policy: made-up\nnotices: {spam: {en: Spam.}}\n"


def main() -> int:
    """Measure and print; 1 when the worst stall is over the bar."""
    parser = argparse.ArgumentParser(prog="seawall bench policy-reload", description=__doc__)
    parser.add_argument("--terms", type=int, default=10_000)
    parser.add_argument("--patterns", type=int, default=500)
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--load", type=int, default=300, metavar="µs", help="work in each tick")
    parser.add_argument("--in-thread", action="store_true", help="build in the serving process")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = uvloop.run(_measure(given))
    if given.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            told = "  ".join(f"{key} {value:.2f}" for key, value in figures.items())
            print(f"{name:<8} {told}")
    return int(found["reload"]["worst ms"] > BAR_MS)


class Ticks:
    """Wakes the loop every millisecond, works, and notes how late it was woken, seconds."""

    def __init__(self, rulesets: Rulesets, work_s: float) -> None:
        self.late: list[float] = []
        self.stalls: list[float] = []
        self._schedule = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self.judged = 0
        self._rulesets = rulesets
        self._work_s = work_s
        self._texts = [fold(text) for text in _sentences(random.Random(3), 500)]

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            queued, before = self._queued(), time.perf_counter()
            await asyncio.sleep(_TICK_S)
            now = time.perf_counter()
            late = now - before - _TICK_S
            self.late.append(late)
            self.stalls.append(max(0.0, late - (self._queued() - queued)))
            while time.perf_counter() - now < self._work_s:
                text = self._texts[self.judged % len(self._texts)]
                self._rulesets.of("").detectors.detect(text, _USER)
                self.judged += 1

    def figures(self) -> dict[str, float]:
        """Return the worst and the 99th percentile, ms, and begin anew."""
        stalls, late = sorted(self.stalls), sorted(self.late)
        self.stalls, self.late = [], []
        return {
            "worst ms": stalls[-1] * 1000,
            "p99 ms": stalls[int(len(stalls) * 0.99)] * 1000,
            "over 5 ms": float(sum(each > BAR_MS / 1000 for each in stalls)),
            "worst late ms": late[-1] * 1000,
            "p99 late ms": late[int(len(late) * 0.99)] * 1000,
            "ticks": float(len(stalls)),
        }

    def _queued(self) -> float:
        """Return how long this thread has waited for a processor, seconds."""
        return int(os.pread(self._schedule, 100, 0).split()[1]) / 1e9


async def _measure(given: argparse.Namespace) -> dict[str, dict[str, float]]:
    with TemporaryDirectory() as name:
        folder = Path(name) / "policy"
        folder.mkdir()
        terms = _write(folder, given.terms, given.patterns)
        lexicons = [_lexicon(terms, number) for number in range(given.reloads)]
        rulesets = Rulesets(load_policy(folder), {})
        retirement = Retirement()
        rulesets.retire = retirement.add
        watch = PolicyWatch(
            folder,
            None,
            rulesets.replace(None),
            version=rulesets.of("").policy.version,
            build=None if given.in_thread else Builder().build,
        )
        ticks = Ticks(rulesets, given.load / 1e6)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        tasks = [asyncio.create_task(ticks.run()), asyncio.create_task(retirement.run())]
        await asyncio.sleep(3.0)
        found = {"quiet": ticks.figures()}
        took = []
        for lexicon in lexicons:
            await asyncio.to_thread((folder / _LEXICON).write_bytes, lexicon)
            began = time.perf_counter()
            await watch.look(now=True)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.2)
        await asyncio.sleep(4.0)  # the last one is let go
        found["reload"] = {**ticks.figures(), "reload s": median(took)}
        assert watch.counts["loaded"] == given.reloads, watch.counts
        for task in tasks:
            assert not task.done(), task.exception()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return found


def _write(folder: Path, terms: int, patterns: int) -> list[str]:
    pick = random.Random(1)
    (folder / "policy.yaml").write_text(_MANIFEST)
    names = [f"pattern.made_{number}" for number in range(patterns)]
    rules = [["lexicon.spam"], *(names[at : at + _A_RULE] for at in range(0, patterns, _A_RULE))]
    (folder / "rules.yaml").write_text(
        "".join(
            f"- {{rule: spam-{number}, category: spam, when: {' or '.join(signals)}, then: hold}}\n"
            for number, signals in enumerate(rules)
        )
    )
    written = sorted({" ".join(_words(pick, pick.choice([1, 1, 2, 3]))) for _ in range(2 * terms)})
    chosen = [term for term in written if len(term) > 5][:terms]
    (folder / _LEXICON).write_bytes(_lexicon(chosen, -1))
    lines = [
        f"- {{pattern: made-{number}, category: spam, regex: "
        f"'\\b{_word(pick)}\\s+(?:{_word(pick)}|{_word(pick)})\\b'}}"
        for number in range(patterns)
    ]
    (folder / "patterns.yaml").write_text("\n".join(lines) + "\n")
    return chosen


def _lexicon(terms: list[str], number: int) -> bytes:
    lines = [f"  - {{term: {term}, category: spam, match: {_match(term)}}}" for term in terms]
    lines.append(f"  - {{term: changed the {number + 2} time, category: spam}}")
    return ("lexicon: any\nterms:\n" + "\n".join(lines) + "\n").encode()


def _match(term: str) -> str:
    return "squashed" if len(term) % 5 == 0 else "word"


def _word(pick: random.Random) -> str:
    return "".join(
        pick.choice("bcdfghklmnprstvw") + pick.choice("aeiou") for _ in range(pick.randint(2, 4))
    )


def _words(pick: random.Random, count: int) -> Iterator[str]:
    return (_word(pick) for _ in range(count))


def _sentences(pick: random.Random, count: int) -> Iterator[str]:
    return (" ".join(_words(pick, 12))[:80] for _ in range(count))


if __name__ == "__main__":
    sys.exit(main())
