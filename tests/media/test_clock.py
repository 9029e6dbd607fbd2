"""What is left of timestamps once wraps, jumps and lies are taken out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, strategies as st

from media.clock import Clock

ANY = st.one_of(st.none(), st.floats(), st.floats(-1e13, 1e13), st.floats(-20, 20), st.just(0.0))


@given(st.lists(st.tuples(st.integers(0, 2), ANY, st.floats(-1, 20), st.floats(0, 1)), max_size=80))
def test_time_is_finite_and_never_far_from_the_capture_clock(
    packets: list[tuple[int, float | None, float, float]],
) -> None:
    clock, seen = Clock(), 1e9
    for track, pts, lasts, passed in packets:
        seen += passed
        moment = clock.place(track, pts, lasts, seen)
        assert math.isfinite(moment.t)
        assert moment.at <= seen + 1e-3
        assert moment.t >= clock.high - 20.0 - 1e-3


@given(st.floats(-1e6, 1e6), st.integers(1, 60), st.floats(0, 3))
def test_a_plain_stream_keeps_its_own_time(start: float, fps: int, late: float) -> None:
    clock = Clock()
    for n in range(100):
        moment = clock.place(0, start + n / fps, 1 / fps, 1000 + n / fps + late)
        assert abs(moment.t - n / fps) < 1e-6
        assert abs(moment.at - (1000 + n / fps + late)) < 1e-3
        assert not moment.jumped


@given(st.integers(2, 40))
def test_a_counter_that_wraps_is_no_jump(before: int) -> None:
    clock = Clock()
    clock.wrap_s = (1 << 33) / 90_000
    for n in range(80):
        pts = (clock.wrap_s - before / 10 + n / 10) % clock.wrap_s
        moment = clock.place(0, pts, 0.1, 1000 + n / 10)
        assert abs(moment.t - n / 10) < 1e-4
        assert not moment.jumped


@given(st.floats(-1e9, 1e9).filter(lambda far: abs(far) > 40))
def test_over_a_jump_time_goes_on_and_tracks_stay_together(far: float) -> None:
    clock = Clock()
    for n in range(100):
        off = far if n >= 50 else 0.0
        one = clock.place(0, n / 10 + off, 0.1, 1000 + n / 10)
        two = clock.place(1, n / 10 + off, 0.1, 1000 + n / 10)
        assert abs(one.t - n / 10) < 0.2
        assert abs(one.t - two.t) < 0.2
        assert one.jumped == (n == 50)


def test_a_pause_of_the_sender_is_a_pause_of_the_stream() -> None:
    clock = Clock()
    clock.place(0, 0.0, 0.1, 1000.0)
    moment = clock.place(0, 500.0, 0.1, 1030.0)
    assert abs(moment.t - 30.0) < 0.2
    assert moment.jumped


def test_time_that_stands_still_is_pushed_on() -> None:
    clock = Clock()
    last = [clock.place(0, 5.0, 0.0, 1000.0 + n / 10) for n in range(600)][-1]
    assert last.t > 45.0
    assert abs(last.at - 1059.9) < 11.0


def test_time_that_saws_backwards_is_pushed_on() -> None:
    clock = Clock()
    last = [clock.place(0, -(n % 90) / 10, 0.1, 1000.0 + n / 10) for n in range(900)][-1]
    assert last.t > 70.0


def paced(clock: Clock, seen: Iterable[tuple[float, float]]) -> float:
    """Return how far the pace is after packets with these timestamps and capture times."""
    return [clock.place(0, t, 0.04, 1000.0 + at) for t, at in seen][-1].pace


@pytest.mark.parametrize("slow", [1.5, 5.0, 9.0])
def test_timestamps_that_crawl_do_not_slow_the_pace(slow: float) -> None:
    assert paced(Clock(), [(n / 25 / slow, n / 25) for n in range(7500)]) > 299.0
    # ... nor where they ran ahead before, to have some seconds in hand.
    clock = Clock()
    paced(clock, [(n / 2.5, n / 25) for n in range(750)])
    before = clock.place(0, 301.0, 0.04, 1030.5).pace
    crawl = [(301.0 + n / 25 / slow, 1030.5 + n / 25) for n in range(1500)]
    after = [clock.place(0, t, 0.04, at).pace for t, at in crawl][-1]
    assert after - before > 60.0 - 13.0


def test_a_picture_now_and_then_with_timestamps_that_hardly_move_is_paced_by_the_capture() -> None:
    assert paced(Clock(), [(n / 10, n * 13.0) for n in range(50)]) > 630.0


@pytest.mark.parametrize("segment", [1, 2, 6, 10, 15])
def test_whole_segments_and_jitter_are_not_slow(segment: float) -> None:
    seen = [(n / 25, segment * (1 + n // int(25 * segment))) for n in range(7500)]
    assert paced(Clock(), seen) < 300.0 + segment
    chance = Random(1)
    assert paced(Clock(), [(n / 25, n / 25 + chance.random() / 2) for n in range(7500)]) < 302.0


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 3)), min_size=1, max_size=200))
def test_the_pace_is_never_behind_the_stream_and_bounded_by_both_clocks(
    steps: list[tuple[float, float]],
) -> None:
    clock, t, at = Clock(), 0.0, 0.0
    for more, passed in steps:
        t, at = t + more, at + passed
        moment = clock.place(0, t, 0.04, 1000.0 + at)
        assert moment.t <= moment.pace <= clock.high + 2 * at + 10.0 * (1 + clock.jumps)


def test_the_least_distance_is_the_truest() -> None:
    clock = Clock()
    late = [0.5, 0.2, 0.9, 0.4]
    moments = [clock.place(0, n * 1.0, 1.0, 1000 + n + late[n % 4]) for n in range(40)]
    assert all(abs(each.at - (1000.2 + n)) < 1e-6 for n, each in enumerate(moments) if n > 1)


def test_another_opening_goes_on_where_the_first_ended() -> None:
    clock = Clock()
    for n in range(10):
        clock.place(0, 100 + n / 10, 0.1, 1000 + n / 10)
    clock.renew()
    first, second = clock.place(0, 0.0, 0.1, 1001.0), clock.place(1, 0.02, 0.1, 1001.0)
    assert 0.9 < first.t < 1.3
    assert abs(second.t - first.t - 0.02) < 1e-6
