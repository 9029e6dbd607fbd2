"""Names of containers, and what first bytes show."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from media.containers import HEAD_BYTES, NAMES, sniff, wanted
from media.faults import Unreadable
from tests.media.clips import FRAGMENTS, Made, jpegs, made, raw


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_understood(name: str) -> None:
    assert wanted(name) == wanted(name.upper())
    assert (wanted(name).family is None) == (name == "auto")


@pytest.mark.parametrize("name", ["hls", "concat", "rtmp://host/live", "pcm_s16le;rate=x", "sdp"])
def test_what_is_no_container_is_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        wanted(name)


@pytest.mark.parametrize("rate", [0, 1, 3_999, 192_001, 768_000, -16_000])
def test_raw_sound_at_absurd_rates_is_refused(rate: int) -> None:
    with pytest.raises(Unreadable) as refused:
        wanted(f"pcm_s16le;rate={rate};channels=1")
    assert refused.value.cause == "limit"


def test_raw_sound_says_how_it_is_to_be_read() -> None:
    said = wanted("pcm_s16le; rate=48000; channels=2")
    assert said.family is not None
    assert said.family.format == "s16le"
    assert said.options == {"sample_rate": "48000", "ch_layout": "2c"}


@pytest.mark.parametrize(
    ("made_as", "family"),
    [
        (Made("mp4", "libx264", options=FRAGMENTS), "mp4"),
        (Made("webm", "libvpx", "libopus"), "matroska"),
        (Made("mpegts", "libx264", "aac"), "mpegts"),
        (Made("flv", "libx264", "aac"), "flv"),
        (Made("ogg", "", "libopus"), "ogg"),
        (Made("adts", "", "aac"), "adts"),
        (Made("wav", "", "pcm_s16le"), "wav"),
        (Made("mp3", "", "libmp3lame"), "mp3"),
        (Made("flac", "", "flac"), "flac"),
        (Made("aiff", "", "pcm_s16be"), "aiff"),
        (Made("avi", "mpeg4", "libmp3lame"), "avi"),
        (Made("h264", "libx264"), "h264"),
    ],
)
def test_first_bytes_show_what_it_is(made_as: Made, family: str) -> None:
    assert sniff(made(made_as)[:HEAD_BYTES]) == family


def test_an_mpegts_is_known_from_its_middle() -> None:
    assert sniff(made(Made("mpegts", "libx264", "aac"))[777 : 777 + HEAD_BYTES]) == "mpegts"


def test_jpegs_are_known_and_samples_are_not() -> None:
    assert sniff(jpegs()[:HEAD_BYTES]) == "mjpeg"
    assert sniff(raw()[:HEAD_BYTES]) == ""


@given(st.binary(max_size=HEAD_BYTES))
def test_no_bytes_trouble_it(head: bytes) -> None:
    assert sniff(head) in {"", *NAMES}
