"""What a server is told of its stream: once each, with what nobody here examines."""

from __future__ import annotations

import msgspec

from gateway.stream.coverage import Coverage
from gateway.stream.metrics import StreamNumbers
from seawall import wire
from workers.streams.reports import Listened, Lost, Saw
from workers.streams.units import Chosen, Heard, Missed, Same


class Told:
    """A stream's coverage with what it tells."""

    def __init__(self) -> None:
        self.told: list[wire.Coverage] = []
        self.numbers = StreamNumbers()
        self.coverage = Coverage("s1", self.told.append, self.numbers, 10.0, 100.0)

    def causes(self) -> set[tuple[str, str]]:
        return {(each.unit, each.cause) for line in self.told for each in line.unchecked}


def test_what_was_seen_and_heard_is_covered() -> None:
    made = Told()
    for n in range(5):
        made.coverage.chosen(Chosen(n, 100.0 + n, float(n), "key"))
        made.coverage.saw(Saw(7, n, 100.0 + n, "frame", []))
    made.coverage.same(Same(4, 105.0, 5.0))
    made.coverage.heard(Heard(100.0, 106.0))
    made.coverage.listened(Listened(7, 100.0, 106.0, "speech"))
    made.coverage.report(107.0)
    (line,) = made.told
    assert (line.from_, line.frames, line.speech, line.unchecked) == (100.0, 1.0, 1.0, [])
    assert made.numbers.examined_s["frames"] > 4.0
    made.coverage.report(107.0)
    assert len(made.told) == 1  # nothing new, nothing told


def test_sound_without_speech_is_told_apart() -> None:
    made = Told()
    made.coverage.heard(Heard(100.0, 106.0))
    made.coverage.listened(Listened(7, 100.0, 103.0, "none"))
    made.coverage.listened(Listened(7, 103.0, 104.0, "speech"))
    made.coverage.listened(Listened(7, 104.0, 106.0, "speech", "late"))
    made.coverage.report(107.0)
    made.coverage.chosen(Chosen(1, 108.0, 8.0, "key"))
    made.coverage.saw(Saw(7, 1, 108.0, "frame", []))
    made.coverage.came(109.0)
    made.coverage.report(109.0)
    first, second = made.told
    assert (first.speech, first.voiced) == (4 / 6, 1 / 4)
    assert second.voiced is msgspec.UNSET  # there was no sound
    assert made.numbers.sound_s == {"speech": 1.0, "none": 3.0}


def test_what_was_lost_is_told_counted_and_its_cause_is_one_we_know() -> None:
    made = Told()
    for n in range(3):
        made.coverage.chosen(Chosen(n, 100.0 + n, float(n), "key"))
    made.coverage.saw(Saw(7, 0, 100.0, "frame", [], unchecked="load"))
    made.coverage.lost(Lost(7, 1, 101.0, "frame", "from hostile bytes"))
    made.coverage.saw(Saw(7, 2, 102.0, "frame", [], unchecked="limit"))
    made.coverage.lost(Lost(7, 2, 102.0, "ocr", "superseded"))
    made.coverage.missed(Missed("speech", 100.0, 101.0, "gap"))
    made.coverage.close()
    assert ("frames", "load") in made.causes()
    assert ("speech", "gap") in made.causes()
    assert set(made.numbers.unchecked) == {
        ("frames", "load"),
        ("frames", "other"),
        ("speech", "gap"),
    }
    assert made.numbers.skipped == {
        ("frame", "load"): 1,
        ("frame", "other"): 1,
        ("frame", "limit"): 1,
        ("ocr", "superseded"): 1,
    }


def test_a_frame_that_nobody_was_there_for_makes_its_time_unchecked() -> None:
    made = Told()
    for n in range(4):
        at = 100.0 + n
        if n in (1, 2):
            made.coverage.missed(Missed("frames", at, at, "down", due=True))
        else:
            made.coverage.chosen(Chosen(n, at, float(n), "key"))
            made.coverage.saw(Saw(7, n, at, "frame", []))
    made.coverage.came(104.0)
    made.coverage.report(104.0)
    (line,) = made.told
    assert (line.from_, line.to_, line.frames) == (100.0, 104.0, 0.5)
    assert line.unchecked == [wire.Unchecked(101.0, 103.0, "frames", "down")]


def test_what_is_pending_when_a_stream_is_cut_is_told_neither_way() -> None:
    made = Told()
    made.coverage.heard(Heard(100.0, 106.0))
    made.coverage.listened(Listened(7, 100.0, 103.0, "speech"))
    made.coverage.cut(106.0)
    (line,) = made.told
    assert (line.from_, line.to_, line.speech, line.unchecked) == (100.0, 103.0, 1.0, [])
    made.coverage.cut(106.0)
    assert len(made.told) == 1


def test_what_nobody_here_looks_at_is_told() -> None:
    made = Told()
    made.coverage.off["speech"] = 100.0
    made.coverage.chosen(Chosen(0, 104.0, 4.0, "key"))
    made.coverage.saw(Saw(7, 0, 104.0, "frame", []))
    made.coverage.missed(Missed("speech", 100.0, 104.0, "down"))
    made.coverage.close()
    assert made.causes() == {("speech", "off")}
    assert made.told[-1].speech == 0.0


def test_what_has_no_length_is_told_all_the_same() -> None:
    made = Told()
    made.coverage.missed(Missed("speech", 100.0, 100.0, "limit"))
    made.coverage.close()
    assert ("speech", "limit") in made.causes()


def test_a_stall_is_told_until_bytes_come_again() -> None:
    made = Told()
    made.coverage.came(100.0)
    made.coverage.stalled(110.0)
    made.coverage.stalled(115.0)
    made.coverage.came(120.0)
    spans = [(line.from_, line.to_) for line in made.told]
    assert spans == [(100.0, 110.0), (110.0, 115.0)]
    assert made.causes() == {("frames", "stalled"), ("speech", "stalled")}


def test_a_stream_of_nothing_is_told_once() -> None:
    made = Told()
    made.coverage.report(105.0)
    assert made.told == []
    made.coverage.close()
    assert [(line.from_, line.to_) for line in made.told] == [(100.0, 100.0)]


def test_what_could_not_be_opened_was_not_examined() -> None:
    made = Told()
    made.coverage.came(103.0)
    made.coverage.void(100.0, "damaged")
    (line,) = made.told
    assert (line.from_, line.to_, line.speech, line.frames) == (100.0, 103.0, 0.0, 0.0)
