"""Clips that the tests make themselves: every container and codec, small, seconds long.

Pictures are a gradient that moves, with a bar whose brightness grows by the frame; sound is a tone.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAGMENTS", "Made", "jpegs", "made", "picture", "raw", "tone"]

FRAGMENTS = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
_RATES = {"libopus": 48_000, "libmp3lame": 44_100, "aac": 44_100}


class Made(NamedTuple):
    """What a clip is to be."""

    format: str
    video: str = ""
    audio: str = ""
    seconds: float = 3.0
    width: int = 160
    height: int = 96
    fps: int = 10
    gop: int = 10
    bframes: int = 0
    pixels: str = "yuv420p"
    start: float = 0.0
    options: tuple[tuple[str, str], ...] = ()
    codec: tuple[tuple[str, str], ...] = ()
    tracks: int = 1
    scene_s: float = 0.0
    """Another scene each so often; 0: one only."""


def picture(n: int, width: int, height: int, scene: int = 0) -> NDArray[np.uint8]:
    """Return picture `n`: [height, width, 3] RGB."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    red = (x * 255 // max(1, width - 1) + n * 3 + scene * 60) % 256
    green = (y * 255 // max(1, height - 1) + scene * 90) % 256
    blue = np.full_like(red, (40 + n * 8) % 256)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def tone(seconds: float, rate: int, hertz: float = 440.0, channels: int = 1) -> NDArray[np.int16]:
    """Return a tone: [samples, channels]."""
    at = np.arange(int(seconds * rate)) / rate
    one = (np.sin(2 * np.pi * hertz * at) * 12_000).astype(np.int16)
    return np.repeat(one[:, None], channels, axis=1)


@lru_cache(maxsize=64)
def made(what: Made) -> bytes:
    """Make a clip, in a thread of its own.

    As root the encoder of AV1 puts whoever calls it first in line for the processor, for good
    (SCHED_FIFO, 99), and all that is started from there as well. The thread ends with the clip.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_made, what).result()


def _made(what: Made) -> bytes:
    if ("movflags", "faststart") in what.options:  # the muxer reads its own file again
        with TemporaryDirectory() as folder:
            path = Path(folder) / "clip"
            _mux(str(path), what)
            return path.read_bytes()
    out = io.BytesIO()
    _mux(out, what)
    return out.getvalue()


def _mux(out: Any, what: Made) -> None:
    with av.open(out, "w", format=what.format, options=dict(what.options)) as container:
        videos = [_video(container, what) for _ in range(what.tracks if what.video else 0)]
        audio = _audio(container, what) if what.audio else None
        packets: list[Any] = []
        for video in videos:
            for n in range(int(what.seconds * what.fps)):
                scene = 2 * int(n / what.fps / what.scene_s) if what.scene_s else 0
                shown = picture(n, what.width, what.height, scene)
                frame = av.VideoFrame.from_ndarray(shown, "rgb24")
                frame = frame.reformat(format=what.pixels)
                frame.pts, frame.time_base = n + int(what.start * what.fps), Fraction(1, what.fps)
                packets += video.encode(frame)
            packets += video.encode(None)
        if audio is not None:
            packets += _sound(audio, what)
        for packet in sorted(packets, key=lambda each: each.dts * each.time_base):
            container.mux(packet)


def _video(container: Any, what: Made) -> Any:
    video = container.add_stream(what.video, rate=what.fps)
    video.width, video.height, video.pix_fmt = what.width, what.height, what.pixels
    video.codec_context.gop_size = what.gop
    video.codec_context.thread_count = 1
    if what.video == "libx264":
        video.codec_context.max_b_frames = what.bframes
        video.codec_context.options = {
            "preset": "ultrafast",
            "sc_threshold": "0",
            **dict(what.codec),
        }
    elif what.video == "libx265":
        video.codec_context.options = {
            "preset": "ultrafast", "x265-params": f"keyint={what.gop}:log-level=none:pools=none",
        }  # fmt: skip
    elif what.video.startswith("libvpx"):
        video.codec_context.options = {"deadline": "realtime", "cpu-used": "8"}
    elif what.video == "libsvtav1":
        video.codec_context.options = {"preset": "12", "svtav1-params": "lp=1"}
    return video


def _audio(container: Any, what: Made) -> Any:
    rate = _RATES.get(what.audio, 16_000)
    audio = container.add_stream(what.audio, rate=rate)
    audio.layout = "mono"
    return audio


def _sound(audio: Any, what: Made) -> list[Any]:
    rate = audio.rate
    samples = tone(what.seconds, rate)
    frame = av.AudioFrame.from_ndarray(samples.T.copy(), format="s16", layout="mono")
    frame.sample_rate, frame.pts = rate, int(what.start * rate)
    frame.time_base = Fraction(1, rate)
    resampler = av.AudioResampler(
        audio.format, audio.layout, rate, frame_size=audio.frame_size or 1024
    )
    packets: list[Any] = []
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        packets += audio.encode(part)
    packets += audio.encode(None)
    return packets


@lru_cache(maxsize=4)
def jpegs(count: int = 6, width: int = 96, height: int = 64) -> bytes:
    """Return a sequence of JPEGs, one behind the other."""
    return made(Made("mjpeg", "mjpeg", seconds=count / 10, width=width, height=height,
                     pixels="yuvj420p"))  # fmt: skip


def raw(seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> bytes:
    """Return raw 16-bit samples."""
    return tone(seconds, rate, channels=channels).tobytes()
