"""Whether lag grows: the slope of lag over time, and how sure that is; pure.

What is said in one utterance waits for the same passes, so whole utterances are drawn again for
the interval, never single words: words are no independent samples.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import msgspec
import numpy as np

__all__ = ["FLAT_S", "Trend", "trend"]

FLAT_S = 1.0
"""Seconds of lag a minute: a slope surely above that is falling behind."""
_DRAWN = 1000
_LEAST = 4
"""Groups; of fewer nobody knows how much they scatter."""


class Trend(msgspec.Struct, frozen=True):
    """Seconds of lag that come on top each minute, with the 95 % interval.

    All nan where there are too few points to tell.
    """

    per_minute: float
    low: float
    high: float

    @property
    def grows(self) -> bool:
        """Whether lag surely grows faster than `FLAT_S`; nobody knows is no."""
        return self.low > FLAT_S


def trend(
    at: Sequence[float], lag: Sequence[float], groups: Sequence[Hashable], seed: int = 0
) -> Trend:
    """Return the least-squares slope of lags (seconds) at these times (seconds), by groups."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    if len(numbers) < _LEAST or max(at) - min(at) <= 0:
        return Trend(np.nan, np.nan, np.nan)
    xs = np.asarray(at) - float(np.mean(at))
    ys = np.asarray(lag)
    sums = np.zeros((len(numbers), 5))
    rows = [numbers[group] for group in groups]
    np.add.at(sums, rows, np.stack([np.ones_like(xs), xs, ys, xs * xs, xs * ys], axis=1))
    whole = _slopes(sums.sum(axis=0)[None])[0]
    random = np.random.default_rng(seed)
    weights = random.multinomial(len(sums), [1 / len(sums)] * len(sums), _DRAWN)
    drawn = _slopes(weights @ sums)
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return Trend(60 * float(whole), 60 * float(low), 60 * float(high))


def _slopes(sums: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    count, x, y, xx, xy = sums.T
    spread = count * xx - x * x
    # Where only one time was drawn there is no slope.
    safe = np.where(spread > 1e-9, spread, 1.0)
    return np.where(spread > 1e-9, (count * xy - x * y) / safe, np.nan)
