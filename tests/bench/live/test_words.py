"""Lags of words: by their recording's clock, to the first verdict that holds them."""

from __future__ import annotations

from math import inf, isinf

import pytest
from hypothesis import given, strategies as st

from bench.live.soundtrack import Line
from bench.live.watched import Answer
from bench.live.words import Spoken, spoken, waits

LINE = Line(2.0, 5.0, "one two three", "one two three", (2.5, 3.5, 4.5))
T0 = 1_000.0


def heard(when: float, start: float, end: float, final: bool = True) -> Answer:
    return Answer(T0 + when, "s", "heard", T0 + start, T0 + end, final)


def said(line: Line = LINE) -> list[Spoken]:
    return spoken("s", [line], 10.0, 0.0, T0, 10.0)


def test_a_lag_is_from_the_end_of_the_word_to_the_first_verdict_that_holds_it() -> None:
    verdicts = [heard(6.0, 2.0, 5.0), heard(4.1, 2.0, 3.9, final=False)]
    lags = [each.lag_s for each in waits(said(), verdicts)]
    assert lags == pytest.approx([1.6, 0.6, 1.5]), "a provisional pass is a verdict"


def test_what_a_provisional_pass_may_have_cut_through_is_not_in_it() -> None:
    verdicts = [heard(3.7, 2.0, 3.6, final=False), heard(6.0, 2.0, 5.0)]
    lags = [each.lag_s for each in waits(said(), verdicts)]
    assert lags == pytest.approx([1.2, 2.5, 1.5])


def test_the_last_word_tells_when_the_end_of_speech_is_final() -> None:
    verdicts = [heard(5.0, 2.0, 5.0, final=False), heard(7.0, 2.0, 5.0)]
    flushes = [each.flush_s for each in waits(said(), verdicts)]
    assert flushes == [None, None, pytest.approx(2.5)]


def test_a_word_in_no_verdict_has_no_lag() -> None:
    elsewhere = Answer(T0 + 6.0, "another", "heard", T0 + 2.0, T0 + 5.0)
    passes = Answer(T0 + 6.0, "s", "speech", T0 + 2.0, T0 + 5.0)
    found = waits(said(), [elsewhere, passes, heard(9.0, 5.5, 6.0)])
    assert [each.lag_s for each in found] == [inf] * 3
    assert isinf(found[-1].flush_s or 0.0)


@given(
    clip_s=st.floats(6, 40),
    start=st.floats(0, 5),
    for_s=st.floats(1, 100),
)
def test_what_is_said_is_whole_and_as_often_as_the_clip_is_played(
    clip_s: float, start: float, for_s: float
) -> None:
    found = spoken("s", [LINE], clip_s, start, T0, for_s)
    for each in found:
        assert each.from_ >= T0 - 1e-6
        assert each.to <= T0 + for_s + 1e-6
        offset = (each.from_ - T0 + start - LINE.from_) / clip_s
        assert offset == pytest.approx(round(offset), abs=1e-6)
    assert len({each.turn for each in found}) == len(found)
    assert len(found) >= int((for_s - LINE.to) / clip_s) - 1
