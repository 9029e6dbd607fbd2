"""From margins to scores: how often a margin is right, per head and language, out of fold.

A level says: from this margin on the score is at least p. It is the least margin at which

1. at least p of the rows of that language which reach it are violating, and enough reach it;
2. no more of that language's benign rows reach it than `_OWN` allows;
3. no more lines of benign chat reach it than `_CHAT` allows, read in that language.

Only natural texts count: suites made from templates say little about how people write. A language
that was not measured gets the English levels, cut off at `UNMEASURED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.training.rows import ABUSE, FUNCTIONAL, STREAMS, Row, is_coarse
from detectors.models.language import UNKNOWN, language
from detectors.models.weights import HEADS, Level

__all__ = [
    "FUNCTIONAL_ONLY",
    "ONCE",
    "ONE_DOMAIN",
    "PROVEN",
    "UNMEASURED",
    "UNPROVEN",
    "Calibration",
]

PROVEN: Final[Mapping[str, tuple[str, ...]]] = {
    "abuse": ("en", "vi", "pt", UNKNOWN),
    "spam": ("en", "id", "ru", UNKNOWN),
}
"""Languages in which a head of the group may score over `UNPROVEN`."""
UNPROVEN: Final = 0.85
"""The highest score in a language that was measured and found wanting."""
FUNCTIONAL_ONLY: Final = 0.75
"""The highest score where there are only template suites to measure with."""
UNMEASURED: Final = 0.5
"""The highest score where there is nothing."""

ONE_DOMAIN: Final = 0.94
"""What is left of a score where a language was measured in one set only (`ONCE`).

Indonesian spam is known from comments under gambling videos alone; of ordinary Indonesian talk the
levels that hold there reach 22 lines in 100. Such a score may flag; it stays under what holds.
"""
ONCE: Final[frozenset[tuple[str, str]]] = frozenset({("spam", "id")})

_LEVELS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99)
_ENOUGH: Final = 25
_OWN: Final = ((0.5, 0.25), (0.7, 0.15), (0.8, 0.10), (0.9, 0.10), (0.95, 0.05), (1.0, 0.02))
_CHAT: Final = ((0.3, 0.05), (0.5, 0.02), (0.8, 0.005), (0.92, 0.005), (0.95, 0.002), (1.0, 0.001))
# In a room of another language only some lines are like those of `_CHAT`; what nothing is known of
# comes from rooms of every language, and most of them were not measured.
_STRICTNESS: Final[Mapping[str, float]] = {"en": 1.0, UNKNOWN: 0.5}
_ELSEWHERE: Final = 2.0
_STEPS: Final = 10_000  # of a margin; files need no more
_FLOOR_SCORE: Final = 0.02
_FLOOR_BELOW: Final = 3.0

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Calibration:
    """What rows say about margins. The languages of rows are worked out once."""

    def __init__(self, rows: Sequence[Row], targets: NDArray[np.int64]) -> None:
        """Take rows and, for each, what each head should say (-1: nobody knows)."""
        self._targets = targets
        self._natural = np.array([not r.stream and r.name not in FUNCTIONAL for r in rows])
        self._suite = np.array([row.name in FUNCTIONAL for row in rows])
        self._chat = np.array([row.stream for row in rows])
        self._streams = [
            np.array([row.name == name and not is_coarse(row.text) for row in rows])
            for name in STREAMS
        ]
        alone = [language(row.text) for row in rows]
        told = [language(row.text, row.lang) for row in rows]
        self.languages = sorted({row.lang for row in rows} | {UNKNOWN})
        self._of = {
            name: np.array([name in pair for pair in zip(alone, told, strict=True)])
            for name in self.languages
        }
        self._chat_of = {
            name: np.array([r.stream and language(r.text, name) == name for r in rows])
            for name in self.languages
        }

    def levels(self, head: int, margins: Floats, used: Bools) -> dict[str, tuple[Level, ...]]:
        """Return the levels of one head per language, from the rows that are `used`."""
        group = "abuse" if HEADS[head] in (*ABUSE, "abuse") else "spam"
        found: dict[str, tuple[Level, ...]] = {}
        for name in self.languages:
            cap = 1.0 if name in PROVEN[group] else UNPROVEN
            levels = self._measured(head, name, margins, used & ~self._suite, cap)
            if not levels:
                levels = self._measured(head, name, margins, used & ~self._natural, FUNCTIONAL_ONLY)
            if levels and (group, name) in ONCE:
                levels = tuple((margin, round(s * ONE_DOMAIN, 4)) for margin, s in levels)
            if levels:
                found[name] = levels
        found[""] = _capped(found.get("en", ((0.0, _FLOOR_SCORE),)), UNMEASURED)
        return found

    def _measured(
        self, head: int, name: str, margins: Floats, used: Bools, cap: float
    ) -> tuple[Level, ...]:
        wanted = self._targets[:, head]
        mine = used & self._of[name] & ~self._chat & (wanted >= 0)
        if ((wanted == 1) & mine).sum() < 2 * _ENOUGH:
            return ()
        order = np.argsort(-margins[mine], kind="stable")
        falling = margins[mine][order]
        precision = np.cumsum(wanted[mine][order]) / np.arange(1, len(order) + 1)
        benign = np.sort(margins[mine & (wanted == 0)])
        levels: list[Level] = []
        for score in (score for score in _LEVELS if score <= cap):
            enough = max(_ENOUGH, round(0.5 / (1 - score)))
            right = np.flatnonzero(precision[enough - 1 :] >= score)
            if not len(right):
                break
            least = float(falling[right[-1] + enough - 1])
            least = max(least, _over(benign, _allowed(_OWN, score), len(benign)))
            for stream in (stream & used for stream in self._streams):
                lines = np.sort(margins[stream & self._chat_of[name]])
                share = _allowed(_CHAT, score) * _STRICTNESS.get(name, _ELSEWHERE)
                least = max(least, _over(lines, share, int(stream.sum())))
            least = ceil(least * _STEPS) / _STEPS  # never below what was measured
            levels.append((max(least, levels[-1][0]) if levels else least, score))
        return _with_floor(_stepped(levels))


def _allowed(table: Sequence[tuple[float, float]], score: float) -> float:
    return next(share for below, share in table if score <= below)


def _over(rising: Floats, share: float, count: int) -> float:
    """Return the least margin that no more than a share of `count` reach; `rising` are theirs."""
    most = int(share * count)
    if most >= len(rising):
        return -np.inf
    return float(np.nextafter(rising[len(rising) - most - 1], np.inf))


def _with_floor(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Let scores fall to nearly nothing below the lowest level."""
    if not levels:
        return ()
    least, score = levels[0]
    low = (round(least - _FLOOR_BELOW, 4), min(_FLOOR_SCORE, score))
    return (low, *levels)


def _stepped(levels: Sequence[Level]) -> list[Level]:
    """Where several levels begin at one margin, stay under the lowest of them until there.

    Scores between two levels lie on a line; without this they would promise too much below a step.
    """
    steps: list[Level] = []
    for least, together in groupby(levels, key=lambda level: level[0]):
        scores = [score for _, score in together]
        if len(scores) > 1:
            steps.append((round(least - 1 / _STEPS, 4), scores[0] - 0.0001))
        steps.append((least, scores[-1]))
    return steps


def _capped(levels: Sequence[Level], cap: float) -> tuple[Level, ...]:
    return tuple((margin, min(score, cap)) for margin, score in levels)
