"""Whether two pictures show the same."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, strategies as st

from media.alike import Gate, alike, difference, luma
from tests.media.clips import picture


def frame(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], pixels: str) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pixels)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "gray",
                                    "yuv420p10le", "yuv444p12le", "yuva420p", "rgb24", "gbrp",
                                    "yuyv422"])  # fmt: skip
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (63, 37), (641, 359), (1920, 1080)])
def test_formats_and_odd_sizes_give_the_same_small_picture(
    pixels: str, size: tuple[int, int]
) -> None:
    width, height = max(size[0], 2), max(size[1], 2)
    rgb = picture(3, width, height)
    small = luma(frame(rgb, pixels))
    assert small.shape == (36, 64)
    plain = luma(frame(rgb, "gray"))
    # Studio range differs from full range; nothing else does.
    assert difference(small, plain) < 0.09


def test_noise_is_the_same_and_a_line_of_text_is_not() -> None:
    rng = np.random.default_rng(1)
    still = picture(0, 1280, 720)
    noisy = np.clip(still.astype(np.int16) + rng.integers(-8, 9, still.shape), 0, 255)
    one, two = luma(frame(still, "yuv420p")), luma(frame(noisy.astype(np.uint8), "yuv420p"))
    assert alike(one, two, 0.02)
    text = still.copy()
    text[300:340, 400:700] = 255 - text[300:340, 400:700]
    assert not alike(one, luma(frame(text, "yuv420p")), 0.02)
    assert not alike(one, luma(frame(picture(0, 1280, 720, scene=2), "yuv420p")), 0.02)


@given(st.integers(0, 5), st.integers(0, 5))
def test_difference_is_symmetric_and_zero_to_oneself(one: int, two: int) -> None:
    a, b = (
        luma(frame(picture(one * 9, 96, 64), "gray")),
        luma(frame(picture(two * 9, 96, 64), "gray")),
    )
    assert difference(a, b) == pytest.approx(difference(b, a))
    assert difference(a, a) == 0.0


def test_the_gate_passes_the_same_once_and_again_after_a_while() -> None:
    gate = Gate(0.02, refresh_s=10.0)
    still = luma(frame(picture(0, 96, 64), "gray"))
    assert gate.same(still, 0.0) is None
    assert gate.show(1, still, 0.0)
    assert gate.same(still, 5.0) == 1
    assert gate.same(still, 10.5) is None
    assert gate.show(2, still, 10.5), "its text may never have been read"
    assert gate.same(still, 11.0) == 2
    other = luma(frame(picture(0, 96, 64, scene=2), "gray"))
    assert gate.same(other, 11.5) is None
    assert gate.show(3, other, 11.5)
    assert gate.same(still, 12.0) is None
    assert gate.same(other, 3.0) is None, "time ran backwards"


def test_text_is_not_read_again_before_a_while_has_passed() -> None:
    gate = Gate(0.02, refresh_s=10.0)
    still = luma(frame(picture(0, 96, 64), "gray"))
    assert gate.show(1, still, 0.0)
    assert not gate.show(2, still, 9.9), "its text was read a moment ago"
    assert gate.show(3, still, 10.0), "the time counts from the reading, not from the showing"
    assert not gate.show(4, still, 15.0)
    assert gate.show(5, still, 3.0), "time ran backwards"


def test_text_that_stays_on_a_still_picture_is_read_as_long_as_it_stays() -> None:
    gate = Gate(0.02, refresh_s=10.0)
    still = luma(frame(picture(0, 96, 64), "gray"))
    read: list[int] = []
    for t in range(0, 121, 2):
        if gate.same(still, t) is None and gate.show(len(read) + 1, still, t):
            read.append(t)
    assert read == list(range(0, 121, 10))
