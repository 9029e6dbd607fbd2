"""A bucket gives what it has, refills with time, and never more than its burst."""

from __future__ import annotations

from hypothesis import given, strategies as st

from seawall.quota import Quota


def test_a_burst_passes_and_then_the_rate() -> None:
    quota = Quota(10.0, 3.0, 0.0)
    assert [quota.take(1.0, 0.0) for _ in range(4)] == [True, True, True, False]
    assert quota.wait_s(1.0) == 0.1
    assert not quota.take(1.0, 0.05)
    assert quota.take(1.0, 0.11)


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    quota = Quota(10.0, 1.0, 100.0)
    assert quota.take(1.0, 100.0)
    assert not quota.take(1.0, 50.0)
    assert not quota.take(1.0, 100.0)
    assert quota.take(1.0, 100.2)


@given(steps=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.1, 5.0)), max_size=60))
def test_no_more_passes_than_burst_and_rate_allow(steps: list[tuple[float, float]]) -> None:
    quota, now, taken = Quota(4.0, 6.0, 0.0), 0.0, 0.0
    for wait, cost in steps:
        now += wait
        taken += cost if quota.take(cost, now) else 0.0
        assert taken <= 6.0 + 4.0 * now + 1e-6
