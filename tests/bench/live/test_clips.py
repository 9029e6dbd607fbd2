"""Clips: drawn, put into containers again and again, and cut into pieces of one size."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import numpy as np
import pytest

from bench.live.clips import GOP_S, Clip, Look, drawn, looped, pieces


@pytest.fixture(scope="module")
def clip() -> Clip:
    return drawn(4.0, bitrate=500_000)


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_it_plays_longer_than_it_is(clip: Clip, container: str) -> None:
    slices = list(looped(clip, 7.0, container, start=GOP_S))
    assert [each.due for each in slices] == sorted(each.due for each in slices)
    assert slices[-1].due == pytest.approx(7.0, abs=0.1)
    with av.open(io.BytesIO(b"".join(each.data for each in slices)), "r") as opened:
        times = [each.dts for each in opened.demux(video=0) if each.dts is not None]
    assert len(times) == pytest.approx(7 * 30, abs=3)
    assert times == sorted(times)


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_no_sound_is_lost_in_a_container(clip: Clip, container: str) -> None:
    data = b"".join(each.data for each in looped(clip, 9.0, container))
    with av.open(io.BytesIO(data), "r") as opened:
        frames = list(opened.decode(audio=0))
    assert sum(each.samples for each in frames) / 48_000 == pytest.approx(9.0, abs=0.15)
    times = [each.time for each in frames if each.time is not None]
    steps = [after - before for before, after in pairwise(times)]
    # Where the clip begins anew half a frame may overlap.
    assert steps == pytest.approx([1024 / 48_000] * len(steps), abs=0.011)


@pytest.mark.parametrize("look", ["slides", "still"])
def test_each_look_can_be_drawn(look: Look) -> None:
    silence = np.zeros(16_000, np.int16)
    drawn_once = drawn(1.0, look, 300_000, sound=silence)
    assert sum(each.video for each in drawn_once.packets) == 30


def test_pieces_have_one_size_and_come_with_their_last_byte(clip: Clip) -> None:
    whole = list(looped(clip, 3.0, "mpegts"))
    cut = list(pieces(iter(whole), 5000))
    assert {len(each.data) for each in cut} == {5000}
    assert b"".join(each.data for each in whole).startswith(b"".join(each.data for each in cut))
    assert cut[-1].due <= whole[-1].due
