"""Frames on their way to the vision worker, with a test behind its door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from av import VideoFrame

from media.alike import luma
from media.choose import Why
from media.clock import Moment
from media.watching import Look
from tests.workers.streams.doors import Door
from workers.streams.mailbox import SLOTS, Gallery
from workers.streams.showing import Showing
from workers.streams.units import Attach, Chosen, Detach, Freed, Same, Sampling, Shown, ToVision

DECODE = msgspec.msgpack.Decoder(ToVision).decode
SAMPLING = Sampling(side=64, alike=0.02)


def look(n: int, why: Why = "key", shade: int | None = None) -> Look:
    """Return frame `n`; each is of another shade."""
    pixels = np.full((32, 64, 3), n * 20 if shade is None else shade, np.uint8)
    frame = VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")
    return Look(frame, Moment(float(n), 1000.0 + n, pace=float(n)), why, luma(frame))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path / "vision")
    yield made
    made.close()


class Given:
    """A `Showing` and what it said to the gateway."""

    def __init__(self, path: str) -> None:
        self.said: list[Chosen | Same] = []
        self.showing = Showing(path, 7, SAMPLING, self.said.append, seen_s=0.4)


def told(door: Door, count: int) -> list[Attach | Shown | Detach]:
    return [DECODE(body) for body in door.read(count)]


@pytest.fixture
def given(door: Door) -> Iterator[Given]:
    made = Given(str(door.path))
    yield made
    made.showing.close()


def test_a_frame_is_announced_and_lies_in_the_memory_that_came_along(
    given: Given, door: Door
) -> None:
    before = time.monotonic()
    assert given.showing.show(look(1, "first", shade=200)) == ""
    assert given.said == [Chosen(1, 1001.0, 1.0, "first")]
    attach, shown = told(door, 2)
    assert isinstance(attach, Attach)
    assert isinstance(shown, Shown)
    assert (attach.handle, attach.slots, attach.slot_bytes) == (7, SLOTS, 64 * 64 * 3)
    assert (shown.n, shown.at, shown.width, shown.height) == (1, 1001.0, 64, 32)
    assert (shown.changed, shown.closer) == (True, False)
    assert before + 0.3 < shown.until < time.monotonic() + 0.5
    gallery = Gallery(door.descriptors.pop(), attach.slots, attach.slot_bytes)
    assert abs(int(gallery.rows(shown.slot, 64, 32).mean()) - 200) < 4
    given.showing.close()
    assert told(door, 1) == [Detach()]


def test_slots_run_out_and_come_back(given: Given, door: Door) -> None:
    assert [given.showing.show(look(n)) for n in range(1, 5)] == ["", "", "", "full"]
    assert (given.showing.chosen, len(given.said)) == (3, 3), "what is not shown is not announced"
    told(door, 4)
    door.say(msgspec.msgpack.encode(Freed(1)))
    door.say(msgspec.msgpack.encode(Freed(99)))
    assert given.showing.show(look(5)) == ""
    (shown,) = told(door, 1)
    assert isinstance(shown, Shown)
    assert (shown.n, shown.slot) == (4, 1)
    assert given.showing.show(look(6)) == "full"


def test_what_looks_the_same_is_said_and_not_shown(given: Given, door: Door) -> None:
    given.showing.show(look(1, shade=90))
    assert given.showing.show(look(2, shade=91)) == ""
    assert given.said[1:] == [Same(1, 1002.0, 2.0)]
    assert (given.showing.chosen, given.showing.same) == (1, 1)
    assert given.showing.show(look(12, "promoted", shade=91)) == "", "it is looked at again"
    shown = told(door, 3)[-1]
    assert isinstance(shown, Shown)
    assert (shown.n, shown.changed, shown.closer) == (2, True, True), "and its text is read again"


def test_nobody_there_is_down(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "absent")):
        given = Given(path)
        assert given.showing.show(look(1)) == "down"
        assert given.said == []
        assert given.showing.descriptors() == []
        given.showing.close()


def test_a_worker_that_comes_back_gets_new_memory_and_every_slot_is_free(
    given: Given, door: Door
) -> None:
    for n in (1, 2, 3):
        given.showing.show(look(n))
    told(door, 4)
    ((descriptor, _),) = given.showing.descriptors()
    assert descriptor >= 0
    door.hang_up()
    now = time.monotonic()
    given.showing.turn(now)
    assert given.showing.descriptors() == []
    given.showing.turn(now + 60.0)
    assert [given.showing.show(look(n)) for n in (5, 6, 7, 8)] == ["", "", "", "full"]
    attach, *shown = told(door, 4)
    assert isinstance(attach, Attach)
    assert [each.slot for each in shown if isinstance(each, Shown)] == [0, 1, 2]
    assert len(door.descriptors) == 2


def test_that_somebody_looks_again_is_told_once(given: Given, door: Door) -> None:
    given.showing.show(look(1))
    told(door, 2)
    assert not given.showing.returned(), "nothing was missed at the start"
    door.hang_up()
    now = time.monotonic()
    given.showing.turn(now)
    assert not given.showing.returned()
    given.showing.turn(now + 60.0)
    assert given.showing.returned()
    assert not given.showing.returned()


def test_who_comes_after_frames_were_missed_is_told_of(tmp_path: Path) -> None:
    given = Given(str(tmp_path / "later"))
    assert given.showing.show(look(1)) == "down"
    door = Door(tmp_path / "later")
    given.showing.turn(time.monotonic() + 60.0)
    assert given.showing.returned()
    given.showing.close()
    door.close()
