"""Train the second opinion: `python -m bench.train_opinion` writes its heads and their card.

The data is read from the folder in SEAWALL_DATA (default `../shared/data`); nothing of it is part
of this project. Sentence vectors are kept under `bench/out/vectors`: the first run takes half an
hour on one core, a later one ten minutes. It needs the extra `train` and the encoder's package.

The heads read what the small classifier says of texts it was not trained with (five folds by
cluster), so that they learn how far it may be trusted. They are measured on the fold that neither
they nor that classifier saw.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from warnings import catch_warnings, simplefilter

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from bench.training.calibrate import Calibration
from bench.training.clusters import cluster, folds
from bench.training.fit import corpus, fit, margins
from bench.training.opinion_card import measured, write_card
from bench.training.rows import FUNCTIONAL, Row, read_licences, read_rows, targets
from bench.training.vectors import vectors
from detectors.models.features import RECIPE
from detectors.models.headfile import Head, Header, pack_heads
from detectors.models.opinion import bent, stacked
from detectors.models.sentences import SHA256
from detectors.models.weights import HEADS as FIRST_HEADS

__all__ = ["main"]

HEADS: Final = ("abuse", "spam")
COLUMNS: Final = [FIRST_HEADS.index(head) for head in HEADS]
LICENCE: Final = "CC-BY-SA-4.0"
_FOLDS: Final = 5
_INNER: Final = 64
_DECAY: Final = 1.0
_EPOCHS: Final = 8
_STRENGTH: Final = 0.003
_FUNCTIONAL_WEIGHT: Final = 0.3

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


class Fitted(msgspec.Struct, frozen=True):
    """One head with its two constants."""

    head: Head
    bias: float
    bent_bias: float

    def margins(self, inputs: Floats) -> Floats:
        """Return what it makes of inputs."""
        straight = inputs @ self.head.straight + self.bias
        return np.asarray(straight + bent(inputs, self.head) + self.bent_bias)


def learn(inputs: Floats, wanted: Integers, weights: Doubles) -> Fitted:
    """Fit a straight sum and a small bent layer apart; their margins add up."""
    straight = LogisticRegression(C=_STRENGTH, max_iter=300).fit(
        inputs, wanted, sample_weight=weights
    )
    # The layer knows no weights: rows of templates are thinned out instead.
    kept = np.random.default_rng(0).random(len(wanted)) < weights
    layer = MLPClassifier(
        (_INNER,), alpha=_DECAY, batch_size=256, max_iter=_EPOCHS, random_state=0, tol=0.0
    )
    layer.n_iter_no_change = _EPOCHS + 1
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # it stops early on purpose
        layer.fit(inputs[kept], wanted[kept])
    wide, narrow = layer.coefs_
    head = Head(
        straight.coef_[0].astype(np.float32),
        wide.astype(np.float32),
        layer.intercepts_[0].astype(np.float32),
        narrow[:, 0].astype(np.float32),
    )
    return Fitted(head, float(straight.intercept_[0]), float(layer.intercepts_[1][0]))


def first_margins(rows: Sequence[Row], wanted: Integers, fold: Integers) -> Floats:
    """Return what classifiers that had not seen a row make of it: rows × `HEADS`."""
    data = corpus(rows)
    found = np.zeros((len(rows), len(HEADS)), np.float32)
    for number in range(_FOLDS):
        unseen = np.flatnonzero(fold == number)
        for at in range(len(HEADS)):
            places = np.flatnonzero((wanted[:, at] >= 0) & (fold != number))
            head = fit(data, places, wanted[places, at])
            found[unseen, at] = margins(data, head, unseen)
        print(f"classifier without fold {number} learned", flush=True)
    return found


def second_margins(inputs: Floats, wanted: Integers, fold: Integers, weights: Doubles) -> Floats:
    """Return what heads that had not seen a row make of it: rows × `HEADS`."""
    found = np.zeros((len(inputs), len(HEADS)), np.float32)
    for number in range(_FOLDS):
        unseen = np.flatnonzero(fold == number)
        for at in range(len(HEADS)):
            places = np.flatnonzero((wanted[:, at] >= 0) & (fold != number))
            fitted = learn(inputs[places], wanted[places, at], weights[places])
            found[unseen, at] = fitted.margins(inputs[unseen])
        print(f"heads without fold {number} learned", flush=True)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure and write; 0, or 2 when the data is absent."""
    options = _options(arguments)
    data = Path(os.environ.get("SEAWALL_DATA", "../shared/data"))
    try:
        rows = read_rows(data)
    except FileNotFoundError as error:
        print(f"no data to train with: {error} (set SEAWALL_DATA)", file=sys.stderr)
        return 2
    into = Path(options.into)
    into.mkdir(parents=True, exist_ok=True)
    known: Integers = np.array([targets(row) for row in rows])
    wanted = known[:, COLUMNS]
    fold = folds(rows, cluster(rows), _FOLDS)
    weights = np.array([_FUNCTIONAL_WEIGHT if row.name in FUNCTIONAL else 1.0 for row in rows])
    first = first_margins(rows, wanted, fold)
    raw = stacked(vectors([row.text for row in rows], Path(options.cache)), first)
    mean, scale = raw.mean(axis=0), 1.0 / raw.std(axis=0)
    inputs = np.asarray((raw - mean) * scale, np.float32)
    second = second_margins(inputs, wanted, fold, weights)
    calibration = Calibration(rows, known)
    fitted = []
    for at in range(len(HEADS)):
        places = np.flatnonzero(wanted[:, at] >= 0)
        fitted.append(learn(inputs[places], wanted[places, at], weights[places]))
    header = _header(rows, fitted, second, calibration)
    packed = pack_heads(header, mean, scale, tuple(each.head for each in fitted))
    found = measured(rows, fold, first, second, calibration)
    card = write_card(rows, read_licences(data), found, packed, LICENCE)
    if options.measure:
        print(card)
        return 0
    (into / "opinion.weights").write_bytes(packed)
    (into / "opinion.card.md").write_text(card, encoding="utf-8")
    print(f"{into}/opinion.weights: {len(packed)} bytes")
    return 0


def _header(
    rows: Sequence[Row], fitted: Sequence[Fitted], second: Floats, calibration: Calibration
) -> Header:
    everything = np.ones(len(rows), np.bool_)
    return Header(
        heads=HEADS,
        inputs=len(fitted[0].head.straight),
        inner=_INNER,
        encoder=SHA256,
        recipe=RECIPE,
        biases=tuple(each.bias for each in fitted),
        bent_biases=tuple(each.bent_bias for each in fitted),
        levels={
            head: calibration.levels(COLUMNS[at], second[:, at].astype(np.float64), everything)
            for at, head in enumerate(HEADS)
        },
        rows=len(rows),
        licence=LICENCE,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seawall bench train-opinion", description=__doc__)
    parser.add_argument("--into", default="detectors/models", help="folder of heads and card")
    parser.add_argument("--cache", default="bench/out/vectors", help="folder of sentence vectors")
    parser.add_argument("--measure", action="store_true", help="write nothing, print the card")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
