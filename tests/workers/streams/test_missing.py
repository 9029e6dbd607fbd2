"""Stretches that are joined before they are said."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st

from workers.streams.missing import Tally
from workers.streams.units import Heard, Missed

CAUSES = st.sampled_from(["late", "full", "down"])


@given(st.lists(st.tuples(CAUSES, st.floats(0, 3), st.floats(0, 1)), max_size=60))
def test_nothing_is_lost_by_joining_and_nothing_added(
    stretches: list[tuple[str, float, float]],
) -> None:
    said: list[Missed | Heard] = []
    tally, at = Tally(said.append), 100.0
    for cause, gap, lasts in stretches:
        at += gap
        tally.miss("speech", at, at + lasts, cause)
        at += lasts
    tally.flush()
    for cause in ("late", "full", "down"):
        mine = [each for each in said if isinstance(each, Missed) and each.cause == cause]
        assert all(a.to <= b.from_ for a, b in itertools.pairwise(mine))
        at = 100.0
        for other, gap, lasts in stretches:
            at += gap
            if other == cause:
                assert any(one.from_ <= at and at + lasts <= one.to for one in mine)
            at += lasts


def test_a_second_of_sound_is_few_lines() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    for n in range(80):
        tally.hear(n / 8, (n + 1) / 8)
    tally.flush()
    assert 4 <= len(said) <= 6
    assert said[0].from_ == 0.0
    assert said[-1].to == 10.0


def test_a_hole_in_what_was_heard_was_not_heard() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    tally.hear(0.0, 1.0)
    tally.hear(1.2, 2.0)
    tally.flush()
    assert said == [Heard(0.0, 1.0), Heard(1.2, 2.0)]


def test_frames_that_were_due_are_told_apart() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    tally.miss("frames", 10.0, 10.0, "down", due=True)
    tally.miss("frames", 10.1, 10.2, "down")
    tally.miss("frames", 10.4, 10.4, "down", due=True)
    tally.flush()
    assert said == [
        Missed("frames", 10.0, 10.4, "down", due=True),
        Missed("frames", 10.1, 10.2, "down"),
    ]


def test_what_ran_backwards_is_a_point() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    tally.miss("frames", 10.0, 5.0, "gap")
    tally.flush()
    assert said == [Missed("frames", 10.0, 10.0, "gap")]
    assert tally.missed == {"gap": 1}
