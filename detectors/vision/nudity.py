"""How naked a picture is: Open NSFW, as one score.

Its own preprocessing (open_nsfw, 2016): the picture bent to 256x256, the middle 224x224 of it, blue
first, minus the mean of its training set. The JPEG round trip its reference makes before that is
left out: it costs as much as everything else here and moves scores by what one more transcoding
would (at most 0.11 over 24 frames of real clips, 0.008 on average). A picture of one colour is not
judged: it has nothing to show.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.models.device import Compute
from detectors.models.registry import load, version
from detectors.networks import CPU, Floats, Network
from detectors.pictures import Picture, Seen, is_empty, stretch
from seawall.signals import Signal

__all__ = ["Nudity"]

_WEIGHTS = "opennsfw"
_SIDE, _CROP = 256, 224
_EDGE = (_SIDE - _CROP) // 2
_MEAN_BGR = np.array((104, 117, 123), np.float32)


class Nudity:
    """The detector `nudity`. Raises WeightsError or ConfigError where it cannot be."""

    name = "nudity"

    def __init__(self, compute: Compute = CPU, weights: str = "", least: float = 0.1) -> None:
        """`weights` is the operator's folder of weights; scores below `least` are not told."""
        [network] = load(_WEIGHTS, weights).values()
        self._network = Network(_WEIGHTS, network, (_CROP, _CROP, 3), compute)
        self._least = least
        self.most = self._network.most
        self.version = version(_WEIGHTS)

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Score each picture; the second output is the share of what is not safe for work."""
        small = [_middle(each) for each in pictures]
        shown = [each for each in small if not is_empty(each)]
        rows = iter(
            self._network.run(np.stack([_prepared(each) for each in shown])) if shown else ()
        )
        return [Seen() if is_empty(each) else self._said(float(next(rows)[1])) for each in small]

    def _said(self, score: float) -> Seen:
        if score < self._least:
            return Seen()
        return Seen([Signal("image.nudity", min(score, 1.0), self.name, "sexual")])


def _middle(picture: Picture) -> Picture:
    return stretch(picture, _SIDE, _SIDE)[_EDGE : _EDGE + _CROP, _EDGE : _EDGE + _CROP]


def _prepared(middle: Picture) -> Floats:
    return np.asarray(middle[:, :, ::-1].astype(np.float32) - _MEAN_BGR)
