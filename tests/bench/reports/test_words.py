"""Numbers keep the digits that count, and a machine is named once."""

import pytest
from hypothesis import given, strategies as st

from bench.reports.words import bar_of, bounds, number, percent, software
from bench.shapes.result import Figure, Ratio
from tests.bench.reports.found import environment


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (0.0166, "0.017"),
        (0.34567, "0.346"),
        (3.14159, "3.14"),
        (45.67, "45.7"),
        (18_350.4, "18,350"),
        (2.0, "2"),
        (0.0000321, "3.2e-05"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
    ],
)
def test_numbers_keep_three_digits(value: float, told: str) -> None:
    assert number(value) == told


@given(st.floats(0.1, 1e7))
def test_no_number_is_off_by_more_than_half_a_percent(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.006)


@given(st.floats(0, 1))
def test_only_none_and_all_are_told_as_such(share: float) -> None:
    told = percent(share)
    assert (told == "100%") == (share == 1)
    assert (told == "0%") == (share == 0)


def test_a_promise_says_which_way_it_goes() -> None:
    assert bar_of(Ratio("m", "a", "b", 1, 1, 1, 5, 7.0)) == "at least 7"
    assert bar_of(Ratio("m", "a", "b", 1, 1, 1, 5)) == ""
    assert bar_of(Figure("w", 1.0, bar=0.0)) == "at most 0"
    assert bar_of(Figure("w", 1.0)) == ""


def test_one_pair_has_no_interval() -> None:
    assert bounds(Ratio("m", "a", "b", 1, 1, 1, 1)) == "one pair: no interval"


def test_software_is_told_whole_or_in_short() -> None:
    machine = environment()
    assert "valkey 9.1.0" in software(machine)
    assert "orjson" in software(machine)
    assert "orjson" not in software(machine, short=True)
