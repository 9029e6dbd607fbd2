"""Distributions of latency, taken out of saved HdrHistograms: percentiles, their draws, merged.

1. The rank of a percentile in a fresh sample is a beta draw; no sample has to be drawn for it.
2. Messages of one second are delayed together. So whole seconds are drawn too, where they are
   known, and whole windows, where there are enough: whatever scatters most is believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from hdrh.codec import (
    HdrCookieException,
    HdrHistogramSettingsException,
    HdrLengthException,
)
from hdrh.histogram import HdrHistogram

from bench.reports.statistics import ENOUGH, RESAMPLES, Difference, Floats, difference
from bench.shapes.result import Quantiles

__all__ = ["Distribution", "decode", "differ_at", "estimate", "merge"]

_NOT_A_HISTOGRAM = (
    HdrCookieException,
    HdrHistogramSettingsException,
    HdrLengthException,
    IndexError,
    RuntimeError,
    ValueError,  # binascii's and struct-like ones of hdrh
    zlib.error,
)
DRAWN = 500
"""Of whole windows: each draw merges histograms, so fewer than elsewhere."""


class Distribution(msgspec.Struct, frozen=True, eq=False):
    """Values in milliseconds, ascending, and how often each was counted."""

    values: Floats
    counts: Floats

    @property
    def count(self) -> int:
        """Return how much was counted."""
        return int(self.counts.sum())

    def at(self, share: float | Floats) -> Floats:
        """Return the values under which these shares (0 to 1) lie; 0 where nothing was counted."""
        if not len(self.values):
            return np.zeros_like(np.asarray(share, dtype=np.float64))
        below = np.cumsum(self.counts) / self.counts.sum()
        # A rank a rounding error above a cell's last one belongs to that cell.
        places = np.searchsorted(below, np.asarray(share) - 1e-12)
        return self.values[np.minimum(places, len(self.values) - 1)]


def decode(quantiles: Quantiles) -> Distribution:
    """Take a distribution out of its saved histogram.

    Raises ValueError for one that is none. Without a histogram it is empty.
    """
    return _decode(quantiles.log) if quantiles.log else Distribution(np.zeros(0), np.zeros(0))


@lru_cache(maxsize=2_048)
def _decode(log: str) -> Distribution:
    try:
        found = HdrHistogram.decode(log)
    except _NOT_A_HISTOGRAM as error:
        raise ValueError(f"not an HdrHistogram: {error}") from error
    counts = np.asarray(found.counts, dtype=np.float64)
    (places,) = counts.nonzero()
    # The cells' highest values, as hdrh's get_highest_equivalent_value finds them one by one.
    half = found.sub_bucket_half_count
    buckets = np.maximum((places >> found.sub_bucket_half_count_magnitude) - 1, 0)
    cells = np.where(places < half, places, (places & (half - 1)) + half)
    micros = ((cells + 1) << (buckets + found.unit_magnitude)) - 1
    return Distribution(micros / 1_000, counts[places])


def merge(parts: Sequence[Distribution]) -> Distribution:
    """Put distributions together into one."""
    if len(parts) == 1:
        return parts[0]
    values, places = np.unique(
        np.concatenate([part.values for part in parts] or [np.zeros(0)]), return_inverse=True
    )
    counts = np.zeros(len(values))
    np.add.at(counts, places, np.concatenate([part.counts for part in parts] or [np.zeros(0)]))
    return Distribution(values, counts)


def estimate(
    windows: Sequence[Distribution],
    share: float,
    seconds: Sequence[float] = (),
    seed: int = 7,
) -> tuple[float, Floats]:
    """Return a percentile of windows together, and draws of what it might as well have been.

    `seconds` is the same percentile of each second, as far as it is known.
    Raises ValueError where nothing was counted.
    """
    whole = merge(windows)
    if not whole.count:
        raise ValueError("nothing was counted")
    random = np.random.default_rng(seed)
    value, rank = float(whole.at(share)), share * whole.count
    found = whole.at(random.beta(rank + 0.5, whole.count - rank + 0.5, RESAMPLES))
    if len(windows) >= ENOUGH:
        found = max(found, _of_windows(windows, whole, share, random), key=_spread)
    if len(seconds) >= ENOUGH and max(seconds) > 0:
        known = np.asarray(seconds, dtype=np.float64)
        means = known[random.integers(0, len(known), (RESAMPLES, len(known)))].mean(axis=1)
        # As shares: latencies scatter upwards, and none lies below 0.
        found = max(found, value * means / known.mean(), key=_spread)
    return value, found


def differ_at(
    before: Sequence[Distribution],
    after: Sequence[Distribution],
    share: float,
    before_seconds: Sequence[float] = (),
    after_seconds: Sequence[float] = (),
    level: float = 0.95,
) -> Difference:
    """Compare a percentile of some windows with that of others, in milliseconds.

    Raises ValueError where nothing was counted.
    """
    return difference(
        estimate(before, share, before_seconds, seed=7),
        estimate(after, share, after_seconds, seed=8),
        level,
    )


def _spread(found: Floats) -> float:
    low, high = np.quantile(found, [0.025, 0.975])
    return float(high - low)


def _of_windows(
    windows: Sequence[Distribution], whole: Distribution, share: float, random: np.random.Generator
) -> Floats:
    table = np.zeros((len(windows), len(whole.values)))
    for row, window in enumerate(windows):
        table[row, np.searchsorted(whole.values, window.values)] = window.counts
    often = random.multinomial(len(windows), np.full(len(windows), 1 / len(windows)), DRAWN)
    below = np.cumsum(often.astype(np.float64) @ table, axis=1)
    places = np.argmax(below >= share * below[:, -1:] - 1e-9, axis=1)
    return random.choice(whole.values[places], RESAMPLES)
