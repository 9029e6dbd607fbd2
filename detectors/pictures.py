"""What every detector of pictures is given and gives back, and how pictures are made smaller.

Rules:
1. A picture is RGB, 8 bits, [height, width, 3], of any size; a detector never writes into it.
2. `look` is asked from one thread. What it raises costs the pictures of that call, nothing else.
3. Boxes are left, top, right, bottom as shares of the picture, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from seawall.signals import Signal

__all__ = [
    "Box",
    "Found",
    "Picture",
    "PictureDetector",
    "Seen",
    "is_empty",
    "shrink",
    "stretch",
    "within",
]

_EMPTY = 2.0

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]


class Found(msgspec.Struct, frozen=True):
    """Text that stands in a picture: read from it, or encoded in it."""

    kind: Literal["ocr", "qr", "barcode"]
    text: str
    box: Box
    score: float = 1.0


class Seen(msgspec.Struct, frozen=True):
    """What one detector says of one picture. `partly`: there was more than it may look at."""

    signals: list[Signal] = []
    texts: list[Found] = []
    partly: bool = False


class PictureDetector(Protocol):
    """One detector; only the vision worker holds one."""

    @property
    def name(self) -> str:
        """Its name, as in the catalog."""
        ...

    @property
    def version(self) -> str:
        """What changes whenever it may say something else of the same picture.

        The first 16 hex digits of the SHA-256 of its weights or lists, or its library's version.
        """
        ...

    @property
    def most(self) -> int:
        """How many pictures one call may be given, 1 where more at once gain nothing."""
        ...

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Say what is seen in each picture, in their order. `closer` takes more time for it."""
        ...


def shrink(picture: Picture, side: int) -> Picture:
    """Return a picture with no side above `side`, itself where it has none; never larger."""
    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return picture
    return stretch(
        picture, max(1, round(width * side / longest)), max(1, round(height * side / longest))
    )


def stretch(picture: Picture, width: int, height: int) -> Picture:
    """Return a picture of exactly this size, whatever its shape was.

    Halved as often as it goes before the last step: area resampling by a whole factor costs a
    tenth, and the result differs by less than one level on average.
    """
    while picture.shape[0] >= 2 * height and picture.shape[1] >= 2 * width:
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        even = picture[: size[1] * 2, : size[0] * 2]
        picture = _resized(even, size, cv2.INTER_AREA)
    if picture.shape[:2] == (height, width):
        return picture
    grows = picture.shape[0] < height or picture.shape[1] < width
    return _resized(picture, (width, height), cv2.INTER_LINEAR if grows else cv2.INTER_AREA)


def is_empty(picture: Picture) -> bool:
    """Say whether a picture is of one colour, but for noise nobody sees.

    Networks that were trained on photographs say anything of one: 0.47 sexual of a black picture.
    """
    return bool(picture.reshape(-1, picture.shape[-1]).std(axis=0).max() < _EMPTY)


def within(corners: Sequence[tuple[float, float]], width: int, height: int) -> Box:
    """Return the upright box around some points, as shares of a picture of this size."""
    across = [min(max(x / width, 0.0), 1.0) for x, _ in corners]
    down = [min(max(y / height, 0.0), 1.0) for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _resized(picture: Picture, size: tuple[int, int], how: int) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
