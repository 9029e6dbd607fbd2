"""When messages are to be sent: fixed up front, whatever comes back.

Rules:
1. A schedule depends on nothing but its arrivals, its length and its seed.
2. Times are seconds from the start, ascending, in [0, seconds).
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from bench.load.traces import Recorded, read_trace
from bench.shapes.scenario import (
    Arrivals,
    Burst,
    Constant,
    Poisson,
    ScenarioError,
    Trace,
)

__all__ = ["faster", "times"]

Times = NDArray[np.float64]


def times(arrivals: Arrivals, seconds: float, seed: int) -> Times:
    """Return when each message is due. Raises ScenarioError where a recording is needed and absent.

    `Poisson` is drawn; `Constant` and `Burst` are even (the latter within its stretches, each burst
    at the end of its period); a `Trace` begins anew when it is over.
    """
    match arrivals:
        case Constant(rate=rate):
            return _even(rate, seconds)
        case Poisson(rate=rate):
            return _poisson(rate, seconds, seed)
        case Burst():
            return _burst(arrivals, seconds)
        case Trace(file=file):
            return _trace(arrivals, read_trace(file), seconds)
    assert_never(arrivals)


def faster(arrivals: Arrivals, factor: float) -> Arrivals:
    """Return the same arrivals, so many times as many a second."""
    match arrivals:
        case Constant(rate=rate):
            return Constant(rate * factor)
        case Poisson(rate=rate):
            return Poisson(rate * factor)
        case Burst():
            return Burst(
                arrivals.rate * factor, arrivals.peak * factor, arrivals.every_s, arrivals.for_s
            )
        case Trace(file=file, speed=speed, rate=rate):
            return Trace(file, speed * factor, None if rate is None else rate * factor)
    assert_never(arrivals)


def _even(rate: float, seconds: float) -> Times:
    found: Times = np.arange(int(np.ceil(rate * seconds)) + 1) / rate
    return found[found < seconds]


def _poisson(rate: float, seconds: float, seed: int) -> Times:
    chance = np.random.default_rng(seed)
    mean = rate * seconds
    found: Times = np.empty(0)
    while not len(found) or found[-1] < seconds:
        gaps = chance.exponential(1 / rate, int(mean / 4 + 4 * mean**0.5) + 16)
        found = np.concatenate((found, (found[-1] if len(found) else 0.0) + np.cumsum(gaps)))
    return found[found < seconds]


def _burst(arrivals: Burst, seconds: float) -> Times:
    """Invert the number of messages due until t: a line of two slopes, period by period."""
    if arrivals.for_s >= arrivals.every_s:
        raise ScenarioError("a burst's for_s must be shorter than its every_s")
    calm = arrivals.every_s - arrivals.for_s
    starts = np.arange(int(seconds / arrivals.every_s) + 1) * arrivals.every_s
    corners = np.append(np.column_stack((starts, starts + calm)).ravel(), starts[-1:] + 1e12)
    corners[-1] = starts[-1] + arrivals.every_s
    slopes = np.tile((arrivals.rate, arrivals.peak), len(starts))
    due = np.concatenate(([0.0], np.cumsum(np.diff(corners) * slopes)))
    found: Times = np.interp(np.arange(int(due[-1]) + 1), due, corners)
    return found[found < seconds]


def _trace(arrivals: Trace, recorded: Recorded, seconds: float) -> Times:
    if not recorded.timed and arrivals.rate is None:
        raise ScenarioError(f"{arrivals.file} has no times: give its flow a rate")
    speed = arrivals.speed
    if arrivals.rate is not None:  # as far into the recording as so many messages reach
        rounds, place = divmod(max(1, round(arrivals.rate * seconds)), len(recorded.at))
        speed = (rounds * recorded.period_s + float(recorded.at[place])) / seconds
    if not speed:
        raise ScenarioError(f"{arrivals.file}: too few messages to play")
    period = recorded.period_s / speed
    begins = np.arange(int(seconds / period) + 1) * period
    found: Times = (begins[:, None] + recorded.at / speed).ravel()
    return found[found < seconds]
