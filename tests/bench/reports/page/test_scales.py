"""Axes hold their values, keep their order and have round ticks."""

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from bench.reports.page.scales import Scale, logarithmic, percentiles, upright, within

KNOWN = st.lists(st.floats(1e-4, 1e7), min_size=1, max_size=8)
MAKERS = (upright, logarithmic, within)


@given(KNOWN, st.sampled_from(MAKERS))
def test_an_axis_holds_its_values_and_its_ticks(
    values: list[float], make: Callable[[list[float], float, float], Scale]
) -> None:
    scale = make(values, 300.0, 20.0)
    assert scale.low <= min(values) * (1 + 1e-9)
    assert max(values) <= scale.high * (1 + 1e-9)
    assert all(20.0 <= scale(value) <= 300.0 for value in values)
    ticks = scale.ticks(6)
    assert 1 <= len(ticks) <= 9
    assert all(scale.low * 0.999 <= value <= scale.high * 1.001 for value, _ in ticks)


@given(KNOWN, st.sampled_from(MAKERS))
def test_more_lies_further_along(
    values: list[float], make: Callable[[list[float], float, float], Scale]
) -> None:
    scale = make(values, 0.0, 500.0)
    places = [scale(value) for value in sorted(values)]
    assert places == sorted(places)


def test_what_lies_outside_stays_at_the_edge() -> None:
    assert Scale(0, 10, 0, 100)(99) == 100
    assert Scale(0, 10, 0, 100)(-99) == 0
    assert logarithmic([1.0, 10.0], 0, 100)(0.0) == 0


def test_each_nine_takes_as_much_room() -> None:
    scale = percentiles(0.9999, 0.0, 400.0)
    assert [scale(share) for share in (0.9, 0.99, 0.999)] == pytest.approx([100, 200, 300])
    assert [words for _, words in scale.ticks()] == ["50%", "90%", "99%", "99.9%", "99.99%"]


def test_ticks_are_round() -> None:
    assert [words for _, words in upright([3.1], 0, 100).ticks(5)] == ["0", "1", "2", "3", "4"]
    assert [words for _, words in logarithmic([0.2, 11.0], 0, 100).ticks(6)] == [
        "0.2", "0.5", "1", "2", "5", "10", "20",
    ]  # fmt: skip


def test_an_axis_of_nothing_is_an_axis() -> None:
    assert upright([], 0, 100).high == 1
    assert within([0.0], 0, 100).ticks()


def test_a_wide_span_is_logarithmic() -> None:
    assert within([1, 5], 0, 1).kind == "linear"
    assert within([1, 50], 0, 1).kind == "log"
