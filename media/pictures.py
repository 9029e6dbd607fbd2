"""A decoded frame as RGB rows: upright, in true colour, no larger than asked.

The conversion scales; then one copy goes to where the caller wants the rows.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from av import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

__all__ = ["Painted", "Painter", "fit"]

_UNKNOWN: Final = 2
_HD_ROWS: Final = 720
_WIDEST: Final = Fraction(4)


def fit(width: int, height: int, side: int, aspect: Fraction | None = None) -> tuple[int, int]:
    """Return the size a frame is scaled to: at most `side` on its longer side, never enlarged.

    Pixels that are not square (`aspect`, width to height) become so, within reason.
    """
    wide, high = Fraction(width), Fraction(height)
    if aspect and 1 / _WIDEST <= aspect <= _WIDEST:
        wide, high = (wide, high / aspect) if aspect > 1 else (wide * aspect, high)
    scale = min(Fraction(1), Fraction(side) / max(wide, high))
    return max(1, round(wide * scale)), max(1, round(high * scale))


class Painted(NamedTuple):
    """A frame in RGB, to be copied out once."""

    width: int
    height: int
    rows: NDArray[np.uint8]
    """As the conversion left them: padded, turned."""

    def copy_to(self, rows: NDArray[np.uint8]) -> None:
        """Write the picture into [height, width, 3]."""
        np.copyto(rows, self.rows)

    def array(self) -> NDArray[np.uint8]:
        """Return the picture as an array of its own, [height, width, 3]."""
        return np.array(self.rows, order="C")


class Painter:
    """Converts the frames of one track; what it learned of one size it keeps for the next frame."""

    def __init__(self, side: int) -> None:
        """Take the longest side a picture may have."""
        self.side = side
        self.aspect: Fraction | None = None
        """The shape of the track's pixels, where it is told."""
        self._reformatter = VideoReformatter()

    def paint(self, frame: VideoFrame) -> Painted:
        """Convert a frame. Raises av.FFmpegError where its format cannot be converted."""
        width, height = fit(frame.width, frame.height, self.side, self.aspect)
        source = None
        if frame.colorspace == _UNKNOWN and frame.height >= _HD_ROWS:
            source = Colorspace.ITU709  # what players take for high definition that does not say
        rgb = self._reformatter.reformat(
            frame, width, height, "rgb24", src_colorspace=source,
            interpolation=Interpolation.BILINEAR, threads=1,
        )  # fmt: skip
        plane = rgb.planes[0]
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        rows = lines[:height, : width * 3].reshape(height, width, 3)
        turns = round(frame.rotation / 90) % 4
        if turns:
            rows = np.rot90(rows, turns)
        return Painted(rows.shape[1], rows.shape[0], rows)
