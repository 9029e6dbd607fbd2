"""Streams that are too fast, too many, too large, or out of time, each through a real decoder."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from bench.decoders import Decoders, Played, bytes_of
from tests.media.clips import FRAGMENTS, Made, jpegs, made
from tests.media.spoil import crowded
from workers.streams.units import Chosen, Ended, Failed, Missed, Sampling

EVERY = Sampling(random=False, min_gap_s=0.0, alike=0.0)
FAST = Made("mpegts", "libx264", seconds=2.0, fps=480, width=64, height=48, gop=24)
WRAP_S = (1 << 33) / 90_000


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as started:
        yield started


def play(decoders: Decoders, data: bytes, container: str, lasts: float = 4.0) -> Played:
    played = decoders.play(bytes_of(data, lasts=lasts, size=2000), container, EVERY)
    assert played.gone is not None
    assert played.gone.status == 0
    assert played.gone.cpu_s < 2.0
    return played


def ended(played: Played) -> Ended:
    (last,) = [each for each in played.said if isinstance(each, Ended)]
    return last


def causes(played: Played) -> set[str]:
    return {each.cause for each in played.said if isinstance(each, Missed)}


@pytest.mark.parametrize("gop", [1, 24, 10_000])
def test_more_frames_a_second_than_allowed_are_left_out_and_told(
    decoders: Decoders, gop: int
) -> None:
    few = Sampling(random=False, min_gap_s=0.0, alike=0.0, most_fps=100.0, max_gap_s=0.5)
    data = made(FAST._replace(gop=gop))
    played = decoders.play(bytes_of(data, lasts=2.0, size=2000), "mpegts", few)
    end = ended(played)
    assert end.frames_seen == pytest.approx(960, abs=2)
    assert 1 <= end.frames_decoded <= 300
    assert "limit" in causes(played)


def test_ten_thousand_tracks_are_refused_in_words_and_at_once(decoders: Decoders) -> None:
    clip = made(Made("mp4", "libx264", "aac", seconds=1, options=FRAGMENTS))
    data = crowded(clip, 10_000)
    played = decoders.play(bytes_of(data, size=1 << 18), "mp4")
    (failed,) = [each for each in played.said if isinstance(each, Failed)]
    assert failed.message.startswith("limit")
    assert played.gone is not None
    assert played.gone.status == 0
    assert played.gone.cpu_s < 1.0


def test_an_index_that_cannot_be_opened_is_not_tried_for_ever(decoders: Decoders) -> None:
    clip = made(Made("mp4", "libx264", "aac", seconds=2, gop=1, options=FRAGMENTS))
    data = clip.replace(b"mdhd", b"stsd").replace(b"stbl", b"moov")
    played = play(decoders, data, "mp4")
    assert played.of(Failed) or causes(played)


def test_tracks_in_a_matroska_beyond_the_limit_are_told(decoders: Decoders) -> None:
    clip = made(Made("matroska", "libx264", seconds=0.2, tracks=60, width=16, height=16))
    assert causes(play(decoders, clip, "matroska", 0.2)) == {"limit"}


def test_a_picture_that_says_it_is_huge_is_not_made_room_for(decoders: Decoders) -> None:
    webm = bytearray(made(Made("webm", "libvpx", "libopus")))
    at = webm.find(b"\x9d\x01\x2a")
    while at >= 0:
        webm[at + 3 : at + 7] = b"\xff\x3f\xff\x3f"
        at = webm.find(b"\x9d\x01\x2a", at + 1)
    played = play(decoders, bytes(webm), "webm")
    assert ended(played).frames_decoded == 0
    assert causes(played) <= {"damaged", "limit"}
    assert causes(played)
    assert played.gone is not None
    assert played.gone.rss_mb < 200
    assert len(decoders.ear.pcm)


def test_jpegs_that_say_they_are_huge_are_refused(decoders: Decoders) -> None:
    data = bytearray(jpegs(6))
    at = data.find(b"\xff\xc0")
    while at >= 0:
        data[at + 5 : at + 9] = b"\xff" * 4
        at = data.find(b"\xff\xc0", at + 1)
    played = play(decoders, bytes(data), "mjpeg")
    assert played.of(Failed)
    assert played.gone is not None
    assert played.gone.rss_mb < 200


@pytest.mark.parametrize("start", [-1.5, WRAP_S - 2.0, WRAP_S - 1.4])
@pytest.mark.parametrize("container", ["mpegts", "flv"])
def test_times_below_zero_and_that_wrap_are_only_times(
    decoders: Decoders, container: str, start: float
) -> None:
    what = Made(container, "libx264", "aac", 4.0, start=start,
                options=(("avoid_negative_ts", "disabled"),))  # fmt: skip
    played = play(decoders, made(what), container)
    assert causes(played) <= {"full"}  # whoever looks is slow where everybody tests
    assert ended(played).frames_decoded == 4
    assert ended(played).video_s == pytest.approx(4.0, abs=0.2)
    assert ended(played).audio_s == pytest.approx(4.0, abs=0.2)
    at = [each.at for each in played.said if isinstance(each, Chosen)]
    assert at == sorted(at)
    assert 999.0 < at[0] <= at[-1] < 1004.5


def test_an_flv_whose_milliseconds_wrap_goes_on(decoders: Decoders) -> None:
    what = Made("flv", "libx264", "aac", 4.0, start=(1 << 31) / 1000 - 2.0)
    played = play(decoders, made(what), "flv")
    assert ended(played).video_s == pytest.approx(4.0, abs=0.3)


def test_times_that_jump_far_ahead_and_back_go_on(decoders: Decoders) -> None:
    data = b"".join(
        made(Made("mpegts", "libx264", "aac", 2.0, start=start)) for start in (10.0, 50_000.0, 3.0)
    )
    played = play(decoders, data, "mpegts", 6.0)
    end = ended(played)
    assert end.video_s == pytest.approx(6.0, abs=0.5)
    assert end.frames_decoded == 6
    assert end.worst_gap_s < 2.0
    assert all(each.to - each.from_ < 0.5 for each in played.said if isinstance(each, Missed)), (
        "where two streams meet, not more"
    )


def test_times_by_chance_cost_neither_pictures_nor_the_decoder(decoders: Decoders) -> None:
    data, rng = bytearray(made(Made("flv", "libx264", "aac", 4.0))), Random(5)
    at = 13
    while at + 11 < len(data):
        data[at + 4 : at + 8] = rng.randbytes(4)
        at += 15 + int.from_bytes(data[at + 1 : at + 4], "big")
    played = play(decoders, bytes(data), "flv")
    assert len(played.of(Chosen)) >= 1
    seen = [each.at for each in played.said if isinstance(each, Chosen)]
    assert all(990 < at < 1100 for at in seen)
