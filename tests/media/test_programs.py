"""Tracks that are announced on the way."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest
from hypothesis import given, strategies as st

from media.containers import wanted
from media.openings import Openings
from media.programs import Programs, Tags
from tests.media.clips import Made, made
from tests.media.streams import openings, source

FLV = Made("flv", "libx264", "aac")


def tags(clip: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 13
    while at + 11 <= len(clip):
        size = int.from_bytes(clip[at + 1 : at + 4], "big")
        found.append((clip[at], clip[at : at + 15 + size]))
        at += 15 + size
    return found


def late(seconds: float) -> bytes:
    """Return an FLV whose sound comes so many seconds late."""
    clip = made(FLV)
    kept = [tag for kind, tag in tags(clip) if kind != 8 or _ms(tag) >= seconds * 1000
            or tag[12] == 0]  # fmt: skip
    config = [tag for tag in kept if tag[0] == 8 and tag[12] == 0]
    kept = [tag for tag in kept if tag not in config]
    first = next(n for n, tag in enumerate(kept) if tag[0] == 8)
    return clip[:13] + b"".join([*kept[:first], *config, *kept[first:]])


def _ms(tag: bytes) -> int:
    return int.from_bytes(tag[4:7], "big") | tag[7] << 24


def test_sound_that_comes_late_is_heard() -> None:
    kinds = []
    for opening in openings(source(late(2.0), "flv")):
        count = sum(unit.track == getattr(opening.audio, "index", -1) for unit in opening.units())
        kinds.append((opening.audio is not None, count))
    assert not kinds[0][0]
    assert kinds[-1][0]
    assert kinds[-1][1] > 30


@given(st.integers(1, 5000))
def test_an_flv_can_be_entered_at_any_byte(cut: int) -> None:
    clip = made(FLV)
    watcher = Tags()
    for at in range(0, len(clip), cut):
        watcher.feed(clip[at : at + cut])
    assert watcher.kinds == {"audio", "video"}
    tail = clip[len(clip) // 2 :]
    whole = watcher.resume(tail)
    assert whole.startswith(b"FLV")
    assert len(tail) - 3000 < len(whole) < len(tail) + 1500
    rest = tags(whole)
    assert {kind for kind, _ in rest[:2]} == {8, 9}
    assert all(len(tag) > 11 for _, tag in rest[:-1])


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_no_bytes_trouble_the_watchers(data: bytes, cut: int) -> None:
    both = Tags(), Programs()
    for at in range(0, len(data), cut):
        for watcher in both:
            watcher.feed(data[at : at + cut])
    both[0].resume(data[-100:])


def other(audio: bool) -> bytes:
    """Return an MPEG-TS with one picture track, and sound or not."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        video = container.add_stream("libx264", rate=10)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=44_100) if audio else None
        for n in range(20):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return out.getvalue()


@pytest.mark.parametrize("cut", [1, 100, 188, 5000])
def test_a_table_that_changes_cuts_the_stream_there(cut: int) -> None:
    one, two = other(False), made(Made("mpegts", "libx264", "aac"))
    said, data = Openings(wanted("mpegts")), one + two
    bits = [bit for at in range(0, len(data), cut) for bit in said.push(data[at : at + cut])]
    bits += said.finish()
    assert b"".join(bit.data for bit in bits) == data
    begun = [n for n, bit in enumerate(bits) if bit.begins]
    assert len(begun) == 2
    first = sum(len(bit.data) for bit in bits[: begun[1]])
    assert len(one) <= first <= len(one) + 3 * 188


def test_tracks_that_change_are_opened_anew() -> None:
    data = other(False) + made(Made("mpegts", "libx264", "aac"))
    found = [(opening.audio is not None, sum(1 for _ in opening.units()))
             for opening in openings(source(data, "mpegts"))]  # fmt: skip
    assert [sound for sound, _ in found] == [False, True]
    assert found[1][1] > 100
