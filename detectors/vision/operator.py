"""An operator's own classifier of pictures in ONNX, by configuration alone: `[image.NAME]`.

What `detectors.models.image.ImageModel` says must be true of the network: its input's shape and
type, as many outputs as labels, and the SHA-256 of its file. What is not is refused at the start
with what was found and what was said. A label that names a category is told as `onnx.NAME.LABEL`,
both in the letters that policies know: lower case, digits, `_` for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from detectors.models.device import Compute
from detectors.models.files import read_checked
from detectors.models.image import ImageModel
from detectors.networks import CPU, Floats, Network
from detectors.pictures import Picture, Seen, stretch
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["Operator"]

_MOST_BYTES = 2 << 30
_ROUNDING = 1e-3
_SIGNAL = re.compile(r"onnx(?:\.[a-z][a-z0-9_]{0,63}){2}")


class Operator:
    """The detector `onnx:NAME`. Raises ConfigError or WeightsError where it cannot be."""

    def __init__(self, model: ImageModel, compute: Compute = CPU) -> None:
        """Load the network of this entry."""
        self.name = f"onnx:{model.name}"
        self._model = model
        content = read_checked(Path(model.model), model.model_sha256, _MOST_BYTES)
        shape = (model.height, model.width)
        self._network = Network(
            self.name,
            content,
            (3, *shape) if model.layout == "nchw" else (*shape, 3),
            compute,
            input_name=model.input,
            output_name=model.output,
        )
        if self._network.outputs != len(model.labels):
            raise ConfigError(
                f"{self.name} gives {self._network.outputs} numbers for a picture, "
                f"its entry names {len(model.labels)} labels"
            )
        if not all(model.std):
            raise ConfigError(f"{self.name}: no part of std may be 0")
        self.most = self._network.most
        self.version = model.model_sha256[:16]
        self._told = _told(model)

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Score each picture by every label. Raises ValueError where a score is none."""
        rows = self._network.run(np.stack([self._prepared(each) for each in pictures]))
        scores = self._scores(rows)
        return [Seen(self._signals(row)) for row in scores]

    def _prepared(self, picture: Picture) -> Floats:
        model = self._model
        fitted = _fitted(picture, model.width, model.height, model.fit)
        mean, std = np.array(model.mean, np.float32), np.array(model.std, np.float32)
        levels = (fitted.astype(np.float32) * np.float32(model.scale) - mean) / std
        if model.order == "bgr":
            levels = levels[:, :, ::-1]
        if model.layout == "nchw":
            levels = levels.transpose(2, 0, 1)
        return np.ascontiguousarray(levels, np.float32)

    def _scores(self, rows: Floats) -> Floats:
        if not np.isfinite(rows).all():
            raise ValueError(f"{self.name} gives a score that is no number")
        match self._model.scores:
            case "softmax":
                powers = np.exp(rows - rows.max(axis=1, keepdims=True))
                return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
            case "sigmoid":
                return np.asarray(1.0 / (1.0 + np.exp(-np.clip(rows, -60, 60))), np.float32)
            case "as-is":
                if rows.min() < -_ROUNDING or rows.max() > 1.0 + _ROUNDING:
                    raise ValueError(f"{self.name} gives scores that are not between 0 and 1")
                return np.clip(rows, 0.0, 1.0)

    def _signals(self, row: Floats) -> list[Signal]:
        model = self._model
        return [
            Signal(name, min(float(row[at]), model.cap), self.name, category)
            for at, name, category in self._told
            if row[at] >= model.least
        ]


def _told(model: ImageModel) -> list[tuple[int, str, str]]:
    """Return the outputs that are told: place, signal and category. Raises ConfigError."""
    told = [
        (at, f"onnx.{_word(model.name)}.{_word(label)}", category)
        for at, (label, category) in enumerate(model.labels.items())
        if category
    ]
    names = [name for _, name, _ in told]
    for name in names:
        if not _SIGNAL.fullmatch(name) or names.count(name) > 1:
            raise ConfigError(f"onnx:{model.name}: two labels are told as {name}, or it is no name")
    return told


def _word(said: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", said.lower()).strip("_")


def _fitted(picture: Picture, width: int, height: int, fit: str) -> Picture:
    """Return the picture in this size: bent, its middle, or on black."""
    if fit == "stretch":
        return stretch(picture, width, height)
    high, wide = picture.shape[:2]
    ratios = (width / wide, height / high)
    scale = max(ratios) if fit == "crop" else min(ratios)
    new_wide, new_high = max(1, round(wide * scale)), max(1, round(high * scale))
    if fit == "crop":
        new_wide, new_high = max(new_wide, width), max(new_high, height)
        resized = stretch(picture, new_wide, new_high)
        left, top = (new_wide - width) // 2, (new_high - height) // 2
        return resized[top : top + height, left : left + width]
    new_wide, new_high = min(new_wide, width), min(new_high, height)
    left, top = (width - new_wide) // 2, (height - new_high) // 2
    padded = cv2.copyMakeBorder(
        stretch(picture, new_wide, new_high),
        top,
        height - new_high - top,
        left,
        width - new_wide - left,
        cv2.BORDER_CONSTANT,
    )
    return np.asarray(padded, np.uint8)
