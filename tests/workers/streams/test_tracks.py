"""A stream's tracks: what is decoded is shown, and all that is not is said with its cause."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from media.choose import Chooser, Rates
from media.clock import Clock
from media.demux import Unit
from tests.media.clips import FRAGMENTS, Made, made
from tests.media.streams import openings, source
from tests.workers.streams.doors import Door
from workers.streams.inlet import Inlet
from workers.streams.missing import Tally
from workers.streams.showing import Showing
from workers.streams.sounding import Sounding
from workers.streams.tracks import Tracks
from workers.streams.units import (
    Chosen,
    FromDecoder,
    Heard,
    Hearing,
    Missed,
    Opened,
    Same,
    Sampling,
    Track,
)
from workers.units import cut

CLIP = Made("mp4", "libx264", "aac", options=FRAGMENTS)
"""Three seconds, ten pictures each, a keyframe a second."""
DECODE = msgspec.msgpack.Decoder(FromDecoder).decode


class Given:
    """Tracks with all around them; nobody reads what is shown, so it is chosen three times."""

    def __init__(self, door: Door, sampling: Sampling, deaf: bool = False) -> None:
        self.sock, self._ours = socket.socketpair()
        self.said: list[Missed | Heard | Chosen | Same] = []
        self.tally = Tally(self.said.append)
        inlet = Inlet(self._ours, lambda _: None)
        rates = Rates(random=False, min_gap_s=0.0)
        self.showing = Showing(str(door.path), 7, sampling, self.said.append)
        self.sounding = None if deaf else Sounding("", 7, Hearing(), self.tally)
        self.tracks = Tracks(
            sampling, Chooser(rates), Clock(), self.tally, inlet, self.showing, self.sounding, 3.0
        )

    def play(self, data: bytes, ages: dict[int, float] | None = None, gap: int = -1) -> list[Unit]:
        """Play all openings; `ages` says how old the bytes of packet n are, `gap` before which."""
        read, units = source(data, size=256, rate=len(data) / 3.0), list[Unit]()
        for opening in openings(read):
            self.tracks.open(opening, read, timed=True)
            for n, unit in enumerate(opening.units()):
                units.append(unit._replace(gaps=int(0 <= gap <= n)))
                self.tracks.unit(units[-1], (ages or {}).get(n, 0.0))
            self.tracks.close()
        self.tally.flush()
        return units

    def opened(self) -> list[Opened]:
        """Return what the gateway heard of tracks."""
        self.sock.settimeout(5)
        said = [DECODE(body) for body in cut(bytearray(self.sock.recv(1 << 16)))]
        return [each for each in said if isinstance(each, Opened)]

    def missed(self, unit: str) -> dict[str, float]:
        """Return how long was missed, by cause."""
        found: dict[str, float] = {}
        for each in self.said:
            if isinstance(each, Missed) and each.unit == unit:
                found[each.cause] = found.get(each.cause, 0.0) + each.to - each.from_
        return found

    def chosen(self) -> int:
        return sum(isinstance(each, Chosen) for each in self.said)

    def close(self) -> None:
        self.showing.close()
        self.sock.close()
        self._ours.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made_ = Door(tmp_path / "vision")
    yield made_
    made_.close()


@pytest.fixture
def given(door: Door) -> Iterator[Given]:
    made_ = Given(door, Sampling(alike=0.0))
    yield made_
    made_.close()


def test_tracks_are_told_and_keyframes_shown(given: Given) -> None:
    units = given.play(made(CLIP))
    (opened,) = given.opened()
    assert opened.container == "mp4"
    video, audio = opened.tracks
    assert audio == Track("audio", "aac", rate=44_100.0, channels=1)
    assert (video.codec, video.width, video.height) == ("h264", 160, 96)
    assert video.rate == pytest.approx(10.0, abs=1.0)
    tracks = given.tracks
    assert given.chosen() == tracks.decoded == 3
    assert (tracks.seen, tracks.errors, tracks.empty) == (30, 0, False)
    assert tracks.video_end - tracks.video_begin == pytest.approx(3.0, abs=0.11)
    assert tracks.audio_s == pytest.approx(3.0, abs=0.1)
    assert tracks.begun == pytest.approx(units[0].seen)
    assert given.missed("frames") == {}
    assert set(given.missed("speech")) == {"down"}, "nobody listens"


def test_without_slots_frames_are_missed(given: Given) -> None:
    given.play(made(CLIP._replace(seconds=5.0)))
    assert given.chosen() == 3
    assert set(given.missed("frames")) == {"full"}
    full = [each for each in given.said if isinstance(each, Missed) and each.unit == "frames"]
    assert all(each.due for each in full)


def test_a_gap_is_missed_and_the_next_keyframe_goes_on(given: Given) -> None:
    given.play(made(CLIP._replace(audio="")), gap=12)
    assert set(given.missed("frames")) == {"gap"}
    assert given.chosen() == 3


def test_what_is_too_old_is_read_and_not_decoded(given: Given) -> None:
    ages = dict.fromkeys(range(5, 15), 4.0) | dict.fromkeys(range(15, 25), 2.0)
    given.play(made(CLIP._replace(audio="")), ages=ages)
    # From the fifth picture on: what is younger than 3 s must be a keyframe younger than 1.5 s.
    assert given.missed("frames") == {"late": pytest.approx(2.4, abs=0.2)}
    assert given.chosen() == 1


def test_a_fresh_keyframe_ends_being_late(given: Given) -> None:
    given.play(made(CLIP._replace(audio="")), ages={5: 4.0})
    assert given.missed("frames") == {"late": pytest.approx(0.5, abs=0.15)}
    assert given.chosen() == 3


def test_a_second_size_is_told_and_both_openings_count(given: Given) -> None:
    data = made(Made("webm", "libvpx", "libopus")) + made(
        Made("webm", "libvpx", "libopus", width=320, height=180)
    )
    given.play(data)
    assert [each.tracks[0].width for each in given.opened()] == [160, 320]
    assert given.tracks.seen == 60
    assert given.tracks.audio_s == pytest.approx(6.0, abs=0.3)


def test_more_tracks_than_are_looked_at_are_beyond_the_limit(given: Given) -> None:
    given.play(made(CLIP._replace(tracks=2)))
    limits = [each for each in given.said if isinstance(each, Missed) and each.cause == "limit"]
    assert [each.unit for each in limits] == ["frames"]


def test_a_picture_too_large_is_beyond_the_limit_and_sound_goes_on(door: Door) -> None:
    given = Given(door, Sampling(most_pixels=100 * 50))
    given.play(made(CLIP))
    assert set(given.missed("frames")) == {"limit"}
    assert any(each.due for each in given.said if isinstance(each, Missed))
    assert given.chosen() == 0
    assert given.tracks.audio_s == pytest.approx(3.0, abs=0.1)
    given.close()


def test_where_nobody_wants_sound_none_is_decoded(door: Door) -> None:
    given = Given(door, Sampling(), deaf=True)
    given.play(made(Made("ogg", "", "libopus")))
    assert (given.tracks.empty, given.tracks.audio_s) == (False, 0.0)
    assert given.said == []
    given.close()


def test_all_of_a_stretch_can_be_missed_at_once(given: Given) -> None:
    given.tracks.miss_all(1000.0, 1004.0, "damaged")
    assert given.missed("frames") == given.missed("speech") == {"damaged": 4.0}
