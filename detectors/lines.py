"""The three networks of PP-OCR: where lines of text are, which way up they are, what they say.

1. Pictures are blue first, as PP-OCR was trained, levels 0 to 255; lines are upright and cut out.
2. One line at a time: in batches they are padded to the longest, which doubled the cost.
3. What is found is a map of how likely each place is text. It is cut at `_LIKELY`, and each spot of
   it becomes the smallest turned rectangle around it, grown by what the training shrank it by.

Method: differentiable binarization (Liao et al. 2020) and CTC with greedy decoding, with the
numbers PaddleOCR uses. RapidOCR's package is needed for its weights alone: importing it reads its
tables of models with YAML, 0.8 s of processor time before a worker could see.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detectors.models.device import Compute
from detectors.networks import Floats, open_session
from detectors.pictures import Picture
from seawall.errors import ConfigError

__all__ = ["Corners", "Finder", "Reader", "Turner"]

_STEP = 32
"""The finder takes sides that are multiples of this."""
_LIKELY, _SURE = 0.3, 0.5
_MOST_SPOTS = 1000
_LEAST_PX = 3.0
_GROWN = 1.6
_HIGH = 48
_SHORT, _LONG, _TURNED = 320, 2400, 192
"""How wide a line is made: at least, at most, and to see which way up it is."""
_UPSIDE_DOWN = 0.9

Corners = NDArray[np.float32]
"""[4, 2]: left top, right top, right bottom, left bottom, in pixels of the picture."""


class Finder:
    """Finds lines."""

    def __init__(self, content: bytes, compute: Compute) -> None:
        self._session = open_session("ppocr-det", content, compute)

    def find(self, picture: Picture, side: int) -> list[Corners]:
        """Return the lines of a picture, looked at with its longer side made no larger."""
        height, width = picture.shape[:2]
        scale = min(1.0, side / max(height, width))
        high, wide = (
            max(1, round(int(length * scale) / _STEP)) * _STEP for length in (height, width)
        )
        small = np.asarray(cv2.resize(picture, (wide, high)), np.uint8)
        likely = _run(self._session, _levels(small)[None])[0, 0]
        mask = cv2.dilate((likely > _LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
        spots, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        found = []
        for spot in spots[:_MOST_SPOTS]:
            box = _grown(likely, np.asarray(spot, np.int32))
            if box is not None:
                found.append(_placed(box, (width / wide, height / high), (width, height)))
        return [each for each in found if _is_large(each)]


class Turner:
    """Says which way up a line is."""

    def __init__(self, content: bytes, compute: Compute) -> None:
        self._session = open_session("ppocr-cls", content, compute)

    def doubts(self, line: Picture) -> bool:
        """Tell whether a line seems to stand on its head. Figures often seem to: read it twice."""
        row = _run(self._session, _padded(line, _TURNED, _TURNED)[None])[0]
        return bool(row[1] > _UPSIDE_DOWN)


class Reader:
    """Reads lines."""

    def __init__(self, content: bytes, compute: Compute) -> None:
        """Raises ConfigError where the network does not say which characters it knows."""
        self._session = open_session("ppocr-rec", content, compute)
        known = self._session.get_modelmeta().custom_metadata_map.get("character", "")
        if not known:
            raise ConfigError("ppocr-rec does not say which characters it knows")
        self._characters = ("", *known.splitlines(), " ")

    def read(self, line: Picture) -> tuple[str, float]:
        """Return what stands in a line and how sure that is, 0 to 1; "" where there is nothing."""
        chances = _run(self._session, _padded(line, _SHORT, _LONG)[None])[0]
        best = chances.argmax(axis=1)
        new = best != 0
        new[1:] &= best[1:] != best[:-1]
        if not new.any():
            return "", 0.0
        text = "".join(self._characters[at] for at in best[new])
        return text, float(chances.max(axis=1)[new].mean())


def _run(session: onnxruntime.InferenceSession, batch: Floats) -> Floats:
    [given] = session.get_inputs()
    return np.asarray(session.run(None, {given.name: batch})[0], np.float32)


def _levels(picture: Picture) -> Floats:
    """Return a picture as the networks take it: planes of -1 to 1."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 127.5 - 1.0


def _padded(line: Picture, least: int, most: int) -> Floats:
    """Return a line as high as the networks want it, with nothing after its end."""
    height, width = line.shape[:2]
    wide = min(most, max(1, ceil(_HIGH * width / height)))
    small = np.asarray(cv2.resize(line, (wide, _HIGH)), np.uint8)
    padded = np.zeros((3, _HIGH, max(least, wide)), np.float32)
    padded[:, :, :wide] = _levels(small)
    return padded


def _grown(likely: Floats, spot: NDArray[np.int32]) -> Corners | None:
    """Return the corners of a line from a spot of the map; None where it is none."""
    middle, (wide, high), angle = cv2.minAreaRect(spot)
    if min(wide, high) < _LEAST_PX:
        return None
    if _mean(likely, np.asarray(cv2.boxPoints((middle, (wide, high), angle)), np.float32)) < _SURE:
        return None
    more = _GROWN * wide * high / (wide + high)
    grown = cv2.boxPoints((middle, (wide + more, high + more), angle))
    return np.asarray(grown, np.float32)


def _mean(likely: Floats, corners: Corners) -> float:
    """Return how likely a rectangle of the map is text, on average."""
    high, wide = likely.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (wide - 1, high - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (wide - 1, high - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], (1,))
    return float(cv2.mean(likely[top : bottom + 1, left : right + 1], mask)[0])


def _placed(box: Corners, scale: tuple[float, float], size: tuple[int, int]) -> Corners:
    """Return the corners in the picture, in their order."""
    corners = np.clip(np.round(box * scale), 0, (size[0] - 1, size[1] - 1)).astype(np.float32)
    across = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (side[np.argsort(side[:, 1], kind="stable")] for side in (across[:2], across[2:]))
    return np.stack((left[0], right[0], right[1], left[1]))


def _is_large(corners: Corners) -> bool:
    wide, high = (float(np.linalg.norm(corners[0] - corners[at])) for at in (1, 3))
    return min(int(wide), int(high)) > _LEAST_PX
