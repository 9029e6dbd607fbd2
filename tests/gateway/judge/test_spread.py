"""Coarse times are spread and broken ones continued, and rows never change places."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.judge.rows import Row, Unreadable
from gateway.judge.spread import RUN, SPREAD_S, Spread
from seawall.events import Message, User


def row(number: int, at: float | None) -> Row:
    message = Message("t", str(number), "r", User("u"), "x", at or 0.0, at or 0.0)
    return Row(message, at is not None)


def spread(*times: float | None) -> tuple[list[float], int]:
    one = Spread()
    found = list(one.rows([row(number, at) for number, at in enumerate(times)]))
    rows = [each for each in found if isinstance(each, Row)]
    assert [each.message.id for each in rows] == [str(number) for number in range(len(times))]
    return [each.message.at for each in rows], one.breaks


def test_times_that_differ_stay_as_they_are() -> None:
    assert spread(1.0, 2.0, 2.5, 1000.0) == ([1.0, 2.0, 2.5, 1000.0], 0)


def test_equal_times_are_spread_up_to_the_next_one() -> None:
    assert spread(0.0, 0.0, 0.0, 30.0)[0] == [0.0, 10.0, 20.0, 30.0]


def test_what_is_spread_is_counted() -> None:
    times = Spread()
    list(
        times.rows([row(number, at) for number, at in enumerate((0.0, 0.0, None, 0.0, 9.0, 11.0))])
    )
    assert times.spread == 3


def test_equal_times_are_spread_over_a_minute_at_most() -> None:
    assert spread(0.0, 0.0, 3600.0)[0] == [0.0, 30.0, 3600.0]
    assert spread(5.0, 5.0, 5.0, 5.0)[0] == [5.0, 20.0, 35.0, 50.0]


def test_rows_without_a_time_keep_their_place_and_none() -> None:
    assert spread(0.0, None, 0.0, 10.0)[0] == [0.0, 0.0, 5.0, 10.0]
    told = Unreadable(2, "no text")
    assert list(Spread().rows([row(0, 1.0), told, row(2, 2.0)]))[1] is told


def test_a_little_disorder_is_left_alone() -> None:
    assert spread(100.0, 95.0, 101.0) == ([100.0, 95.0, 101.0], 0)


def test_where_time_runs_back_it_goes_on_a_minute_later() -> None:
    times, breaks = spread(1000.0, 5.0, 6.0, 7.0)
    assert (times, breaks) == ([1000.0, 1060.0, 1061.0, 1062.0], 1)
    times, breaks = spread(1000.0, 5.0, 2000.0, 3.0)
    assert (times, breaks) == ([1000.0, 1060.0, 3055.0, 3115.0], 2)


def test_the_recorded_time_stays_as_evidence() -> None:
    moved = list(Spread().rows([row(0, 1000.0), row(1, 5.0)]))[1]
    assert isinstance(moved, Row)
    assert (moved.message.at, moved.message.claimed_at) == (1060.0, 5.0)


def test_an_endless_run_of_one_time_is_not_kept_in_memory() -> None:
    taken = 0

    def endless() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield row(taken, 7.0)

    found = Spread().rows(endless())  # type: ignore[arg-type]  # a generator of rows
    for _ in range(3 * RUN):
        next(found)
    assert taken <= 4 * RUN


@given(st.lists(st.none() | st.integers(0, 500).map(float), max_size=60))
def test_order_is_kept_and_nobody_moves_more_than_a_minute(times: list[float | None]) -> None:
    found, breaks = spread(*times)
    if breaks == 0:
        for was, now in zip(times, found, strict=True):
            assert was is None or was <= now < was + SPREAD_S or now == was


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60))
def test_times_that_never_fall_never_fall_afterwards(steps: list[int]) -> None:
    times = [float(sum(steps[: end + 1]) // 20 * 20) for end in range(len(steps))]
    found, breaks = spread(*times)
    assert breaks == 0
    assert found == sorted(found)
    for at in set(times):
        run = [now for was, now in zip(times, found, strict=True) if was == at]
        assert len(set(run)) == len(run)
