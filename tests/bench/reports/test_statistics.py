"""Intervals hold what they promise, ratios go pair by pair, and no difference is made up."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.reports.statistics import ENOUGH, differ, difference, draws, interval, ratio

VALUES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=12)


@given(VALUES)
def test_an_interval_lies_within_its_values_and_holds_their_median(values: list[float]) -> None:
    low, high = interval(values)
    assert min(values) <= low <= np.median(values) <= high <= max(values)


@given(VALUES, st.floats(0.01, 100))
def test_other_units_stretch_an_interval_and_nothing_else(values: list[float], by: float) -> None:
    low, high = interval(values)
    assert interval([value * by for value in values]) == pytest.approx((low * by, high * by))


def test_the_same_values_give_the_same_interval() -> None:
    values = [3.0, 1.0, 4.0, 1.5, 9.0]
    assert interval(values) == interval(values)
    assert interval(values, seed=1) == interval(values, seed=1)


def test_a_higher_level_is_wider() -> None:
    values = np.random.default_rng(3).lognormal(0, 0.4, 40)
    low, high = interval(values, np.mean, level=0.8)
    lower, higher = interval(values, np.mean, level=0.99)
    assert lower < low < high < higher


@pytest.mark.parametrize(("statistic", "truth"), [(np.median, 1.0), (np.mean, float(np.exp(0.08)))])
def test_nineteen_intervals_of_twenty_hold_the_truth(statistic: object, truth: float) -> None:
    chosen = np.median if statistic is np.median else np.mean
    random = np.random.default_rng(11)
    ends = [interval(random.lognormal(0, 0.4, 25), chosen, seed=seed) for seed in range(300)]
    held = sum(low <= truth <= high for low, high in ends) / len(ends)
    assert 0.89 <= held <= 0.985


def test_a_ratio_is_taken_pair_by_pair() -> None:
    machine = np.array([1.0, 4.0, 2.0, 8.0, 1.0])
    found = ratio("messages", "ours", "echo", list(machine * 3), list(machine * 10), bar=0.2)
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.3, 0.3))
    assert found.pairs == 5
    assert found.met


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.floats(0.1, 1e4)), min_size=1, max_size=9))
def test_a_ratio_lies_within_its_interval(pairs: list[tuple[float, float]]) -> None:
    found = ratio("m", "a", "b", [first for first, _ in pairs], [second for _, second in pairs])
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("firsts", "seconds", "told"),
    [
        ([1.0], [1.0, 2.0], "not pairs"),
        ([], [], "no values"),
        ([1.0], [0.0], "divided"),
        ([float("nan")], [1.0], "not a number"),
    ],
)
def test_what_is_no_pair_is_refused(firsts: list[float], seconds: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ratio("m", "a", "b", firsts, seconds)


def test_what_is_the_same_rarely_differs() -> None:
    random = np.random.default_rng(5)
    alarms = sum(
        differ(random.lognormal(0, 0.1, 7), random.lognormal(0, 0.1, 7), seed=seed).differs
        for seed in range(300)
    )
    assert alarms <= 0.08 * 300


def test_what_is_a_tenth_slower_mostly_differs() -> None:
    random = np.random.default_rng(5)
    found = sum(
        differ(random.lognormal(0, 0.02, 7), random.lognormal(0.1, 0.02, 7), seed=seed).differs
        for seed in range(100)
    )
    assert found >= 95


@given(VALUES, VALUES)
def test_a_difference_lies_within_its_interval(before: list[float], after: list[float]) -> None:
    found = differ(before, after)
    slack = 1e-9 * max(*before, *after)
    assert found.low - slack <= found.value <= found.high + slack
    assert found.ratio_low <= found.ratio * (1 + 1e-9)


def test_too_few_values_never_differ() -> None:
    few = [1.0] * (ENOUGH - 1)
    found = differ(few, [value * 2 for value in few])
    assert found.value == 1.0
    assert not found.certain
    assert not found.differs


def test_a_ratio_to_nothing_is_no_number() -> None:
    found = difference((0.0, np.zeros(10)), (1.0, np.ones(10)))
    assert np.isnan(found.ratio)
    assert found.differs


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        interval([1.0, 2.0], level=level)


def test_draws_scatter_about_their_statistic() -> None:
    values = np.random.default_rng(2).normal(10, 1, 400)
    assert np.std(draws(values, np.mean)) == pytest.approx(1 / 20, rel=0.15)
