"""A still of a frame: a small JPEG to be kept as evidence, with nothing drawn into it."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.pictures import Picture, shrink

__all__ = ["MOST_BYTES", "still"]

MOST_BYTES = 100_000
_QUALITIES = (80, 60, 40)
_LEAST_SIDE = 64


def still(picture: Picture, width: int) -> bytes:
    """Return a JPEG of at most 100 KB, as wide as asked or smaller. Raises ValueError."""
    side = min(width, max(picture.shape[:2]))
    while side >= _LEAST_SIDE:
        small = cv2.cvtColor(shrink(picture, side), cv2.COLOR_RGB2BGR)
        for quality in _QUALITIES:
            done, coded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, quality))
            if not done:
                raise ValueError("a picture cannot be made a JPEG")
            if coded.size <= MOST_BYTES:
                return np.asarray(coded, np.uint8).tobytes()
        side = side * 2 // 3
    return b""
