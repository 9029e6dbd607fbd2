"""Whoever asks when words were spoken is told once, by the deadline at last."""

from __future__ import annotations

from workers.streams.aligning import ALIGN_S, Aligning
from workers.streams.reports import Aligned, Word


def test_all_who_asked_about_one_utterance_are_told_once() -> None:
    aligning, told = Aligning(), list[Aligned]()
    assert aligning.ask((7, 1), told.append, 0.0)
    assert not aligning.ask((7, 1), told.append, 0.1)
    answer = Aligned(7, 1, [Word("a", 0.0, 1.0)])
    aligning.answer(answer)
    aligning.answer(answer)
    assert told == [answer, answer]
    assert len(aligning) == 0


def test_nobody_waits_longer_than_the_deadline() -> None:
    aligning, told = Aligning(), list[Aligned]()
    aligning.ask((7, 1), told.append, 0.0)
    aligning.overdue(ALIGN_S - 0.1)
    assert told == []
    aligning.overdue(ALIGN_S)
    assert told == [Aligned(7, 1, [])]


def test_the_oldest_of_too_many_is_told_that_nothing_comes() -> None:
    aligning, told = Aligning(), list[Aligned]()
    for n in range(300):
        aligning.ask((7, n), told.append, 0.0)
    assert len(told) == 44
    aligning.give_up()
    assert len(told) == 300
