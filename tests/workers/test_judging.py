"""A worker's inside, told the time: what is late is left, what fails fails alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from detectors.models.unit import Unit
from seawall.errors import OurFault
from seawall.signals import Signal
from workers.judging import Judging
from workers.units import Asked, Told


class Clocked:
    """A model that takes a second a text, by a clock that it moves itself."""

    name = "clocked"
    version = "0"

    def __init__(self) -> None:
        self.now = 0.0
        self.judged: list[int] = []
        self.batches: list[int] = []

    def clock(self) -> float:
        return self.now

    def judge(self, units: Sequence[Unit]) -> list[list[Signal] | None]:
        self.now += len(units)
        self.judged += [unit.id for unit in units]
        self.batches.append(len(units))
        if any(unit.text == "bad" for unit in units):
            raise ValueError("quotes the text")
        return [None if unit.text == "unknown" else [] for unit in units]


def judging(batch: int = 4) -> tuple[Clocked, Judging, list[str]]:
    model, said = Clocked(), list[str]()
    return model, Judging(model, batch, model.clock, said.append), said


def ask(queue: Judging, n: int, until: Sequence[float], texts: Sequence[str] = ()) -> None:
    first = n * 100
    units = [Unit(first + at, texts[at] if texts else "hello") for at in range(len(until))]
    queue.ask(Asked(n, units, list(until)))


def test_what_is_past_its_deadline_is_not_judged() -> None:
    model, queue, _ = judging()
    model.now = 10.0
    ask(queue, 1, [9.0, 10.0, 11.0])
    told = queue.turn()
    assert (told.overdue, told.quiet) == ([100, 101], [102])
    assert model.judged == [102]


def test_what_would_be_late_by_the_end_of_its_batch_is_left_as_well() -> None:
    _, queue, _ = judging(batch=4)
    ask(queue, 1, [99.0])
    queue.turn()  # now it knows its pace: a second a text
    ask(queue, 2, [3.0, 99.0, 99.0])
    told = queue.turn()
    assert told.overdue == [200]
    assert told.quiet == [201, 202]


def test_one_bad_moment_does_not_starve_everybody_for_ever() -> None:
    model, queue, _ = judging(batch=1)
    ask(queue, 1, [1e9])
    queue.turn()
    for n in range(2, 30):
        ask(queue, n, [model.now + 0.2])
        if queue.turn().quiet:
            return
    pytest.fail("nothing was judged any more")


def test_a_frame_is_through_when_all_of_it_was_told() -> None:
    _, queue, _ = judging(batch=2)
    ask(queue, 1, [9e9] * 3)
    ask(queue, 2, [9e9] * 2)
    assert [queue.turn().n for _ in range(3)] == [0, 1, 2]
    queue.ask(Asked(3, [], []))
    assert queue.turn() == Told(3)


def test_a_text_that_cannot_be_judged_fails_alone() -> None:
    model, queue, said = judging()
    ask(queue, 1, [9e9] * 4, ["hello", "bad", "hello", "unknown"])
    told = queue.turn()
    assert (told.quiet, told.failed) == ([100, 102], [101, 103])
    assert model.batches == [4, 1, 1, 1, 1]
    assert len(said) == 2
    assert not [line for line in said if "quotes" in line]


def test_a_frame_that_makes_no_sense_is_refused() -> None:
    _, queue, _ = judging()
    with pytest.raises(OurFault):
        queue.ask(Asked(1, [Unit(1, "hello")], []))


@given(st.lists(st.lists(st.floats(0, 60), max_size=6), min_size=1, max_size=8), st.integers(1, 5))
def test_every_unit_is_told_once(frames: list[list[float]], batch: int) -> None:
    _, queue, _ = judging(batch)
    for n, until in enumerate(frames, 1):
        ask(queue, n, until)
    told: list[int] = []
    last = 0
    for _ in range(100):
        answer = queue.turn()
        told += [*answer.quiet, *answer.overdue, *answer.failed]
        last = answer.n
        if not queue.waiting:
            break
    asked = [n * 100 + at for n, each in enumerate(frames, 1) for at in range(len(each))]
    assert sorted(told) == asked
    assert last == len(frames)
