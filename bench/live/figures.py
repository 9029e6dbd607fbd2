"""What answers, coverage and CPU times of a run come to; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, nan

import msgspec

from bench.live.sender import Part
from bench.live.watched import Answer

__all__ = ["Lags", "coverage", "dark", "lags", "percentile", "within", "word_lags"]

STEP_S = 0.1
"""Each so much of speech stands for a word."""


class Lags(msgspec.Struct, frozen=True):
    """How many, and seconds."""

    count: int
    p50_s: float
    p95_s: float
    most_s: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of all do not exceed; nan where there is none."""
    if not values:
        return nan
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def lags(values: Sequence[float]) -> Lags:
    """Return what they come to."""
    return Lags(
        len(values), percentile(values, 0.5), percentile(values, 0.95), max(values, default=nan)
    )


def within(found: Iterable[Answer], start: float, end: float) -> list[Answer]:
    """Return the answers about what was captured between two times."""
    return [each for each in found if start <= each.end < end]


def word_lags(found: Iterable[Answer]) -> list[float]:
    """Return how long after it was said each tenth of a second of speech was heard, first.

    A provisional pass counts: what it holds is judged.
    """
    reached: dict[str, float] = {}
    waits: list[float] = []
    for each in sorted(found, key=lambda answer: answer.when):
        if each.unit != "speech":
            continue
        since = max(reached.get(each.stream, each.start), each.start)
        for number in range(1, int((each.end - since) / STEP_S + 1e-6) + 1):
            waits.append(each.when - since - number * STEP_S)
        reached[each.stream] = max(reached.get(each.stream, each.end), each.end)
    return waits


def coverage(parts: Iterable[Part], start: float, end: float) -> dict[str, float]:
    """Return the shares that were examined between two times, and seconds unchecked by cause."""
    told = dict.fromkeys(("frames", "speech"), 0.0)
    length = 0.0
    causes: dict[str, float] = {}
    for part in parts:
        for from_, to, frames, speech, _ in part.coverage:
            if start <= from_ and to <= end:
                length += to - from_
                told["frames"] += frames * (to - from_)
                told["speech"] += speech * (to - from_)
        for from_, to, unit, cause in part.unchecked:
            if start <= from_ and to <= end:
                name = f"{unit}.{cause}"
                causes[name] = causes.get(name, 0.0) + to - from_
    shares = {name: total / length if length else nan for name, total in told.items()}
    return shares | causes


def dark(part: Part) -> tuple[float, float] | None:
    """Return from the offending frame to the last byte, and to the command; None without a cut."""
    cut = next((from_ for _, _, from_, _, action in part.findings if action == "cut"), None)
    if cut is None or part.cut_at is None:
        return None
    return part.last_at - cut, part.cut_at - cut
