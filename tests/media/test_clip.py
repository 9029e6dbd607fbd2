"""Kept bytes become something a player reads, whatever the container, gap or not."""

from __future__ import annotations

import io
import json
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

import av
import numpy as np
import pytest

from media.clip import joined

RATE = 25
SECONDS = 12

MADE = {
    "fmp4": ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "mp4": ("mp4", "libx264", {"movflags": "faststart"}),
    "webm": ("webm", "libvpx", {"cluster_time_limit": "500"}),
    "flv": ("flv", "libx264", {}),
    "mpegts": ("mpegts", "libx264", {}),
}


@cache
def clip(name: str) -> bytes:
    """Encode a moving square for some seconds, with a tone where the container takes one."""
    muxer, codec, options = MADE[name]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip"
        _encode(path, muxer, codec, options)
        return path.read_bytes()


def _encode(path: Path, muxer: str, codec: str, options: dict[str, str]) -> None:
    with av.open(str(path), "w", format=muxer, options=options) as target:
        video = target.add_stream(codec, rate=RATE, options={"g": "12"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        for n in range(RATE * SECONDS):
            picture = np.full((120, 160, 3), (n * 3) % 255, np.uint8)
            picture[(n * 2) % 100 : (n * 2) % 100 + 20, 40:60] = 255
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = n, Fraction(1, RATE)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))


def made(container: str, head: bytes, rest: bytes, offset: int) -> tuple[int, bytes]:
    told = json.dumps({"container": container, "head": len(head), "offset": offset}).encode()
    done = run(
        [sys.executable, "-m", "media.clip"],
        input=told + b"\n" + head + rest,
        capture_output=True,
        check=False,
        timeout=15,
    )
    return done.returncode, done.stdout


def length_of(data: bytes) -> tuple[int, float]:
    """Decode a clip whole; return its frames and seconds."""
    with av.open(io.BytesIO(data), "r") as source:
        times = [frame.time for frame in source.decode(video=0) if frame.time is not None]
    return len(times), max(times) - min(times)


@pytest.mark.parametrize("name", MADE)
def test_a_short_stream_comes_out_whole(name: str) -> None:
    data = clip(name)
    cut = len(data) // 3
    status, out = made(name, data[:cut], data[cut:], cut)
    assert status == 0
    frames, seconds = length_of(out)
    assert frames == RATE * SECONDS
    assert seconds == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("name", MADE)
def test_the_last_seconds_of_a_longer_one_play_from_where_they_can(name: str) -> None:
    data = clip(name)
    head, offset = data[: len(data) // 4], len(data) * 2 // 3 + 77
    status, out = made(name, head, data[offset:], offset)
    assert status == 0
    frames, seconds = length_of(out)
    assert 2.0 <= seconds <= 5.0
    assert frames >= RATE * 1.5


def test_what_is_no_media_is_refused() -> None:
    assert made("auto", b"\0" * 5000, b"x" * 5000, 10_000)[0] == 2
    assert made("fmp4", b"\x7f" * 5000, b"x" * 5000, 10_000)[0] == 2
    assert made("no such thing", b"x" * 500, b"", 500)[0] == 2


def test_bytes_without_a_gap_are_put_together_as_they_are() -> None:
    assert joined("mp4", b"head", b"rest", 4) == (b"headrest", 0)
