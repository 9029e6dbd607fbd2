"""A stream's next decoder comes soon after a crash, and never more than so many a minute."""

from __future__ import annotations

from hypothesis import given, strategies as st

from workers.streams.restarts import Restarts


def test_the_first_comes_at_once_and_the_pause_grows() -> None:
    restarts = Restarts(6)
    pauses = [restarts.died(100.0 + n) - 100.0 - n for n in range(5)]
    assert pauses[0] < 0.05
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 5.0


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60), st.integers(1, 8))
def test_there_are_never_too_many_a_minute(lives: list[float], most: int) -> None:
    restarts, begun, died = Restarts(most), [1000.0], list[float]()
    for life_s in lives:
        died.append(begun[-1] + life_s)
        begun.append(restarts.died(died[-1]))
    for end, begin in zip(died, begun[most + 1 :], strict=False):
        assert begin >= end + 60.0
    assert restarts.deaths == len(lives)


def test_what_cannot_be_decoded_is_tried_seldom() -> None:
    restarts = Restarts(6)
    assert [restarts.failed(0.0) for _ in range(6)] == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    restarts.opened()
    assert restarts.failed(0.0) == 5.0
