"""What answers and coverage come to: lags of words, shares, and the hole a kill leaves."""

from __future__ import annotations

from math import isnan

import pytest

from bench.live.figures import coverage, lags, percentile, within, word_lags
from bench.live.sender import Part
from bench.live.watched import Answer
from bench.stream_faults import holes


def said(when: float, start: float, end: float, final: bool = False) -> Answer:
    return Answer(when, "s0", "speech", start, end, final)


def test_each_tenth_of_a_second_counts_from_when_it_was_said_to_the_first_pass_with_it() -> None:
    found = [said(11.8, 10.0, 11.5), said(13.0, 10.0, 12.0, True)]
    waits = word_lags(found)
    assert len(waits) == 20
    assert waits[0] == pytest.approx(1.7)
    assert waits[14] == pytest.approx(0.3)
    assert waits[15] == pytest.approx(1.4), "the final pass adds what is new in it alone"


def test_lags_of_nothing_are_not_numbers() -> None:
    assert isnan(lags([]).p95_s)
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_what_was_captured_outside_is_left_out() -> None:
    found = [said(3.0, 1.0, 2.0), said(5.0, 4.0, 4.5)]
    assert within(found, 4.0, 5.0) == [found[1]]


def test_shares_are_weighed_by_length() -> None:
    part = Part("s0", coverage=[(0.0, 1.0, 1.0, 0.0, []), (1.0, 4.0, 0.0, 1.0, [])])
    part.unchecked = [(1.0, 4.0, "frames", "down")]
    assert coverage([part], 0.0, 9.0) == {"frames": 0.25, "speech": 0.75, "frames.down": 3.0}


def test_a_hole_is_what_nobody_examined_and_unsaid_what_nobody_told() -> None:
    frames = [Answer(at + 0.2, "s0", "frame", at, at) for at in (8.0, 9.0, 12.0, 13.0)]
    part = Part("s0", unchecked=[(10.0, 10.5, "frames", "down")])
    hole = holes("vision", "frames", 10.0, frames, [part])
    assert (hole.examined_s, hole.told) == (2.0, ["down"])
    assert hole.answered_s == pytest.approx(2.2)
    assert hole.unsaid_s == pytest.approx(0.5)  # a keyframe stands for its second


def test_a_stream_that_is_never_examined_again_is_no_number() -> None:
    hole = holes("vision", "frames", 10.0, [], [Part("s0")])
    assert hole.answered_s == float("inf")
