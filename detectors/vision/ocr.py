"""Text that stands in a picture, read with PP-OCR: Latin scripts, Chinese, Japanese.

It finds lines on the picture at 480 pixels (960 when seen `closer`) and reads each line from the
picture as it is. Of more lines than `most_lines` the largest are read, and the answer says
`partly`. Cyrillic, Arabic, Korean, Thai and Devanagari are not read by these weights, and nobody is
told of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.lines import Corners, Finder, Reader, Turner
from detectors.models.device import Compute
from detectors.models.registry import load, version
from detectors.networks import CPU
from detectors.pictures import Found, Picture, Seen, within
from detectors.reading import Line, blocks
from seawall.errors import ConfigError

__all__ = ["Ocr"]

_SIDE, _CLOSER_SIDE = 480, 960
_MOST_CHARS = 4096
_LEAST_SCORE = 0.5


class Ocr:
    """The detector `ocr`. Raises WeightsError or ConfigError where it cannot be."""

    name = "ocr"
    most = 1

    def __init__(self, compute: Compute = CPU, weights: str = "", most_lines: int = 32) -> None:
        """`weights` is the operator's folder of weights."""
        self._most_lines = most_lines
        self.version = version("ppocr-rec")
        self._finder = Finder(_only("ppocr-det", weights), compute)
        self._turner = Turner(_only("ppocr-cls", weights), compute)
        self._reader = Reader(_only("ppocr-rec", weights), compute)
        self._warm()

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Read each picture; its texts are blocks of lines in reading order."""
        return [self._seen(each, closer) for each in pictures]

    def _seen(self, picture: Picture, closer: bool) -> Seen:
        height, width = picture.shape[:2]
        blue_first = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
        places = self._finder.find(blue_first, _CLOSER_SIDE if closer else _SIDE)
        places.sort(key=lambda corners: -float(cv2.contourArea(corners)))
        lines = []
        for corners in places[: self._most_lines]:
            line = self._line(blue_first, corners)
            if line is not None:
                lines.append(line)
        texts = [
            Found("ocr", block.text[:_MOST_CHARS], _box(block, width, height), block.score)
            for block in blocks(lines)
        ]
        return Seen(texts=texts, partly=len(places) > self._most_lines)

    def _line(self, picture: Picture, corners: Corners) -> Line | None:
        cut = _cut(picture, corners)
        text, score = self._reader.read(cut)
        if self._turner.doubts(cut):
            turned = self._reader.read(np.ascontiguousarray(cut[::-1, ::-1]))
            text, score = max((text, score), turned, key=lambda reading: reading[1])
        text = text.strip()
        if not text or score < _LEAST_SCORE:
            return None
        lefts, tops = corners[:, 0], corners[:, 1]
        place = (float(lefts.min()), float(tops.min()), float(lefts.max()), float(tops.max()))
        return Line(text, place, min(1.0, score), float(cut.shape[0]))

    def _warm(self) -> None:
        """Run every network once: a wrong part fails at the start."""
        ground = np.full((96, 320, 3), 255, np.uint8)
        cv2.putText(ground, "READY", (30, 64), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 3)
        try:
            seen = self._seen(ground, False)
        except Exception as error:  # the runtime's errors have no common root worth naming
            raise ConfigError(f"ocr cannot read a plain word ({type(error).__name__})") from error
        if [text.text for text in seen.texts] != ["READY"]:
            raise ConfigError("ocr does not read a plain word")


def _only(name: str, weights: str) -> bytes:
    """Return the checked content of weights that are one file."""
    [content] = load(name, weights).values()
    return content


def _cut(picture: Picture, corners: Corners) -> Picture:
    """Return a line cut out and set upright; one that is much higher than wide is laid down."""
    top, right, bottom, left = (
        float(np.linalg.norm(corners[at] - corners[(at + 1) % 4])) for at in range(4)
    )
    wide, high = max(1, int(max(top, bottom))), max(1, int(max(left, right)))
    target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    cut = cv2.warpPerspective(
        picture, turn, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if high >= 1.5 * wide:
        cut = np.rot90(cut)
    return np.ascontiguousarray(cut, np.uint8)


def _box(block: Line, width: int, height: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = block.place
    return within(((left, top), (right, bottom)), width, height)
