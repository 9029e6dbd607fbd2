"""From the scores of somebody else's model to our signals: labels, least scores, caps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from seawall.errors import ConfigError
from seawall.signals import Signal
from seawall.taxonomy import CATEGORY_NAMES

__all__ = ["Labels"]


class Labels:
    """What a foreign model's labels mean to us.

    Nobody here has measured that model: its scores are cut off at the cap of the text's language
    ("" is for every language without one), which its operator sets after measuring.
    """

    def __init__(
        self,
        detector: str,
        prefix: str,
        labels: Mapping[str, str],
        caps: Mapping[str, float],
        least: float,
    ) -> None:
        """Take label to category ("" for none), caps by language, and the least score told."""
        for label, category in labels.items():
            if category and category not in CATEGORY_NAMES:
                raise ConfigError(f"label {label} is of no category `{category}`")
        self._detector = detector
        self._labels = labels
        self._prefix = prefix
        self._caps = caps
        self._least = least

    def __contains__(self, label: str) -> bool:
        return label in self._labels

    def __len__(self) -> int:
        return len(self._labels)

    def signals(self, scores: Iterable[tuple[str, float]], lang: str) -> list[Signal]:
        """Return the best score of each category, where it is worth telling.

        Raises ValueError for a score that is none.
        """
        cap = self._caps.get(lang, self._caps.get("", 0.0))
        best: dict[str, float] = {}
        for label, score in scores:
            if not math.isfinite(score) or not -0.001 <= score <= 1.001:
                raise ValueError("a score is not between 0 and 1")
            category = self._labels.get(label, "")
            if category and score >= self._least:
                best[category] = max(best.get(category, 0.0), min(max(score, 0.0), cap))
        return [
            Signal(f"{self._prefix}{category}", round(score, 4), self._detector, category)
            for category, score in best.items()
        ]
