"""Programs that decode and transcribe say what they did, or why they could not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
import pytest

from bench.peers.media import MEDIA_PEERS, FfmpegKeyframes, MediaRun, PeerFailed

FFMPEG = FfmpegKeyframes()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds at 10 frames a second, a keyframe every five."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.gop_size = 5
        video.codec_context.options = {"sc_threshold": "0"}
        for number in range(20):
            gray = np.full((48, 64), number * 10, np.uint8)
            frame = av.VideoFrame.from_ndarray(gray, "gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


@pytest.fixture
def ffmpeg(absent: Callable[[str, str], NoReturn]) -> None:
    """Count the program as absent where it is not installed."""
    if why := FFMPEG.absent():
        absent("ffmpeg", why)


def test_ffmpeg_counts_keyframes_and_what_they_cost(clip: Path, ffmpeg: None) -> None:
    run = FFMPEG.run([clip, clip])
    assert (run.streams, run.found) == (2, 8)
    assert run.clip_s == pytest.approx(4.0, abs=0.1)
    assert 0 < run.cpu_s < 10
    assert run.streams_a_core == run.clip_s / run.cpu_s


def test_a_clip_that_is_none_is_told_in_a_line(tmp_path: Path, ffmpeg: None) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_text("no film")
    with pytest.raises(PeerFailed, match=r"ffmpeg-keyframes: .*wrong\.mp4"):
        FFMPEG.run([wrong])


def test_names_are_each_their_own_and_nothing_heard_is_no_division() -> None:
    assert len({each.name for each in MEDIA_PEERS}) == len(MEDIA_PEERS)
    assert MediaRun("none", 0, 0.0, 0.0, 0.0, 0).streams_a_core == 0.0
