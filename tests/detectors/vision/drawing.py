"""Pictures that the tests draw: empty ones, ones to be known again, codes and text on them."""

from __future__ import annotations

import io

import cv2
import numpy as np
import segno

from detectors.pictures import Picture

__all__ = ["coded", "plain", "scene", "stuck_on", "written"]


def plain(level: int = 60, width: int = 320, height: int = 180) -> Picture:
    """Return an empty picture."""
    return np.full((height, width, 3), level, np.uint8)


def scene(seed: int, width: int = 640, height: int = 360) -> Picture:
    """Return a picture with enough in it to be known again."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def coded(content: str | bytes, scale: int = 4, micro: bool = False) -> Picture:
    """Return a QR code with its quiet zone."""
    buffer = io.BytesIO()
    segno.make(content, micro=micro).save(buffer, kind="png", scale=scale, border=4)
    image = cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)


def stuck_on(ground: Picture, piece: Picture, left: int, top: int) -> Picture:
    """Return a picture with another one on it."""
    whole = ground.copy()
    height, width = piece.shape[:2]
    whole[top : top + height, left : left + width] = piece
    return whole


def written(lines: list[tuple[str, int, int]], width: int = 640, height: int = 360,
            size: float = 0.9) -> Picture:  # fmt: skip
    """Return light text on dark ground; each line with its left and its base."""
    picture = plain(30, width, height)
    for text, left, base in lines:
        cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, size, (240, 240, 240), 2,
                    cv2.LINE_AA)  # fmt: skip
    return picture
