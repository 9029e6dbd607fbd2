"""Tracks that were announced and never came."""

from __future__ import annotations

from media.clock import Moment
from workers.streams.awaited import Awaited
from workers.streams.missing import Tally
from workers.streams.units import Heard, Missed


def test_what_never_comes_is_told_while_the_rest_goes_on() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    awaited = Awaited(tally, {0: "frames", 1: "speech"})
    for n in range(200):
        awaited.came(0, Moment(n / 10, 1000 + n / 10, pace=n / 10))
    assert said[0] == Missed("speech", 1000.0, 1010.0, "gap")
    awaited.close(1020.0)
    tally.flush()
    assert {(each.unit, each.cause) for each in said if isinstance(each, Missed)} == {
        ("speech", "gap")
    }
    assert max(each.to for each in said) == 1020.0


def test_what_comes_late_is_waited_for() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    awaited = Awaited(tally, {0: "frames", 1: "speech"})
    for n in range(50):
        awaited.came(0, Moment(n / 10, 1000 + n / 10, pace=n / 10))
    awaited.came(1, Moment(5.0, 1005.0, pace=5.0))
    awaited.close(1005.0)
    tally.flush()
    assert said == []


def test_where_nothing_comes_nothing_was_awaited() -> None:
    said: list[Missed | Heard] = []
    tally = Tally(said.append)
    Awaited(tally, {0: "frames"}).close(1000.0)
    tally.flush()
    assert said == []
