"""Bytes of which nothing comes are told; whoever only shows little is not."""

from __future__ import annotations

from gateway.stream.barren import BARREN_S, Barren


def test_nothing_came_of_many_bytes_for_long() -> None:
    barren = Barren(10.0)
    for second in range(40):
        barren.came(1000.0 + second, 5000.0 + second)
        span = barren.look(1000.0 + second, 5000.0 + second)
        if second in (BARREN_S, 2 * BARREN_S):
            assert span == (1000.0 + second - BARREN_S, 1000.0 + second)
        else:
            assert span is None


def test_what_bears_now_and_then_is_never_told() -> None:
    barren = Barren(10.0)
    for second in range(100):
        barren.came(1000.0 + second, 5000.0 + second)
        if second % 10 == 0:
            barren.bore(1000.0 + second, 5000.0 + second)
        assert barren.look(1000.0 + second, 5000.0 + second) is None


def test_a_picture_each_twenty_seconds_waits_for_its_end() -> None:
    barren = Barren(10.0)
    for slide in range(20):
        for _ in range(3):
            barren.came(1000.0 + slide * 20, 5000.0 + slide * 20)
        barren.bore(1000.0 + slide * 20 - 20, 5000.0 + slide * 20)
        assert barren.look(1000.0 + slide * 20, 5019.0 + slide * 20) is None


def test_a_moment_that_was_missed_answers_for_nothing_and_rare_frames_are_waited_for() -> None:
    barren, patient = Barren(10.0), Barren(60.0)
    for second in range(41):
        for each in (barren, patient):
            each.came(1000.0 + second, 5000.0 + second)
            each.bore(1000.0 + second, 5000.0 + second, 0.04)
    assert barren.look(1040.0, 5040.0) == (1000.0, 1040.0)
    assert patient.look(1040.0, 5040.0) is None
    barren.leapt(9000.0, 5041.0)
    assert barren.since == 9000.0
