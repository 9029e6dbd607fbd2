"""Whether two pictures show the same: their luma, made very small, straight from the Y plane.

Nothing is converted for it: a few dozen microseconds a frame, whatever its size.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

__all__ = ["COLUMNS", "ROWS", "Gate", "Luma", "alike", "difference", "luma", "spot"]

COLUMNS, ROWS = 32, 18
_FINE: Final = (COLUMNS * 2, ROWS * 2)
_SAMPLES: Final = 6
"""So many samples across a fine cell are enough to average noise away."""
_SPOT: Final = 6.0
"""A small place that changed counts, where it changed so many times more than the whole may."""

Luma = NDArray[np.float32]
"""[36, 64] of 0 to 1."""
_Plane = NDArray[np.uint8 | np.uint16]

_EIGHT: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv440p", "yuvj440p",
     "yuv411p", "yuv410p", "yuva420p", "yuva422p", "yuva444p", "nv12", "nv21", "nv16", "nv24",
     "gray"}
)  # fmt: skip
_DEEP: Final = {
    f"yuv{form}p{bits}le": bits for form in ("420", "422", "444") for bits in (9, 10, 12, 14, 16)
}


def luma(frame: VideoFrame) -> Luma:
    """Return a frame's luma, very small; deep colour and odd formats alike."""
    name = frame.format.name
    if name in _EIGHT:
        return _small(_plane(frame), 255.0)
    if name in _DEEP:
        return _small(_plane(frame, "<u2"), float((1 << _DEEP[name]) - 1))
    gray = frame.reformat(*_FINE, format="gray", threads=1)
    return _small(_plane(gray), 255.0)


def difference(one: Luma, other: Luma) -> float:
    """Return how far two pictures are apart: the mean over 32x18, 0 to 1."""
    return float(_cells(one, other).mean())


def spot(one: Luma, other: Luma) -> float:
    """Return how far two pictures are apart where they are furthest, 0 to 1."""
    return float(np.abs(one - other).max())


def alike(one: Luma, other: Luma, most: float) -> bool:
    """Tell whether two pictures show the same: little differs in all, and nowhere much.

    The second keeps a line of text on a still picture from passing as the picture without it.
    """
    return difference(one, other) < most and spot(one, other) < most * _SPOT


def _plane(frame: VideoFrame, kind: str = "u1") -> _Plane:
    """Return the first plane as it lies, without its padding."""
    plane = frame.planes[0]
    samples: _Plane = np.frombuffer(memoryview(plane), kind)
    rows = samples.reshape(-1, plane.line_size // samples.itemsize)
    return rows[: frame.height, : frame.width]


def _small(plane: _Plane, white: float) -> Luma:
    """Average a plane down: sparse samples first, then areas."""
    height, width = plane.shape
    down = max(1, height // (_FINE[1] * _SAMPLES)), max(1, width // (_FINE[0] * _SAMPLES))
    sparse = np.ascontiguousarray(plane[:: down[0], :: down[1]])
    small = cv2.resize(sparse, _FINE, interpolation=cv2.INTER_AREA)
    return np.true_divide(small, np.float32(white), dtype=np.float32)


def _cells(one: Luma, other: Luma) -> Luma:
    """Return the difference of each of the 32x18 cells."""
    apart: Luma = (one - other).reshape(ROWS, 2, COLUMNS, 2).mean(axis=(1, 3))
    return np.abs(apart)


class Gate:
    """Remembers what was shown last: what looks the same need not be looked at again."""

    def __init__(self, most: float, refresh_s: float) -> None:
        """Take how much may differ, and after how long even the same is looked at again."""
        self._most, self._refresh = most, refresh_s
        self._shown: Luma | None = None
        self._n = 0
        self._at = 0.0
        self._read: Luma | None = None
        self._read_at = 0.0

    def same(self, small: Luma, t: float) -> int | None:
        """Return the number of the picture shown that this looks like, None where it must be seen.

        What was said of a picture that was lost on the way holds for nothing: so even a picture
        that never changes is shown again, every now and then.
        """
        shown = self._shown
        if shown is None or not 0 <= t - self._at < self._refresh:
            return None
        return self._n if alike(small, shown, self._most) else None

    def show(self, n: int, small: Luma, t: float) -> bool:
        """Take note that a picture is shown; tell whether its text must be read, too.

        Who was asked to read may never have come to it, and what was done about a text ends: so
        the text of a picture that never changes is read again, too, as often as it is shown.
        """
        self._shown, self._n, self._at = small, n, t
        read = self._read
        fresh = read is not None and 0 <= t - self._read_at < self._refresh
        if read is not None and fresh and alike(small, read, self._most):
            return False
        self._read, self._read_at = small, t
        return True
