"""Whether lag grows: the slope, its interval, and that words of one utterance are one draw."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.live.trend import trend

GROUPS = 20
EACH = 5


def lagging(
    per_minute: float, noise: float, seed: int
) -> tuple[list[float], list[float], list[int]]:
    """Make words: what is said together has the same luck."""
    random = np.random.default_rng(seed)
    at, lag, groups = [], [], []
    for group in range(GROUPS):
        luck = float(random.normal(0, noise))
        for word in range(EACH):
            when = group * 3.0 + word * 0.3
            at.append(when)
            lag.append(1.0 + per_minute / 60 * when + luck)
            groups.append(group)
    return at, lag, groups


@given(st.floats(-20, 20), st.floats(-1e6, 1e9))
def test_a_straight_line_has_its_own_slope_wherever_it_begins(slope: float, start: float) -> None:
    at, lag, groups = lagging(slope, 0.0, 1)
    found = trend([each + start for each in at], lag, groups)
    assert found.per_minute == pytest.approx(slope, abs=1e-3)
    assert found.low == pytest.approx(found.high, abs=1e-2)


@given(st.integers(0, 50))
def test_what_falls_behind_surely_grows_and_what_keeps_up_does_not(seed: int) -> None:
    assert trend(*lagging(8.0, 0.4, seed)).grows
    assert not trend(*lagging(0.0, 0.4, seed)).grows


def test_words_of_one_utterance_are_no_independent_samples() -> None:
    at, lag, groups = lagging(0.0, 0.5, 3)
    together, apart = trend(at, lag, groups), trend(at, lag, range(len(at)))
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


@pytest.mark.parametrize("groups", [[], [0, 0, 0], [0, 1, 2]])
def test_too_little_is_no_slope_and_does_not_grow(groups: list[int]) -> None:
    found = trend([float(each) for each in range(len(groups))], [9.0] * len(groups), groups)
    assert isnan(found.per_minute)
    assert not found.grows


def test_all_at_once_is_no_slope() -> None:
    assert isnan(trend([5.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], range(6)).per_minute)
