"""How sexual and how graphic a picture is: the classifier image-safety-classifier-s.

It was trained on whole pictures, so none is cut: the picture is fitted into 224x224 and stands on
a blurred copy of itself. Levels 0 to 255, red first; it normalises and applies softmax by itself.
Its three outputs are graphic, sexual and safe, and add up to one. A picture of one colour is not
judged: it has nothing to show.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.models.device import Compute
from detectors.models.registry import load, version
from detectors.networks import CPU, Floats, Network
from detectors.pictures import Picture, Seen, is_empty, stretch
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["Safety"]

_WEIGHTS = "image-safety"
_SIDE = 224
_SMALL = 56
_BLUR = 10.0 * _SMALL / _SIDE
_OUTPUTS = (("image.graphic", "graphic"), ("image.sexual", "sexual"))


class Safety:
    """The detector `safety`. Raises WeightsError or ConfigError where it cannot be."""

    name = "safety"

    def __init__(self, compute: Compute = CPU, weights: str = "", least: float = 0.1) -> None:
        """`weights` is the operator's folder of weights; scores below `least` are not told."""
        [network] = load(_WEIGHTS, weights).values()
        self._network = Network(_WEIGHTS, network, (3, _SIDE, _SIDE), compute)
        if self._network.outputs != len(_OUTPUTS) + 1:
            raise ConfigError(f"{_WEIGHTS} has {self._network.outputs} outputs")
        self._least = least
        self.most = self._network.most
        self.version = version(_WEIGHTS)

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Score each picture twice."""
        fitted = [_fitted(each) for each in pictures]
        shown = [each for each in fitted if not is_empty(each)]
        rows = iter(
            self._network.run(np.stack([_prepared(each) for each in shown])) if shown else ()
        )
        return [Seen() if is_empty(each) else Seen(self._signals(next(rows))) for each in fitted]

    def _signals(self, row: Floats) -> list[Signal]:
        scores = [min(1.0, float(score)) for score in row]
        return [
            Signal(name, score, self.name, category)
            for (name, category), score in zip(_OUTPUTS, scores, strict=False)
            if score >= self._least
        ]


def _fitted(picture: Picture) -> Picture:
    """Return the picture so small that its longer side is the network's."""
    height, width = picture.shape[:2]
    scale = _SIDE / max(width, height)
    return stretch(picture, max(1, round(width * scale)), max(1, round(height * scale)))


def _prepared(fitted: Picture) -> Floats:
    high, wide = fitted.shape[:2]
    whole = fitted
    if (high, wide) != (_SIDE, _SIDE):
        left, top = (_SIDE - wide) // 2, (_SIDE - high) // 2
        whole = _blurred(fitted)
        whole[top : top + high, left : left + wide] = fitted
    return np.ascontiguousarray(whole.transpose(2, 0, 1), np.float32)


def _blurred(picture: Picture) -> Picture:
    """Return the picture bent to the network's shape and blurred; small first, as it costs less."""
    small = cv2.resize(picture, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), _BLUR, borderType=cv2.BORDER_REPLICATE)
    grown = cv2.resize(soft, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown, np.uint8)
