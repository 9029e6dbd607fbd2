"""What the classifier would have scored on texts it was not trained with, and how right that is.

Scores of a fold come from a model trained on the other four and from levels measured on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from bench.training.calibrate import Bools, Calibration, Floats
from bench.training.rows import ABUSE, FUNCTIONAL, STREAMS, Row, is_coarse
from detectors.models.language import language
from detectors.models.linear import SPOKEN_FROM
from detectors.models.weights import HEADS, Level

__all__ = ["HELD", "Figures", "Rates", "figures", "held_out", "scored"]

HELD: Final = (0.9, 0.95)
"""Scores at which figures are given; policies hold from one of them on."""

_FEW: Final = 25
_SPAM: Final = HEADS.index("spam")
_ABUSE: Final = HEADS.index("abuse")


class Rates(msgspec.Struct, frozen=True):
    """Of `wanted` violating rows `found` scored at least `at`; `wrong` benign ones did as well."""

    head: str
    language: str
    at: float
    wanted: int
    found: int
    wrong: int

    @property
    def precision(self) -> float:
        """The share of what was found that is violating; 1 when nothing was found."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what is violating that was found."""
        return self.found / max(1, self.wanted)


class Figures(msgspec.Struct, frozen=True):
    """All figures of one training. Streams are in lines per 1,000 without coarse ones."""

    precisions: dict[str, dict[str, float]]
    rates: tuple[Rates, ...]
    streams: dict[str, dict[str, float]]


def scored(
    margins: Floats, languages: Sequence[str], levels: Mapping[str, tuple[Level, ...]]
) -> Floats:
    """Turn one head's margins into scores, as `detectors.models.linear` does."""
    scores = np.zeros(len(margins))
    names = np.array(languages)
    for name in np.unique(names):
        table = levels.get(str(name)) or levels[""]
        mine = names == name
        scores[mine] = np.interp(margins[mine], [m for m, _ in table], [s for _, s in table])
    return np.asarray(scores.round(4), np.float64)


def figures(
    rows: Sequence[Row],
    targets: NDArray[np.int64],
    margins: Floats,
    folds: NDArray[np.int64],
    calibration: Calibration,
) -> Figures:
    """Work everything out from margins of models that had not seen the row."""
    told = [language(row.text, row.lang) for row in rows]
    alone = [language(row.text) for row in rows]
    scores = {
        way: np.stack(
            [
                _out_of_fold(head, margins[:, head], folds, langs, calibration)
                for head in range(len(HEADS))
            ],
            axis=1,
        )
        for way, langs in (("told", told), ("alone", alone))
    }
    labels = _labels(rows)
    return Figures(
        _precisions(rows, labels, margins),
        tuple(_rates(rows, targets, labels, scores)),
        _streams(rows, scores["alone"]),
    )


def held_out(
    rows: Sequence[Row], margins: Floats, folds: NDArray[np.int64], calibration: Calibration
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each text and what it scored, head by head, with nobody telling its language."""
    alone = [language(row.text) for row in rows]
    scores = [
        _out_of_fold(head, margins[:, head], folds, alone, calibration)
        for head in range(len(HEADS))
    ]
    for at, row in enumerate(rows):
        told = {f"linear.{name}": float(scores[head][at]) for head, name in enumerate(HEADS)}
        yield row.text, {name: score for name, score in told.items() if score >= SPOKEN_FROM}


def _out_of_fold(
    head: int,
    margins: Floats,
    folds: NDArray[np.int64],
    languages: Sequence[str],
    calibration: Calibration,
) -> Floats:
    scores = np.zeros(len(margins))
    names = np.array(languages)
    for fold in np.unique(folds):
        levels = calibration.levels(head, margins, folds != fold)
        mine = folds == fold
        scores[mine] = scored(margins[mine], names[mine].tolist(), levels)
    return scores


def _labels(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Return for both groups whether a row is of it, whatever is masked in training."""
    abuse = np.array([row.category in ABUSE for row in rows])
    spam = np.array([bool(row.category) and row.category not in ABUSE for row in rows])
    return np.stack([abuse, spam], axis=1).astype(np.int64)


def _sets(rows: Sequence[Row], labels: NDArray[np.int64], group: int) -> list[str]:
    names = np.array([row.name for row in rows])
    return [
        str(name)
        for name in np.unique(names)
        if labels[names == name, group].sum() >= 10 and name not in STREAMS
    ]


def _precisions(
    rows: Sequence[Row], labels: NDArray[np.int64], margins: Floats
) -> dict[str, dict[str, float]]:
    """Return the average precision of both groups on each of their sets."""
    names = np.array([row.name for row in rows])
    return {
        HEADS[head]: {
            name: float(
                average_precision_score(labels[names == name, group], margins[names == name, head])
            )
            for name in _sets(rows, labels, group)
        }
        for group, head in ((0, _ABUSE), (1, _SPAM))
    }


def _rates(
    rows: Sequence[Row],
    targets: NDArray[np.int64],
    labels: NDArray[np.int64],
    scores: Mapping[str, Floats],
) -> list[Rates]:
    """Count by language, over the sets of a head's group that people wrote."""
    names = np.array([row.name for row in rows])
    langs = np.array([row.lang for row in rows])
    natural = ~np.isin(names, list(FUNCTIONAL))
    found: list[Rates] = []
    for head, title in enumerate(HEADS):
        group = 0 if title in (*ABUSE, "abuse") else 1
        known = np.isin(names, _sets(rows, labels, group)) & (targets[:, head] >= 0)
        for lang in np.unique(langs):
            mine = known & natural & (langs == lang)
            mine = mine if (mine & (targets[:, head] == 1)).any() else known & (langs == lang)
            wanted = targets[:, head] == 1
            if (mine & wanted).sum() < _FEW:
                continue
            for way, table in scores.items():
                for at in HELD:
                    found.append(_counted(title, f"{lang} {way}", at, mine, wanted, table[:, head]))
    return found


def _counted(head: str, lang: str, at: float, mine: Bools, wanted: Bools, scores: Floats) -> Rates:
    hit = mine & (scores >= at)
    return Rates(
        head,
        lang,
        at,
        int((mine & wanted).sum()),
        int((hit & wanted).sum()),
        int((hit & ~wanted).sum()),
    )


def _streams(rows: Sequence[Row], scores: Floats) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in STREAMS:
        mine = np.array([row.name == name and not is_coarse(row.text) for row in rows])
        found[name] = {
            f"{title} >= {at}": 1000 * float((scores[mine, head] >= at).mean())
            for at in HELD
            for head, title in enumerate(HEADS)
        }
        for at in HELD:
            found[name][f"any >= {at}"] = 1000 * float((scores[mine] >= at).any(axis=1).mean())
    return found
