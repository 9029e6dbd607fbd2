"""A line a person and room: whoever is looked up first is done first."""

from __future__ import annotations

from functools import partial
from random import Random

from hypothesis import given, strategies as st

from gateway.chat.recalls import Recalls, Step

ME = ("t", "r", "me")


def test_nobody_waits_behind_nobody() -> None:
    recalls = Recalls()
    assert not recalls.follow(ME, lambda: None)
    step = recalls.begin(ME)
    done: list[str] = []
    assert recalls.follow(ME, lambda: done.append("second"))
    assert not recalls.follow(("t", "r", "you"), lambda: None)
    recalls.end(ME, step, lambda: done.append("first"))
    assert done == ["first", "second"]
    assert not recalls.lines


@given(looked_up=st.lists(st.booleans(), min_size=1, max_size=12), chance=st.randoms())
def test_any_order_of_answers_keeps_the_order_of_arrival(
    looked_up: list[bool], chance: Random
) -> None:
    recalls = Recalls()
    done: list[int] = []
    steps: list[tuple[int, Step]] = []
    for number, looks in enumerate(looked_up):
        if looks:
            steps.append((number, recalls.begin(ME)))
        elif not recalls.follow(ME, partial(done.append, number)):
            done.append(number)
    chance.shuffle(steps)
    for number, step in steps:
        recalls.end(ME, step, partial(done.append, number))
    assert done == list(range(len(looked_up)))
    assert not recalls.lines
