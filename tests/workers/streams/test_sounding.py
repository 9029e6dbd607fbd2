"""Sound on its way to the speech worker: heard, or missed with a cause; nothing in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from media.clock import Moment
from media.listening import Run
from media.sound import RATE_HZ
from tests.workers.streams.doors import Door
from workers.streams.missing import Tally
from workers.streams.sounding import Sounding
from workers.streams.units import Attach, Detach, Heard, Hearing, Missed, Sound, ToSpeech

DECODE = msgspec.msgpack.Decoder(ToSpeech).decode
HEARING = Hearing(profile="thrifty")
EIGHTH = 2048
STEP_S = EIGHTH / RATE_HZ


def run(at: float, samples: int = EIGHTH, jump: bool = False, value: int = 5) -> Run:
    return Run(Moment(at - 1000.0, at), np.full(samples, value, np.int16), jump)


class Given:
    """A `Sounding` and what was said of it."""

    def __init__(self, path: Path) -> None:
        self.said: list[Missed | Heard] = []
        self.tally = Tally(self.said.append)
        self.sounding = Sounding(str(path), 7, HEARING, self.tally)

    def told(self) -> list[Missed | Heard]:
        self.tally.flush()
        said, self.said[:] = list(self.said), []
        return said


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path / "speech")
    yield made
    made.close()


@pytest.fixture
def given(door: Door) -> Iterator[Given]:
    made = Given(door.path)
    yield made
    made.sounding.close()


def sounds(door: Door, count: int) -> list[Sound]:
    """Read so many sounds, behind the greeting."""
    said = [DECODE(body) for body in door.read(1 + count)]
    return [each for each in said if isinstance(each, Sound)]


def test_sound_goes_out_in_eighths_and_is_heard(given: Given, door: Door) -> None:
    for n in range(4):
        given.sounding.sound(run(1000.0 + n * STEP_S / 2, EIGHTH // 2))
    attach, *rest = [DECODE(body) for body in door.read(3)]
    assert attach == Attach(7, hearing=HEARING)
    first, second = rest
    assert isinstance(first, Sound)
    assert isinstance(second, Sound)
    assert (first.at, first.jump, len(first.pcm)) == (1000.0, True, 2 * EIGHTH)
    assert (second.at, second.jump) == (1000.0 + STEP_S, False)
    assert np.frombuffer(first.pcm, "<i2").tolist() == [5] * EIGHTH
    (heard,) = given.told()
    assert isinstance(heard, Heard)
    assert heard.from_ == 1000.0
    assert heard.to == pytest.approx(1000.0 + 2 * STEP_S)
    assert given.sounding.audio_s == pytest.approx(2 * STEP_S)


def test_a_jump_sends_what_is_held_and_is_told(given: Given, door: Door) -> None:
    given.sounding.sound(run(1000.0, 100))
    given.sounding.sound(run(1009.0, jump=True))
    one, two = sounds(door, 2)
    assert (one.at, len(one.pcm), two.at, two.jump) == (1000.0, 200, 1009.0, True)
    assert given.told() == [Heard(1000.0, 1000.0 + 100 / RATE_HZ), Heard(1009.0, 1009.0 + STEP_S)]


def test_times_never_run_backwards_within_a_run(given: Given, door: Door) -> None:
    given.sounding.sound(run(1000.0))
    given.sounding.sound(run(1000.0 + STEP_S / 2))  # the clock found a smaller distance
    one, two = sounds(door, 2)
    assert two.at == one.at + STEP_S


def test_nobody_there_is_missed_down_and_the_next_sound_jumps(tmp_path: Path) -> None:
    given = Given(tmp_path / "speech")
    given.sounding.sound(run(1000.0))
    assert given.told() == [Missed("speech", 1000.0, 1000.0 + STEP_S, "down")]
    assert given.sounding.descriptors() == []
    door = Door(tmp_path / "speech")
    given.sounding.turn(time.monotonic() + 60.0)
    given.sounding.sound(run(1000.0 + STEP_S))
    (sound,) = sounds(door, 1)
    assert sound.jump
    ((_, events),) = given.sounding.descriptors()
    assert events
    given.sounding.close()
    door.close()


def test_a_worker_behind_costs_the_oldest_and_all_of_it_is_told(given: Given, door: Door) -> None:
    count = 200  # 800 KB: more than the socket and ten seconds hold
    for n in range(count):
        given.sounding.sound(run(1000.0 + n * STEP_S))
    given.tally.flush()
    before = list(given.said)
    assert {each.cause for each in before if isinstance(each, Missed)} == {"full"}
    door.close()
    given.sounding.close()
    said = given.told()
    assert {each.cause for each in said if isinstance(each, Missed)} == {"full", "down"}
    assert sum(each.to - each.from_ for each in said) == pytest.approx(count * STEP_S)


def test_the_rest_is_sent_at_the_end(given: Given, door: Door) -> None:
    given.sounding.sound(run(1000.0, 100))
    given.sounding.close()
    said = [DECODE(body) for body in door.read(3)]
    assert [type(each) for each in said] == [Attach, Sound, Detach]
    assert given.told() == [Heard(1000.0, 1000.0 + 100 / RATE_HZ)]
    given.sounding.close()
