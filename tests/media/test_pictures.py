"""Frames as RGB rows."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, strategies as st

from media.pictures import Painter, fit
from tests.media.clips import picture

SIZES = st.integers(1, 8000)


@given(SIZES, SIZES, st.integers(16, 2000), st.fractions(0, 10))
def test_pictures_fit_and_keep_their_shape(
    width: int, height: int, side: int, aspect: Fraction
) -> None:
    wide, high = fit(width, height, side, aspect)
    assert 1 <= wide <= side
    assert 1 <= high <= side
    assert wide <= max(width, 1)
    assert high <= max(height, 1)
    if aspect == 1 and min(wide, high) > 20:
        assert wide / high == pytest.approx(width / height, rel=0.1)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p10le", "yuva420p", "nv12",
                                    "rgb24", "rgba", "gray"])  # fmt: skip
@pytest.mark.parametrize("size", [(64, 48), (127, 65), (2, 2)])
def test_every_format_comes_out_as_it_was(pixels: str, size: tuple[int, int]) -> None:
    width, height = size
    flat = np.zeros((height, width, 3), np.uint8)
    flat[:, :] = (200, 60, 120) if pixels not in ("gray") else (90, 90, 90)
    frame = av.VideoFrame.from_ndarray(flat, "rgb24")
    frame = frame.reformat(format=pixels)
    painted = Painter(1280).paint(frame)
    assert (painted.width, painted.height) == size
    rows = np.empty((height, width, 3), np.uint8)
    painted.copy_to(rows)
    assert np.abs(rows.astype(int) - flat).max() <= 6
    assert np.array_equal(painted.array(), rows)


def test_full_and_studio_range_are_told_apart() -> None:
    black = np.zeros((64, 64, 3), np.uint8)
    for pixels in ("yuv420p", "yuvj420p"):
        frame = av.VideoFrame.from_ndarray(black, "rgb24").reformat(format=pixels)
        assert Painter(64).paint(frame).array().max() <= 3
    gray = av.VideoFrame.from_ndarray(np.full((64, 64), 16, np.uint8), "gray")
    full = gray.reformat(format="yuvj420p")
    assert 13 <= Painter(64).paint(full).array().min() <= 19


def test_large_pictures_are_scaled_and_anamorphic_ones_widened() -> None:
    frame = av.VideoFrame.from_ndarray(picture(0, 1440, 1080), "rgb24").reformat(format="yuv420p")
    painter = Painter(640)
    painted = painter.paint(frame)
    assert (painted.width, painted.height) == (640, 480)
    painter.aspect = Fraction(4, 3)
    painted = painter.paint(frame)
    assert (painted.width, painted.height) == (640, 360)
