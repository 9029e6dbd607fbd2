"""A breaker: it opens after failures in a row, tries again now and then, and closes on success."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.models.breaker import Breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker(failures=3, pause_s=1.0)
    for _ in range(2):
        breaker.failed(10.0)
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows(10.0)
        breaker.failed(10.0)
    assert breaker.open
    assert not breaker.allows(10.9)


def test_one_may_try_when_the_pause_is_over_and_the_pause_doubles() -> None:
    breaker = Breaker(failures=1, pause_s=1.0, most_s=3.0)
    breaker.failed(0.0)
    pauses = []
    now = 0.0
    for _ in range(4):
        shut = next(step for step in range(1, 100) if breaker.allows(now + step * 0.5)) * 0.5
        pauses.append(shut)
        now += shut
        assert not breaker.allows(now), "only one"
        breaker.failed(now)
    assert pauses == [1.0, 2.0, 3.0, 3.0]
    breaker.succeeded()
    assert breaker.allows(now)
    assert breaker.allows(now)


@given(st.lists(st.sampled_from(["ok", "fail"]), max_size=60))
def test_a_success_always_closes_it(events: list[str]) -> None:
    breaker, now = Breaker(), 0.0
    for event in events:
        now += 0.1
        if event == "ok":
            breaker.succeeded()
            assert breaker.allows(now)
        else:
            breaker.failed(now)
