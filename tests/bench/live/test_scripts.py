"""Word error rates of live texts: pooled over whole recordings, each text where it belongs."""

from __future__ import annotations

from math import isnan

import pytest

from bench.live.scripts import rates
from bench.live.soundtrack import Line
from bench.live.watched import Answer
from bench.live.words import Spoken

FIRST = Line(0.0, 3.0, "the cat sat down", "the cat sat down", (1.0,))
SECOND = Line(5.0, 8.0, "a dog ran", "a dog run", (6.0,))


def said(*lines: Line) -> list[Spoken]:
    return [Spoken("s", 0, line, 100.0) for line in lines]


def text(start: float, end: float, words: str, final: bool = True, shaky: str = "") -> Answer:
    return Answer(200.0, "s", "speech", start, end, final, shaky, 0.0, 0.0, words)


def test_texts_count_for_the_recording_they_share_most_time_with() -> None:
    found = [text(101.5, 103.1, "sat down"), text(100.0, 101.5, "The cat"), text(105, 108, "a dog")]
    live = rates(said(FIRST, SECOND), found)
    assert live.live == pytest.approx(1 / 7), "one word of seven was not heard"
    assert live.offline == pytest.approx(1 / 7), "one word of seven was heard as another"
    assert live.beside == pytest.approx(1 / 7)


def test_what_is_provisional_or_shaky_was_not_heard() -> None:
    found = [
        text(100.0, 103.0, "the cat sat down", final=False),
        text(100.0, 103.0, "the cat sat down", shaky="noise"),
    ]
    assert rates(said(FIRST), found).live == 1.0


def test_where_nobody_knows_what_is_said_only_both_networks_are_compared() -> None:
    nobody = Line(0.0, 3.0, "", "the cat sat down", (1.0,))
    found = rates(said(nobody), [text(100.0, 103.0, "the cat sat")])
    assert isnan(found.live)
    assert isnan(found.offline)
    assert found.beside == pytest.approx(1 / 4)


def test_nothing_said_is_no_rate() -> None:
    assert isnan(rates([], [text(0.0, 1.0, "noise")]).beside)
