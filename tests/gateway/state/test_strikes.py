"""Strikes are kept event by event, fade together, and each can be taken back alone."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.state.strikes import MOST_ITEMS, Strike, Strikes
from seawall.ladder import decayed

DAY_S = 86_400.0


def test_an_event_strikes_once_and_what_ended_stays_ended() -> None:
    strikes = Strikes(DAY_S)
    assert strikes.put("t", "u", "m1", 0, Strike(3, 0.0))
    assert not strikes.put("t", "u", "m1", 0, Strike(3, 0.0))
    assert strikes.put("t", "u", "m1", 1, Strike(1, 0.0))
    assert strikes.of("t", "u", 0.0) == 4.0
    assert strikes.put("t", "u", "m1", 0, Strike(3, 0.0, ended=True))
    assert not strikes.put("t", "u", "m1", 0, Strike(3, 0.0))
    assert strikes.of("t", "u", 0.0) == 1.0
    assert strikes.of("t", "v", 0.0) == 0.0


def test_what_is_decided_again_after_its_end_strikes_again() -> None:
    strikes = Strikes(DAY_S)
    strikes.put("t", "u", "m1", 0, Strike(3, 5.0))
    strikes.put("t", "u", "m1", 0, Strike(0, 5.0, ended=True))
    assert strikes.put("t", "u", "m1", 0, Strike(2, 6.0))
    assert strikes.of("t", "u", 6.0) == 2.0


def test_an_end_that_comes_before_its_strikes_counts() -> None:
    strikes = Strikes(DAY_S)
    assert not strikes.put("t", "u", "m1", 0, Strike(3, 0.0, ended=True))
    assert not strikes.put("t", "u", "m1", 0, Strike(3, 0.0))
    assert strikes.of("t", "u", 0.0) == 0.0


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 5), st.floats(0, 9 * DAY_S)), max_size=30
    ),
    st.sets(st.integers(0, 20)),
    st.floats(9 * DAY_S, 20 * DAY_S),
)
def test_the_kept_sum_is_the_sum(
    given_: list[tuple[int, int, float]], taken: set[int], now: float
) -> None:
    strikes = Strikes(DAY_S)
    kept: dict[int, tuple[int, float]] = {}
    for event, count, at in given_:
        strikes.put("t", "u", f"m{event}", 0, Strike(count, at))
        kept.setdefault(event, (count, at))
    for event in taken:
        strikes.put("t", "u", f"m{event}", 0, Strike(0, now, ended=True))
        kept.pop(event, None)
    want = sum(decayed(count, now - at, DAY_S) for count, at in kept.values())
    assert strikes.of("t", "u", now) == pytest.approx(want, rel=1e-9, abs=1e-12)


def test_whoever_strikes_without_end_is_remembered_by_what_weighs_most() -> None:
    strikes = Strikes(DAY_S)
    for n in range(MOST_ITEMS + 10):
        strikes.put("t", "u", f"m{n}", 0, Strike(5 if n < 3 else 1, 0.0))
    assert strikes.of("t", "u", 0.0) == MOST_ITEMS - 3 + 15
    assert strikes.dropped == 10


def test_users_beyond_the_bound_are_given_up_and_counted() -> None:
    strikes = Strikes(DAY_S, bound=2)
    for user in "abc":
        strikes.put("t", user, "m", 0, Strike(1, 0.0))
    assert [strikes.of("t", user, 0.0) for user in "abc"] == [0.0, 1.0, 1.0]
    assert strikes.dropped == 1
    strikes.sweep(1000 * DAY_S)
    assert not strikes.users


def test_a_sweep_forgets_what_has_faded_and_no_sooner() -> None:
    strikes = Strikes(DAY_S)
    strikes.put("t", "u", "m", 0, Strike(1, 0.0))
    for day in range(6):
        strikes.sweep(day * DAY_S)
        assert strikes.users
    strikes.put("t", "u", "m2", 0, Strike(1, 6 * DAY_S))
    for day in range(7, 12):
        strikes.sweep(day * DAY_S)
        assert strikes.users
    for day in range(12, 20):
        strikes.sweep(day * DAY_S)
    assert not strikes.users
