"""Containers opened and read, the good, the bad and the lying."""

from __future__ import annotations

import io
from collections import Counter

import av
import pytest

from media.containers import wanted
from media.demux import open_next
from media.faults import Unreadable
from media.source import Source
from tests.media.clips import FRAGMENTS, Made, jpegs, made, raw
from tests.media.streams import openings, source

BOTH = [
    ("fmp4", Made("mp4", "libx264", "aac", options=FRAGMENTS)),
    ("mp4", Made("mp4", "libx264", "aac", options=(("movflags", "faststart"),))),
    ("mp4", Made("mp4", "libx264", "aac")),
    ("mov", Made("mov", "libx265", "aac", options=FRAGMENTS)),
    ("webm", Made("webm", "libvpx", "libopus")),
    ("webm", Made("webm", "libvpx-vp9", "libopus")),
    ("webm", Made("webm", "libsvtav1", "libopus")),
    ("mkv", Made("matroska", "libx264", "libopus")),
    ("mpegts", Made("mpegts", "libx264", "aac", bframes=2)),
    ("flv", Made("flv", "libx264", "aac")),
    ("avi", Made("avi", "mpeg4", "libmp3lame")),
    ("ogg", Made("ogg", "", "libopus")),
    ("adts", Made("adts", "", "aac")),
    ("wav", Made("wav", "", "pcm_s16le")),
    ("mp3", Made("mp3", "", "libmp3lame")),
    ("flac", Made("flac", "", "flac")),
    ("aiff", Made("aiff", "", "pcm_s16be")),
    ("h264", Made("h264", "libx264")),
]


@pytest.mark.parametrize(("name", "what"), BOTH)
@pytest.mark.parametrize("announced", [True, False])
def test_every_packet_of_every_container_comes(name: str, what: Made, announced: bool) -> None:
    clip = made(what)
    with av.open(io.BytesIO(clip), "r") as container:
        theirs = Counter(p.stream.type for p in container.demux() if p.size)
    ours: Counter[str] = Counter()
    for opening in openings(source(clip, name if announced else "auto")):
        kinds = {s.index: s.type for s in (opening.video, opening.audio) if s is not None}
        ours += Counter(kinds[unit.track] for unit in opening.units())
        assert opening.errors == 0
    assert ours == theirs


def test_raw_samples_and_jpegs_have_packets() -> None:
    said = "pcm_s16le;rate=8000;channels=2"
    (opening,) = list(openings(source(raw(1.0, 8000, 2), said), said))
    assert opening.audio is not None
    opening = next(openings(source(jpegs(6), "jpeg")))
    assert sum(1 for _ in opening.units()) == 6


@pytest.mark.parametrize("start", [-40.0, 90_000.0])
def test_times_are_those_of_the_container(start: float) -> None:
    what = Made("matroska", "libx264", seconds=1, start=max(start, 0.0))
    opening = next(openings(source(made(what))))
    units = list(opening.units())
    assert units[0].pts == pytest.approx(max(start, 0.0), abs=0.2)
    assert units[0].seen >= 1000.0


def test_tracks_beyond_the_first_are_left_out_and_counted() -> None:
    clip = made(Made("mpegts", "libx264", seconds=1, tracks=5))
    opening = next(openings(source(clip)))
    assert opening.left_out == ["video"] * 4
    assert {unit.track for unit in opening.units()} == {0}


def test_a_crowd_of_tracks_is_bounded() -> None:
    clip = made(Made("matroska", "libx264", seconds=0.2, tracks=60, width=16, height=16))
    from_ = source(clip)
    opening = open_next(from_, wanted("auto"), most_tracks=4)
    assert opening is not None
    assert len(opening.left_out) == 59


def test_ten_thousand_tracks_are_refused_or_left_out() -> None:
    clip = made(Made("mp4", "libx264", seconds=1, options=FRAGMENTS))
    moov = clip.index(b"moov") - 4
    trak = clip.index(b"trak") - 4
    size = int.from_bytes(clip[trak : trak + 4], "big")
    crowd = clip[trak : trak + size] * 10_000
    length = int.from_bytes(clip[moov : moov + 4], "big") + len(crowd)
    crowded = clip[:moov] + length.to_bytes(4, "big") + clip[moov + 4 : trak] + crowd + clip[trak:]
    refused = _drained(source(crowded, size=1 << 18))
    assert refused is None or str(refused)


def test_what_opens_other_things_is_not_opened() -> None:
    for text in (
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=video 5004 RTP/AVP 96\r\n",
    ):
        with pytest.raises(Unreadable):
            list(openings(source(text * 30)))


def _drained(from_: Source, container: str = "auto") -> Unreadable | None:
    """Read everything there is; return what ended it early."""
    try:
        for opening in openings(from_, container):
            for _ in opening.units():
                pass
    except Unreadable as refused:
        return refused
    return None


@pytest.mark.parametrize("container", ["auto", "mpegts", "webm", "flv", "ogg", "mp3", "h264"])
def test_garbage_ends_in_words_after_bounded_bytes(container: str) -> None:
    junk = bytes(n * n * 31 % 251 for n in range(400_000))
    from_ = source(junk, container)
    refused = _drained(from_, container)
    assert refused is None or str(refused)
    assert from_.total <= len(junk)


@pytest.mark.parametrize("what", [what for _, what in BOTH[:10]])
def test_a_stream_that_stops_anywhere_ends(what: Made) -> None:
    clip = made(what)
    for end in range(1024, len(clip), max(1024, len(clip) // 24 // 1024 * 1024)):
        refused = _drained(source(clip[:end]))
        assert refused is None or str(refused)


def test_a_reconnect_with_another_size_is_another_opening() -> None:
    one = made(Made("webm", "libvpx", "libopus", seconds=1))
    two = made(Made("webm", "libvpx-vp9", "libopus", seconds=1, width=320, height=180))
    found = [
        (opening.video.codec_context.name, opening.video.width, sum(1 for _ in opening.units()))
        for opening in openings(source(one + two))
        if opening.video is not None
    ]
    assert [each[:2] for each in found] == [("vp8", 160), ("vp9", 320)]
    assert all(each[2] > 50 for each in found)
