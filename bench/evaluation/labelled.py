"""Labelled sets: what is flagged, held and blocked, by set, language, category, functionality."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from bench.evaluation.cases import Case
from bench.evaluation.judging import LEVELS, ModelScores, Outcome
from bench.evaluation.measures import (
    Counts,
    Interval,
    average_precision,
    counts,
    intervals,
    precision_at,
)
from bench.training.rows import FUNCTIONAL

__all__ = ["GroupScore", "LabelledScore", "score_labelled"]

_PROFANE = frozenset({"profanity"})
_PROFANITY_SETS = frozenset({"peer_profanity_cases"})
_PRECISIONS = (0.88, 0.90, 0.95)
_POINTS = 40


class GroupScore(msgspec.Struct):
    """One slice: measures at each level, the classifier's ranking, and its curve."""

    rows: int
    violating: int
    levels: dict[str, dict[str, Interval]]
    average_precision: float | None
    recall_at_precision: dict[str, float | None]
    curve: list[list[float]]
    """Threshold, precision, recall and false positive rate of the classifier alone."""


class LabelledScore(msgspec.Struct):
    """All labelled sets, sliced."""

    slices: dict[str, dict[str, GroupScore]]
    benign_blocked: Counts
    benign_held: Counts
    samples: list[dict[str, Any]]


def score_labelled(
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
    clusters: Sequence[int],
    models: ModelScores | None,
) -> LabelledScore:
    """Slice and measure. `outcomes` and `clusters` belong to `cases`, place by place."""
    made = _Slicer(cases, outcomes, clusters, models)
    slices = {
        "set": made.by(lambda case: case.source),
        "group and language": made.by(lambda case: f"{case.group} {case.lang}"),
        "learned": made.by(
            lambda case: (
                f"{case.group} {case.lang}"
                if case.learned and case.source not in FUNCTIONAL
                else ""
            )
        ),
        "category": made.by(lambda case: case.category if case.violating else ""),
        "functionality": made.by(
            lambda case: (
                f"{case.source} {case.functionality.partition('/')[0]}"
                if case.functionality and case.source != "bias_madlibs"
                else ""
            )
        ),
    }
    benign = np.array([not case.violating for case in cases])
    level = np.array([outcome.level for outcome in outcomes])
    return LabelledScore(
        slices,
        counts((level >= 3) & benign, ~benign),
        counts((level >= 2) & benign, ~benign),
        [
            {
                "id": case.id,
                "lang": case.lang,
                "level": LEVELS[outcome.level - 1],
                "rules": list(outcome.rules),
                "text": case.text[:200],
            }
            for case, outcome in zip(cases, outcomes, strict=True)
            if not case.violating and outcome.level >= 2
        ][:400],
    )


class _Slicer:
    def __init__(
        self,
        cases: Sequence[Case],
        outcomes: Sequence[Outcome],
        clusters: Sequence[int],
        models: ModelScores | None,
    ) -> None:
        self._cases = cases
        self._clusters = np.array(clusters)
        self._violating = np.array([case.violating for case in cases])
        self._levels = np.array([_level(*pair) for pair in zip(cases, outcomes, strict=True)])
        self._scores = np.array(
            [
                models.score(case.text, f"linear.{case.group}") if models is not None else 0.0
                for case in cases
            ]
        )

    def by(self, key: Callable[[Case], str]) -> dict[str, GroupScore]:
        places: dict[str, list[int]] = defaultdict(list)
        for at, case in enumerate(self._cases):
            name = key(case)
            if name:
                places[name].append(at)
        return {name: self._slice(np.array(places[name])) for name in sorted(places)}

    def _slice(self, at: np.ndarray) -> GroupScore:
        violating, scores = self._violating[at], self._scores[at]
        ranked = bool(scores.any()) and violating.any() and not violating.all()
        return GroupScore(
            len(at),
            int(np.count_nonzero(violating)),
            {
                name: intervals(self._levels[at] >= level, violating, self._clusters[at].tolist())
                for level, name in enumerate(LEVELS, start=1)
            },
            average_precision(scores, violating) if ranked else None,
            {
                f"{least:g}": (
                    found[0] if (found := precision_at(scores, violating, least)) else None
                )
                for least in _PRECISIONS
            }
            if ranked
            else {},
            _curve(scores, violating) if ranked else [],
        )


def _level(case: Case, outcome: Outcome) -> int:
    """Return the level; on benign rows a flag for profanity alone is no fault.

    Except where profanity is what the set is about.
    """
    profane = outcome.level == 1 and outcome.categories <= _PROFANE
    if profane and not case.violating and case.source not in _PROFANITY_SETS:
        return 0
    return outcome.level


def _curve(scores: np.ndarray, violating: np.ndarray) -> list[list[float]]:
    bad, good = scores[violating], scores[~violating]
    points = []
    for threshold in np.unique(np.quantile(scores, np.linspace(0, 1, _POINTS))):
        caught, wrong = np.mean(bad >= threshold), np.mean(good >= threshold)
        said = np.count_nonzero(scores >= threshold)
        precision = np.count_nonzero(bad >= threshold) / said if said else 1.0
        points.append([round(float(x), 4) for x in (threshold, precision, caught, wrong)])
    return points
