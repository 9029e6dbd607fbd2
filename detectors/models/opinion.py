"""A second opinion: what a text means in any language, stacked on what the small classifier says.

The sentence's vector and the classifier's margins together go through two heads, `abuse` and
`spam`; each is a straight sum and a small bent layer. It costs tens of milliseconds a text, so it
is asked for the uncertain few. Scores are measured like the classifier's (`linear`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.models.features import RECIPE
from detectors.models.headfile import Head, load_heads
from detectors.models.language import language
from detectors.models.linear import SPOKEN_FROM, Linear
from detectors.models.sentences import SHA256, Sentences
from detectors.models.unit import Unit
from seawall.errors import WeightsError
from seawall.signals import Signal

__all__ = ["SHIPPED", "Opinion", "bent", "stacked"]

SHIPPED: Final = Path(__file__).with_name("opinion.weights")
"""The heads that come with us; `opinion.card.md` beside them says what they are."""

_CATEGORY: Final = {"abuse": "harassment", "spam": "spam"}

Floats = NDArray[np.float32]


class Opinion:
    """The text model `opinion`. Signals are `opinion.abuse` and `opinion.spam`."""

    name = "opinion"

    def __init__(self, path: str | None = None, linear: str | None = None) -> None:
        """Load the shipped weights, or those at these paths. Raises WeightsError."""
        loaded = load_heads(Path(path) if path else SHIPPED)
        header = loaded.header
        if header.encoder != SHA256:
            raise WeightsError("the heads were made for another sentence encoder")
        if header.recipe != RECIPE:
            raise WeightsError("the heads were made for another classifier's features")
        self._linear = Linear(linear)
        self._columns = [self._linear.heads.index(head) for head in header.heads]
        self._sentences = Sentences()
        if self._sentences.width + len(self._columns) != header.inputs:
            raise WeightsError("the heads have another number of inputs")
        self.version = loaded.version
        self._heads = loaded.heads
        self._names = header.heads
        self._biases = header.biases, header.bent_biases
        self._mean, self._scale = loaded.mean, loaded.scale
        self._levels = [header.levels[head] for head in header.heads]

    def judge(self, units: Sequence[Unit]) -> list[list[Signal]]:
        """Score each unit; a unit of which no head says anything gets []."""
        if not units:
            return []
        margins = self.margins([unit.text for unit in units])
        answers: list[list[Signal]] = []
        for unit, row in zip(units, margins.tolist(), strict=True):
            lang = language(unit.text, unit.lang)
            found = []
            for name, levels, margin in zip(self._names, self._levels, row, strict=True):
                table = levels.get(lang) or levels[""]
                score = float(np.interp(margin, [at for at, _ in table], [s for _, s in table]))
                if score >= SPOKEN_FROM:
                    signal = f"opinion.{name}"
                    category = _CATEGORY[name]
                    found.append(Signal(signal, round(score, 4), self.name, category, value=lang))
            answers.append(found)
        return answers

    def margins(self, texts: Sequence[str]) -> Floats:
        """Return what each head makes of each text before it is a score: texts × heads."""
        first = self._linear.margins(texts)[:, self._columns]
        inputs = stacked(self._sentences.embed(texts), first.astype(np.float32))
        inputs = (inputs - self._mean) * self._scale
        straight, crooked = self._biases
        columns = [
            inputs @ head.straight + straight[at] + bent(inputs, head) + crooked[at]
            for at, head in enumerate(self._heads)
        ]
        return np.stack(columns, axis=1)


def stacked(vectors: Floats, margins: Floats) -> Floats:
    """Return what the heads read: a sentence's vector, then the classifier's margins."""
    return np.hstack([vectors, margins])


def bent(inputs: Floats, head: Head) -> Floats:
    """Return the part of a margin that is no straight sum, without its bias."""
    return np.asarray(np.maximum(inputs @ head.wide + head.wide_bias, 0.0) @ head.narrow)
