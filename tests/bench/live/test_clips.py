"""Clips: drawn, put into containers again and again, and cut into pieces of one size."""

from __future__ import annotations

import io

import av
import pytest

from bench.live.clips import GOP_S, Clip, drawn, looped, pieces


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


def test_pieces_have_one_size_and_come_with_their_last_byte(clip: Clip) -> None:
    whole = list(looped(clip, 3.0, "mpegts"))
    cut = list(pieces(iter(whole), 5000))
    assert {len(each.data) for each in cut} == {5000}
    assert b"".join(each.data for each in whole).startswith(b"".join(each.data for each in cut))
    assert cut[-1].due <= whole[-1].due
