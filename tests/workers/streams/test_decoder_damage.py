"""What is damaged, missing or cut is told by decoders as processes, and nothing else is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bench.decoders import Decoders, Ear, Played, bytes_of
from tests.media.clips import FRAGMENTS, Made, made, raw
from tests.media.spoil import dropped, headless, torn, without_packets
from workers.streams.decoder import decode
from workers.streams.units import Chosen, Ended, Finish, Hearing, Missed, Sampling, Start
from workers.units import frame

EVERY = Sampling(random=False, min_gap_s=0.0, alike=0.0)
WAV = Made("wav", "", "pcm_s16le")
TS = Made("mpegts", "libx264", "aac", bframes=2)
FMP4 = Made("mp4", "libx264", "aac", options=FRAGMENTS)
SOUND_PID = 0x101


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as started:
        yield started


def told(decoders: Decoders, data: bytes, container: str) -> list[Missed]:
    """Play a stream of three seconds to its end; return what was missed."""
    played = decoders.play(bytes_of(data, lasts=3.0, size=2000), container, EVERY)
    assert played.of(Ended)
    return [each for each in played.said if isinstance(each, Missed)]


@pytest.mark.parametrize(
    "what",
    [WAV, Made("aiff", "", "pcm_s16be"), Made("avi", "mpeg4", "libmp3lame"),
     Made("matroska", "libx264", "libopus"), FMP4],
)  # fmt: skip
def test_a_file_that_ends_before_it_says_is_cut(decoders: Decoders, what: Made) -> None:
    clip = made(what)
    assert told(decoders, clip, "auto") == []
    missed = told(decoders, clip[: len(clip) * 2 // 3 + 1], "auto")
    assert {each.cause for each in missed} == {"damaged"}
    assert any(each.unit == "speech" for each in missed)
    assert max(each.to for each in missed) == pytest.approx(1002.0, abs=0.9)


def test_a_wav_without_an_end_is_not_cut(decoders: Decoders) -> None:
    clip = bytearray(made(WAV))
    at = clip.index(b"data") + 4
    clip[at : at + 4] = b"\xff" * 4
    assert told(decoders, bytes(clip[:-501]), "wav") == []
    assert told(decoders, raw(3.0)[:-1], "pcm_s16le;rate=16000;channels=1") == []


def test_a_stream_joined_in_the_middle_says_what_is_missing_before(decoders: Decoders) -> None:
    data = headless(made(TS._replace(gop=15)))
    played = decoders.play(bytes_of(data, lasts=2.0, size=2000), "mpegts", EVERY)
    missed = [each for each in played.said if isinstance(each, Missed)]
    assert {(each.unit, each.cause) for each in missed} >= {
        ("frames", "gap"), ("frames", "damaged"), ("speech", "damaged"),
    }  # fmt: skip
    first = next(each for each in played.said if isinstance(each, Chosen))
    assert first.pts >= 0.2
    gap = [each for each in missed if each.cause == "gap"]
    assert max(each.to for each in gap) == pytest.approx(first.at, abs=0.15)


@pytest.mark.parametrize("container", ["mpegts", "auto"])
def test_sound_that_was_announced_and_never_came_is_told(
    decoders: Decoders, container: str
) -> None:
    missed = told(decoders, without_packets(made(TS), SOUND_PID), container)
    assert {(each.unit, each.cause) for each in missed} == {("speech", "gap")}
    assert sum(each.to - each.from_ for each in missed) == pytest.approx(3.0, abs=0.6)


def test_sound_of_a_codec_nobody_knows_is_told(decoders: Decoders) -> None:
    data = made(Made("matroska", "libx264", "libopus")).replace(b"A_OPUS", b"A_WHAT")
    missed = told(decoders, data, "matroska")
    assert {(each.unit, each.cause) for each in missed} == {("speech", "unsupported")}


def test_pictures_lost_between_keyframes_are_told_without_decoding(decoders: Decoders) -> None:
    data = dropped(made(Made("h264", "libx264", gop=30)), 12)
    played = decoders.play(bytes_of(data, lasts=3.0, size=500), "h264", EVERY)
    (end,) = [each for each in played.said if isinstance(each, Ended)]
    (missed,) = [each for each in played.said if isinstance(each, Missed)]
    assert (missed.unit, missed.cause) == ("frames", "damaged")
    assert 0.8 < missed.from_ - 1000 < 1.7
    assert end.frames_decoded == 1
    assert end.errors == 1


@pytest.mark.parametrize("what", [FMP4, Made("matroska", "libx265", "libopus")])
def test_a_torn_packet_that_is_not_decoded_is_told(decoders: Decoders, what: Made) -> None:
    played = decoders.play(bytes_of(torn(made(what), 16), lasts=3.0, size=2000), "auto", EVERY)
    (missed,) = [each for each in played.said if isinstance(each, Missed)]
    assert (missed.unit, missed.cause) == ("frames", "damaged")
    chosen = [each.at for each in played.said if isinstance(each, Chosen)]
    assert chosen[1] + 0.3 < missed.from_ <= missed.to < chosen[2] + 0.3


def test_sound_that_waited_too_long_is_dropped_and_told(tmp_path: Path) -> None:
    ear = Ear(str(tmp_path / "ear"))
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    said = Played()
    first = Start(1, "adts", EVERY, Hearing(), speech=ear.path)
    pieces = bytes_of(made(Made("adts", "", "aac")), lasts=3.0, size=1000)
    with ours, theirs:
        life = threading.Thread(target=decode, args=(theirs, lambda _: None, 0.0))
        life.start()
        for each in (first, *pieces, Finish()):
            ours.sendall(frame(msgspec.msgpack.encode(each)))
        life.join(20)
        theirs.shutdown(socket.SHUT_WR)
        said.listen(ours, time.monotonic() + 20)
    ear.settle(5.0)
    ear.close()
    missed = [each for each in said.said if isinstance(each, Missed)]
    assert {(each.unit, each.cause) for each in missed} == {("speech", "late")}
    assert sum(each.to - each.from_ for each in missed) == pytest.approx(3.0, abs=0.6)
    assert ear.sounds == []
