"""Text that stands in a picture, read with PP-OCR: Latin scripts, Chinese, Japanese.

It finds lines on the picture at 480 pixels (960 when seen `closer`) and reads each line from the
picture as it is, one at a time (in batches they are padded to the longest, which doubled the cost).
Of more lines than `most_lines` the largest are read, and the answer says `partly`. Cyrillic,
Arabic, Korean, Thai and Devanagari are not read by these weights, and nobody is told of them.

RapidOCR remembers what it is called with, so what finds and what reads are instances of their own.
Its models are handed over as checked bytes in memory, through a descriptor.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_det import TextDetOutput
from rapidocr.ch_ppocr_rec import TextRecOutput

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
_LOGGER = "RapidOCR"

Corners = NDArray[np.float32]


class Ocr:
    """The detector `ocr`. Raises WeightsError or ConfigError where it cannot be."""

    name = "ocr"
    most = 1

    def __init__(self, compute: Compute = CPU, weights: str = "", most_lines: int = 32) -> None:
        """`weights` is the operator's folder of weights."""
        self._most_lines = most_lines
        self.version = version("ppocr-rec")
        logging.getLogger(_LOGGER).disabled = True  # it writes a line for each empty picture
        with _in_memory("ppocr-det", weights) as det, _in_memory("ppocr-rec", weights) as rec, \
                _in_memory("ppocr-cls", weights) as cls:  # fmt: skip
            paths = {"Det.model_path": det, "Rec.model_path": rec, "Cls.model_path": cls}
            shared = {**paths, **_engine(compute)}
            finds = {"Global.use_cls": False, "Global.use_rec": False, "Det.limit_type": "max"}
            self._finds, self._finds_closer = (
                RapidOCR(params={**shared, **finds, "Det.limit_side_len": side})
                for side in (_SIDE, _CLOSER_SIDE)
            )
            self._reads = RapidOCR(params={**shared, "Global.use_det": False})
            self._warm()

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Read each picture; its texts are blocks of lines in reading order."""
        return [self._seen(each, closer) for each in pictures]

    def _seen(self, picture: Picture, closer: bool) -> Seen:
        height, width = picture.shape[:2]
        blue_first = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
        places = self._places(blue_first, closer)
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

    def _places(self, picture: Picture, closer: bool) -> list[Corners]:
        """Return the corners of every line, the tallest and longest first."""
        found = (self._finds_closer if closer else self._finds)(picture)
        if not isinstance(found, TextDetOutput) or found.boxes is None:
            return []
        places = [np.asarray(box, np.float32) for box in found.boxes]
        return sorted(places, key=lambda corners: -float(cv2.contourArea(corners)))

    def _line(self, picture: Picture, corners: Corners) -> Line | None:
        cut = _cut(picture, corners)
        read = self._reads(cut)
        if not isinstance(read, TextRecOutput) or not read.txts or not read.scores:
            return None
        text, score = str(read.txts[0]).strip(), float(read.scores[0])
        if not text or score < _LEAST_SCORE:
            return None
        lefts, tops = corners[:, 0], corners[:, 1]
        place = (float(lefts.min()), float(tops.min()), float(lefts.max()), float(tops.max()))
        return Line(text, place, min(1.0, score), float(cut.shape[0]))

    def _warm(self) -> None:
        """Load and run every network once: a missing part fails at the start."""
        ground = np.full((96, 320, 3), 255, np.uint8)
        cv2.putText(ground, "READY", (30, 64), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 3)
        try:
            seen = [self._seen(ground, closer) for closer in (False, True)]
        except Exception as error:  # the library raises what its parts raise
            raise ConfigError(f"ocr cannot read a plain word ({type(error).__name__})") from error
        if any([text.text for text in each.texts] != ["READY"] for each in seen):
            raise ConfigError("ocr does not read a plain word")


def _engine(compute: Compute) -> dict[str, str | int | bool]:
    engine = "EngineConfig.onnxruntime"
    return {
        "Global.log_level": "critical",
        f"{engine}.intra_op_num_threads": 1,
        f"{engine}.inter_op_num_threads": 1,
        f"{engine}.use_cuda": compute.device == "cuda",
        f"{engine}.cuda_ep_cfg.cudnn_conv_algo_search": "HEURISTIC",
        f"{engine}.cuda_ep_cfg.arena_extend_strategy": "kSameAsRequested",
    }


@contextmanager
def _in_memory(name: str, weights: str) -> Iterator[str]:
    """Give a path under which the checked bytes of a model can be opened."""
    [content] = load(name, weights).values()
    descriptor = os.memfd_create(name)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


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
