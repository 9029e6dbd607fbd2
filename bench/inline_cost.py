"""Print what all inline work on a text costs: fold and every detector, CPU microseconds a message.

    seawall bench inline-cost [--messages FILE.jsonl ...] [--policy FOLDER]

The policy is measured as it is, with its patterns cut to 500, and that again with 10,000 terms made
up from a fixed seed. Messages are the ASCII texts of the files (`text` of each line) by length, or
made-up ones. `mean` is over messages in turn, as a gateway meets them. `median` and `p90` are over
messages by themselves, the best of five in a row, with what they need still in the caches. Every
repetition measures all policies in turn; what is printed is the best of them.

With files a last line says what all their texts cost in the order of the files, ASCII or not, where
what was said lately is not worked out again (`InlineDetectors.examine`), and without that memory.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter_ns, process_time
from typing import Final

import msgspec

from detectors.inline import InlineDetectors
from gateway.config import shipped_policy
from gateway.policy.load import load_policy
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import LexiconEntry, Policy
from seawall.taxonomy import CATEGORIES, Severity

__all__ = ["main"]

_LENGTHS: Final = ((1, 20), (20, 60), (60, 100), (100, 200))
_TERMS: Final = 10_000
_PATTERNS: Final = 500
_EACH: Final = 1_000
_USER: Final = User("bench", name="viewer")
_SYLLABLES: Final = [a + b + c for a in "bcdfgklmnprstvz" for b in "aeiou" for c in ("", *"nrst")]
_WORDS: Final = (
    "the to i it you a is and of in that for on my this have not with just what do but if like so "
    "can be its how get im are was no or me dont at use as work your there all one know from when "
    "an out up any does has ok will some they then now yes need run go he we try game stream chat "
    "play music server install file screen boss level song night morning"
)

Detect = Callable[[str], object]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="seawall bench inline-cost")
    parser.add_argument("--messages", nargs="*", default=[], metavar="FILE", help="JSON lines")
    parser.add_argument("--policy", default=shipped_policy())
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    start = process_time()
    policy = load_policy(given.policy)
    loaded = process_time()
    built = {"the policy": InlineDetectors(policy)}
    print(
        f"{len(policy.tables.patterns)} patterns, {len(policy.tables.lexicon)} terms: "
        f"loaded in {loaded - start:.2f} s, detectors built in {process_time() - loaded:.2f} s"
    )
    cut = _cut(policy)
    built[f"{_PATTERNS} patterns"] = InlineDetectors(cut)
    built[f"{_PATTERNS} patterns, {_TERMS:,} terms"] = InlineDetectors(_with_terms(cut))
    gc.collect()
    gc.freeze()
    gc.disable()  # its pauses are another's cost
    texts = _read(given.messages) if given.messages else _made_up()
    print(f"{'characters':>12} {'messages':>9} {'policy':<32} {'mean':>6} {'median':>7} {'p90':>6}")
    for low, high in _LENGTHS:
        some = [text for text in texts if low <= len(text) < high][:_EACH]
        if len(some) < 20:
            continue
        runs: dict[str, Detect] = {"fold alone": fold}
        runs |= {name: _run(detectors) for name, detectors in built.items()}
        for name, row in _measured(some, runs, given.repeats).items():
            print(
                f"{f'{low}-{high}':>12} {len(some):>9} {name:<32} "
                f"{row[0]:>6.1f} {row[1]:>7.1f} {row[2]:>6.1f}"
            )
    if given.messages:
        _tell_again(given.messages, policy, given.repeats)
    return 0


def _tell_again(files: Iterable[str], policy: Policy, repeats: int) -> None:
    """Print what texts cost in their order, with and without the memory of those said lately."""
    texts = [text for some in _lines(files) for text in some]
    least = [float("inf"), float("inf")]
    detectors = InlineDetectors(policy)
    # The end of the files is remembered when they begin anew: a few hundred texts of all.
    runs: tuple[Detect, ...] = (_run(detectors), partial(detectors.examine, user=_USER))
    for _ in range(repeats):
        for at, run in enumerate(runs):
            start = process_time()
            for text in texts:
                run(text)
            least[at] = min(least[at], (process_time() - start) / len(texts) * 1e6)
    print(f"{len(texts)} texts in turn: {least[0]:.1f}, with what was said lately {least[1]:.1f}")


def _run(detectors: InlineDetectors) -> Detect:
    return lambda text: detectors.detect(fold(text), _USER)


def _measured(
    texts: list[str], runs: dict[str, Detect], repeats: int
) -> dict[str, tuple[float, ...]]:
    """Return the mean in turn, and median and nine tenths of each by itself, for every run."""
    best: dict[str, tuple[float, ...]] = dict.fromkeys(runs, (float("inf"),) * 3)
    for _ in range(repeats):
        for name, run in runs.items():
            start = process_time()
            for text in texts:
                run(text)
            mean = (process_time() - start) / len(texts) * 1e6
            cuts = quantiles([_alone(text, run) for text in texts], n=10)
            best[name] = tuple(map(min, best[name], (mean, cuts[4], cuts[8])))
    return best


def _alone(text: str, run: Detect) -> float:
    least = 1 << 62
    for _ in range(5):
        start = perf_counter_ns()
        run(text)
        least = min(least, perf_counter_ns() - start)
    return least / 1000


def _cut(policy: Policy) -> Policy:
    """Return the policy with every n-th pattern, so that every category and language has some."""
    patterns = policy.tables.patterns
    step = max(1.0, len(patterns) / _PATTERNS)
    few = tuple(patterns[int(at * step)] for at in range(min(_PATTERNS, len(patterns))))
    return msgspec.structs.replace(
        policy, tables=msgspec.structs.replace(policy.tables, patterns=few)
    )


def _with_terms(policy: Policy) -> Policy:
    pick = random.Random(7)
    made = {"".join(pick.choices(_SYLLABLES, k=pick.randint(3, 4))) for _ in range(2 * _TERMS)}
    lexicon = policy.tables.lexicon
    names = sorted(made)[: max(0, _TERMS - len(lexicon))]
    more = tuple(
        LexiconEntry(name, CATEGORIES[at % len(CATEGORIES)].name, Severity.LOW)
        for at, name in enumerate(names)
    )
    return msgspec.structs.replace(
        policy, tables=msgspec.structs.replace(policy.tables, lexicon=(*lexicon, *more))
    )


def _read(files: Iterable[str]) -> list[str]:
    """Return the ASCII texts of JSON lines, files in turn."""
    some = zip(*_lines(files), strict=False)
    return [text for texts in some for text in texts if text.isascii()]


def _lines(files: Iterable[str]) -> list[list[str]]:
    lines = [Path(file).read_text(encoding="utf-8").splitlines() for file in files]
    return [[json.loads(line).get("text") or "" for line in some] for some in lines]


def _made_up() -> list[str]:
    """Return talk made of the same few hundred words as most chat, from a fixed seed."""
    words = _WORDS.split()
    pick = random.Random(5)
    weights = [1 / (rank + 2) for rank in range(len(words))]
    return [" ".join(pick.choices(words, weights, k=pick.randint(2, 40))) for _ in range(8 * _EACH)]


if __name__ == "__main__":
    raise SystemExit(main())
