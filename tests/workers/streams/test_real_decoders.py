"""Real decoders over real clips: what is decoded, and that a killed one is taken over midway."""

from __future__ import annotations

import io
import os
import signal
from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest

from tests.workers.streams.conftest import Heap, Start, small, until
from tests.workers.streams.small_worker import SmallOptions
from workers.streams.client import WorkerOptions
from workers.streams.reports import Saw
from workers.streams.units import Ended, Failed, Hearing, Missed, Opened, Sampling

FPS, SECONDS = 10, 6
CODECS = {"mpegts": "libx264", "mp4": "libx264", "flv": "libx264", "webm": "libvpx"}


def clip(container: str) -> bytes:
    """Make a clip whose every second begins with a key frame and another picture."""
    file = io.BytesIO()
    fragmented = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    options = fragmented if container == "mp4" else {}
    with av.open(file, "w", format=container, options=options) as muxer:
        stream = muxer.add_stream(CODECS[container], rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.options = {"g": str(FPS), "keyint_min": str(FPS), "deadline": "realtime"}
        rng = np.random.default_rng(7)
        for n in range(FPS * SECONDS):
            if n % FPS == 0:
                picture = np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((20, 20, 1)))
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            for packet in stream.encode(frame):
                muxer.mux(packet)
        for packet in stream.encode():
            muxer.mux(packet)
    return file.getvalue()


def real() -> WorkerOptions:
    options = small(SmallOptions())
    modules = ("workers.streams.zygote", *options.modules[1:])
    return msgspec.structs.replace(options, modules=modules)


@pytest.mark.parametrize("container", sorted(CODECS))
async def test_a_killed_decoder_is_taken_over_midway(start: Start, container: str) -> None:
    workers, sink = await start(real()), Heap()
    data, sampling = clip(container), Sampling(min_gap_s=0.0, alike=0.0, random=False)
    decoder = workers.open(7, container, sampling, Hearing(), sink)
    pieces = [data[at : at + 2000] for at in range(0, len(data), 2000)]
    each_s, half = SECONDS / len(pieces), len(pieces) // 2
    for n, piece in enumerate(pieces[:half]):
        decoder.feed(n, 100.0 + n * each_s, piece, gap=False)
    await until(lambda: len(sink.of(Saw)) >= 2 and workers.stats().held_bytes == 0)
    await until(lambda: workers.decoder_pid(7))
    pid = workers.decoder_pid(7)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: sink.ends == [("died", True)])
    killed_at = 100.0 + half * each_s
    for n, piece in enumerate(pieces[half:], half):
        decoder.feed(n, 100.0 + n * each_s, piece, gap=False)
    decoder.finish()
    await until(lambda: ("", False) in sink.ends)
    assert sink.of(Failed) == []
    assert len(sink.of(Opened)) >= 2
    assert len(sink.of(Ended)) == 1
    assert any(saw.at > killed_at for saw in sink.of(Saw))
    assert sink.taken() == len(data)
    numbers = [saw.n for saw in sink.of(Saw)]
    assert numbers == sorted(set(numbers))


async def test_what_is_no_media_is_said_to_be_damaged(start: Start) -> None:
    workers, sink = await start(real()), Heap()
    decoder = workers.open(7, "mp4", Sampling(), Hearing(), sink)
    for n in range(8):
        decoder.feed(n, 100.0 + n, b"no media at all " * 1000, gap=False)
    decoder.finish()
    await until(lambda: ("", False) in sink.ends)
    assert sink.of(Failed)
    assert {missed.cause for missed in sink.of(Missed)} == {"damaged"}
    assert sink.taken() == 8 * 16_000
