"""The small classifier: one sum of weights a head, and a score that says how often it is right.

A score is measured, not computed: what scored s or more in a language was right in about s of the
cases, on texts it was not trained with, and did not exceed a stated share of ordinary chat. Where
nothing was measured scores stay below every level that may restrict.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.models.features import BUCKETS, MOST, extract, fingerprint
from detectors.models.language import language
from detectors.models.unit import Unit
from detectors.models.weights import Level, load_weights
from seawall.signals import Signal

__all__ = ["SHIPPED", "SPOKEN_FROM", "Linear"]

SHIPPED: Final = Path(__file__).with_name("linear.weights")
"""The weights that come with us; `linear.card.md` beside them says what they are."""

SPOKEN_FROM: Final = 0.3
"""Scores below this are not told: no rule could use them."""

_GROUPS: Final = frozenset({"abuse", "spam"})
_GROUP_CATEGORY: Final = {"abuse": "harassment", "spam": "spam"}

_Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


class Linear:
    """The text model `linear`: `linear.abuse`, `linear.spam` and `linear.<category>`."""

    name = "linear"

    def __init__(self, path: str | None = None) -> None:
        """Load the shipped weights, or those at a path. Raises WeightsError."""
        weights = load_weights(Path(path) if path else SHIPPED)
        header = weights.header
        self.version = weights.version
        self.heads = header.heads
        self.stale = header.fold != fingerprint()
        """Whether texts are folded otherwise than when the weights were trained."""
        self._scales = np.array(header.scales)
        self._biases = np.array(header.biases)
        wide = np.zeros((BUCKETS, 8), np.int8)
        wide[:, : len(header.heads)] = weights.table
        self._rows = wide.view(np.uint64).ravel()  # all heads of a bucket in one read
        self._curves = [
            {name: _curve(levels) for name, levels in header.levels[head].items()}
            for head in header.heads
        ]
        self._least = [_least(curves) for curves in self._curves]
        self._names = [(f"linear.{head}", _GROUP_CATEGORY.get(head, head)) for head in header.heads]

    def margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return what each head makes of each text before it is a score: texts × heads."""
        parts = [self._margins(texts[at : at + MOST]) for at in range(0, len(texts), MOST)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.heads)))

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        """Score each unit; a unit of which no head says anything gets []."""
        margins = self.margins([unit.text for unit in units])
        answers: list[list[Signal]] = [[] for _ in units]
        worth = margins >= self._least
        for at in np.flatnonzero(worth.any(axis=1)).tolist():
            lang = language(units[at].text, units[at].lang)
            for head in np.flatnonzero(worth[at]).tolist():
                score = self._score(head, lang, float(margins[at, head]))
                if score >= SPOKEN_FROM:
                    name, category = self._names[head]
                    answers[at].append(Signal(name, score, self.name, category, value=lang))
        return answers

    def _margins(self, texts: Sequence[str]) -> NDArray[np.float64]:
        batch = extract(texts)
        sums = np.zeros((len(texts), 8), np.int32)
        full = np.flatnonzero(np.diff(batch.bounds))
        if len(full):
            weights = self._rows.take(batch.buckets).view(np.int8).reshape(-1, 8)
            # Whole numbers: a sum is the same in whatever batch a text comes.
            sums[full] = np.add.reduceat(weights, batch.bounds[full], axis=0, dtype=np.int32)
        heads = sums[:, : len(self.heads)]
        margins = heads * self._scales / batch.scales[:, None].astype(np.float64) + self._biases
        return np.asarray(margins, np.float64)

    def _score(self, head: int, lang: str, margin: float) -> float:
        curves = self._curves[head]
        margins, scores = curves.get(lang) or curves[""]
        return round(float(np.interp(margin, margins, scores)), 4)


def _curve(levels: Sequence[Level]) -> _Curve:
    return np.array([margin for margin, _ in levels]), np.array([score for _, score in levels])


def _least(curves: dict[str, _Curve]) -> float:
    """Return the least margin that is told in any language; most texts stay below it."""
    told = [
        float(np.interp(SPOKEN_FROM, scores, margins))
        for margins, scores in curves.values()
        if scores[-1] >= SPOKEN_FROM
    ]
    return min(told, default=np.inf)
