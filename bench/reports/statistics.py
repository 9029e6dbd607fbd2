"""Intervals and ratios: what a few windows, or the histograms of two, allow one to claim.

1. Intervals are percentile bootstraps (Efron, 1979), seeded: the same numbers give the same ends.
2. Interleaved windows come in pairs, and pairs are drawn whole: what slowed both sides cancels out.
3. Fewer than `ENOUGH` values have no interval worth the name: one is given, and nothing `differs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.shapes.result import Ratio

__all__ = [
    "ENOUGH",
    "RESAMPLES",
    "Difference",
    "Floats",
    "Statistic",
    "differ",
    "difference",
    "draws",
    "interval",
    "ratio",
]

Floats = NDArray[np.float64]
ENOUGH = 3
RESAMPLES = 4_000
SEED = 7


class Statistic(Protocol):
    """Something numpy can take along an axis, like np.median and np.mean."""

    def __call__(self, values: Floats, /, *, axis: int) -> Floats:
        """Return one number for each row."""


class Difference(msgspec.Struct, frozen=True):
    """What `after` has more than `before`, with its interval; `ratio` is after over before.

    `certain`: there was enough to say anything at all.
    """

    before: float
    after: float
    value: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    certain: bool = True

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.certain and (self.low > 0 or self.high < 0)


def interval(
    values: Sequence[float] | Floats,
    statistic: Statistic = np.median,
    level: float = 0.95,
    seed: int = SEED,
) -> tuple[float, float]:
    """Bound a statistic of the values: percentile bootstrap. One value bounds itself.

    Raises ValueError for no values and for a level outside 0 to 1.
    """
    return _ends(draws(values, statistic, seed), level)


def draws(
    values: Sequence[float] | Floats, statistic: Statistic = np.median, seed: int = SEED
) -> Floats:
    """Return the statistic of `RESAMPLES` samples drawn from the values with putting back.

    Raises ValueError for no values, and for one that is no number.
    """
    sample = _finite(values)
    places = np.random.default_rng(seed).integers(0, len(sample), (RESAMPLES, len(sample)))
    return np.asarray(statistic(sample[places], axis=1), dtype=np.float64)


def ratio(
    metric: str,
    of: str,
    to: str,
    firsts: Sequence[float],
    seconds: Sequence[float],
    bar: float = 0.0,
    least: bool = True,
) -> Ratio:
    """Return the median of `firsts` over `seconds`, pair by pair, with its 95 % interval.

    Raises ValueError unless both are as long, not empty, and no second is 0 or less.
    """
    if len(firsts) != len(seconds):
        raise ValueError(f"{metric}: {len(firsts)} of {of}, {len(seconds)} of {to}: not pairs")
    lower = _finite(seconds)
    if lower.min() <= 0:
        raise ValueError(f"{metric}: {to} has a value that nothing can be divided by")
    shares = _finite(firsts) / lower
    low, high = interval(shares)
    value = float(np.median(shares))
    return Ratio(metric, of, to, value, low, high, len(shares), bar, least)


def differ(
    before: Sequence[float] | Floats,
    after: Sequence[float] | Floats,
    statistic: Statistic = np.median,
    level: float = 0.95,
    seed: int = SEED,
) -> Difference:
    """Compare two samples taken apart from each other by a statistic of each.

    Raises ValueError for an empty one.
    """
    first, second = _finite(before), _finite(after)
    return difference(
        (float(statistic(first[None, :], axis=1)[0]), draws(first, statistic, seed)),
        (float(statistic(second[None, :], axis=1)[0]), draws(second, statistic, seed + 1)),
        level,
        certain=min(len(first), len(second)) >= ENOUGH,
    )


def difference(
    before: tuple[float, Floats],
    after: tuple[float, Floats],
    level: float = 0.95,
    certain: bool = True,
) -> Difference:
    """Compare two estimates, each with draws of what it might as well have been.

    A ratio to 0 or less is nan.
    """
    (first, firsts), (second, seconds) = before, after
    low, high = _ends(seconds - firsts, level)
    shares = np.full(3, np.nan)
    if first > 0 and bool((firsts > 0).all()):
        shares = np.array([second / first, *_ends(seconds / firsts, level)])
    return Difference(
        before=first,
        after=second,
        value=second - first,
        low=low,
        high=high,
        ratio=float(shares[0]),
        ratio_low=float(shares[1]),
        ratio_high=float(shares[2]),
        certain=certain,
    )


def _ends(drawn: Floats, level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _finite(values: Sequence[float] | Floats) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample):
        raise ValueError("no values")
    if not np.isfinite(sample).all():
        raise ValueError("a value is not a number")
    return sample
