"""Ages have an answer whatever the times, and a count of any size becomes a float."""

from __future__ import annotations

from hypothesis import given, strategies as st

from seawall.policy.measures import LONG_AGO_DAYS, LONG_AGO_MINUTES, days, minutes, number


def test_time_that_is_not_known_accuses_nobody() -> None:
    assert days(0.0, None) == LONG_AGO_DAYS
    assert minutes(0.0, None) == LONG_AGO_MINUTES


def test_time_to_come_is_no_age() -> None:
    assert days(10.0, 20.0) == minutes(10.0, 20.0) == 0.0


def test_ages_are_in_their_units() -> None:
    assert days(2 * 86400.0, 0.0) == 2.0
    assert minutes(120.0, 0.0) == 2.0


@given(st.integers())
def test_a_count_of_any_size_is_a_float(count: int) -> None:
    assert type(number(count)) is float
    assert number(10**400) == 1e18
    assert number(-(10**400)) == -1e18
    if abs(count) < 2**53:
        assert number(count) == count
