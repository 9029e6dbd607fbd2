"""Measures of a binary judgement, with intervals that know which rows belong together.

Intervals are percentile bootstraps over clusters: templates and near-duplicates are drawn together,
because a hundred rows of one template are one observation a hundred times.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "Interval", "average_precision", "counts", "intervals", "precision_at"]

DRAWS = 400
PREVALENCE = 0.01
Bools = NDArray[np.bool_]


class Interval(msgspec.Struct, frozen=True):
    """A value and its 95 % interval; None where nothing can be said."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Counts(msgspec.Struct, frozen=True):
    """What was said of violating and benign rows."""

    caught: int
    violating: int
    wrong: int
    benign: int

    @property
    def recall(self) -> float | None:
        """Share of the violating rows that were caught."""
        return self.caught / self.violating if self.violating else None

    @property
    def precision(self) -> float | None:
        """Share of what was caught that is violating."""
        said = self.caught + self.wrong
        return self.caught / said if said else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        said = self.caught + self.wrong + self.violating
        return 2 * self.caught / said if said else None

    @property
    def per_thousand(self) -> float | None:
        """False positives in a thousand benign rows."""
        return 1000 * self.wrong / self.benign if self.benign else None

    @property
    def rare_precision(self) -> float | None:
        """Precision where only one row in a hundred is violating."""
        if not self.violating or not self.benign:
            return None
        true = PREVALENCE * self.caught / self.violating
        false = (1 - PREVALENCE) * self.wrong / self.benign
        return true / (true + false) if true + false else None


def counts(said: Bools, violating: Bools) -> Counts:
    """Count what was said of rows."""
    caught = int(np.count_nonzero(said & violating))
    total = int(np.count_nonzero(violating))
    return Counts(caught, total, int(np.count_nonzero(said)) - caught, len(violating) - total)


def intervals(
    said: Bools, violating: Bools, clusters: Sequence[int], draws: int = DRAWS
) -> dict[str, Interval]:
    """Return every measure with its interval. The same rows give the same intervals."""
    whole = counts(said, violating)
    names = ("precision", "recall", "f1", "per_thousand", "rare_precision")
    _, which = np.unique(np.asarray(clusters), return_inverse=True)
    size = int(which.max()) + 1 if len(which) else 0
    columns = np.stack(
        [
            np.bincount(which, weights=part, minlength=size)
            for part in (said & violating, violating, said & ~violating, ~violating)
        ]
    )
    chance = np.random.default_rng(7)
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(draws if size > 1 else 0):
        picked = columns[:, chance.integers(0, size, size)].sum(axis=1)
        some = Counts(*(int(number) for number in picked))
        for name in names:
            value = getattr(some, name)
            if value is not None:
                drawn[name].append(value)
    return {name: _interval(getattr(whole, name), drawn[name]) for name in names}


def average_precision(scores: NDArray[np.float64], violating: Bools) -> float | None:
    """Return the average precision of a ranking; ties count as one step."""
    total = int(np.count_nonzero(violating))
    if total == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    caught = np.cumsum(violating[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    recall = caught[last] / total
    precision = caught[last] / (last + 1)
    return float(np.sum(np.diff(np.concatenate(([0.0], recall))) * precision))


def precision_at(
    scores: NDArray[np.float64], violating: Bools, least: float
) -> tuple[float, float] | None:
    """Return the best recall at a precision of at least `least`, and its threshold."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    caught = np.cumsum(violating[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    enough = ends[caught[ends] / (ends + 1) >= least]
    if not len(enough) or not violating.any():
        return None
    at = int(enough[-1])
    return float(caught[at] / np.count_nonzero(violating)), float(ranked[at])


def _interval(value: float | None, drawn: list[float]) -> Interval:
    if value is None or len(drawn) < 20:
        return Interval(value)
    low, high = np.quantile(np.array(drawn), (0.025, 0.975))
    return Interval(value, float(low), float(high))
