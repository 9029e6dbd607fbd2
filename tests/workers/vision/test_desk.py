"""Where the threads meet: every frame is told of once for each of its units, and its slot freed."""

from __future__ import annotations

import os
from time import monotonic

from workers.streams.mailbox import Gallery, Mailbox
from workers.streams.reports import Lost, Saw
from workers.streams.units import Shown
from workers.vision.desk import Desk
from workers.vision.frames import FRAME, OCR, Frame

SIZE = 4 * 4 * 3


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def gallery() -> Gallery:
    mailbox = Mailbox(SIZE)
    seen = Gallery(os.dup(mailbox.fd), mailbox.slots, SIZE)
    mailbox.close()
    return seen


def frame(clock: Clock, handle: int, n: int, within_s: float = 5.0) -> Frame:
    shown = Shown(n, 1.0, n % 3, 4, 4, clock.at + within_s)
    return Frame(handle, shown, gallery(), clock.at)


def test_a_newer_frame_replaces_the_one_that_waits_for_both_units() -> None:
    clock = Clock()
    desk = Desk(clock, 3.0, 6.0, reads=True)
    old, new = frame(clock, 1, 1), frame(clock, 1, 2)
    desk.put(old, True)
    desk.put(new, True)
    told, released = desk.fetch()
    assert told == [Lost(1, 1, 1.0, "frame", "superseded"), Lost(1, 1, 1.0, "ocr", "superseded")]
    assert released == [(old, FRAME), (old, OCR)]
    assert desk.depth() == {"frame": 1, "ocr": 1}
    assert desk.next_frames(4, 0.0) == ([new], [True])
    assert desk.next_text(0.0) is new
    assert desk.counts.lost == {"frame.superseded": 1, "ocr.superseded": 1}


def test_text_is_not_asked_for_where_nobody_reads_or_nothing_changed() -> None:
    clock = Clock()
    for reads, changed in ((False, True), (True, False)):
        desk = Desk(clock, 3.0, 6.0, reads=reads)
        shown = frame(clock, 1, 1)
        desk.put(shown, changed)
        assert shown.holds == {FRAME}
        assert desk.next_text(0.0) is None


def test_late_frames_and_text_that_never_had_its_turn_are_told() -> None:
    clock = Clock()
    desk = Desk(clock, 3.0, 6.0, reads=True)
    desk.put(frame(clock, 1, 1, within_s=0.5), True)
    clock.at += 1.0
    assert [each for each in desk.fetch()[0] if isinstance(each, Lost)] == [
        Lost(1, 1, 1.0, "frame", "late")
    ]
    clock.at += 6.0
    assert desk.fetch()[0] == [Lost(1, 1, 1.0, "ocr", "load")]


def test_text_waits_while_the_image_models_are_left_out() -> None:
    clock = Clock()
    desk = Desk(clock, 3.0, 6.0, reads=True)
    desk.put(frame(clock, 1, 1, within_s=0.03), True)
    assert desk.next_frames(1, 0.0)[1] == [False]
    assert desk.next_text(0.0) is None
    clock.at += 1.1
    found = desk.next_text(0.0)
    assert found is not None
    assert found.n == 1


def test_what_waits_of_a_stream_that_lied_is_dropped() -> None:
    clock = Clock()
    desk = Desk(clock, 3.0, 6.0, reads=True)
    desk.put(frame(clock, 1, 1), True)
    desk.put(frame(clock, 2, 1), False)
    desk.forget(1)
    assert [(each.handle, each.unit) for each in desk.fetch()[0]] == [(1, "frame"), (1, "ocr")]
    assert [each.handle for each in desk.next_frames(4, 0.0)[0]] == [2]


def test_a_call_that_lasts_is_seen_and_answers_are_counted() -> None:
    clock = Clock()
    desk = Desk(clock, 3.0, 6.0, reads=False)
    assert desk.stuck_s() == 0.0
    desk.put(frame(clock, 1, 1), False)
    desk.next_frames(1, 0.0)
    clock.at += 9.0
    assert desk.stuck_s() == 9.0
    desk.say(FRAME, [Saw(1, 1, 1.0, "frame", [], unchecked="load")], clock.at - 9.0)
    assert desk.stuck_s() == 0.0
    desk.fetch()
    assert (desk.counts.done, desk.counts.lost, desk.counts.busy_s) == (
        {"frame": 1},
        {"frame.load": 1},
        9.0,
    )


def test_whoever_talks_is_woken_when_something_is_to_be_said() -> None:
    desk = Desk(monotonic, 3.0, 6.0, reads=False)
    clock = Clock()
    desk.put(frame(clock, 1, 1), False)
    desk.put(frame(clock, 1, 2), False)
    assert os.read(desk.wake, 8) == b"!"
    assert desk.fetch()[0]
    assert desk.fetch() == ([], [])
