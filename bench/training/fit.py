"""One head: a logistic regression over the features, and its weights as whole numbers.

Weights are learned on features multiplied by how unevenly a bucket falls on the two sides (the log
count ratio of a naive Bayes model: Wang and Manning 2012), and that factor goes into the weights.
Every set in another language than English has a constant of its own while learning, so that no
word need explain how many of a set's rows were violating; it is forgotten afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bench.training.rows import FUNCTIONAL, Row
from detectors.models.features import BUCKETS, MOST, extract

__all__ = ["Corpus", "Head", "corpus", "fit", "margins"]

_STRENGTH: Final = 16.0  # liblinear's C
_FUNCTIONAL_WEIGHT: Final = 0.3
_OWN_CONSTANT: Final = 0.5
_SMOOTHING: Final = 0.3
_SILENT: Final = -10.0  # the margin of a head that had nothing to tell apart

Floats = NDArray[np.float64]


class Corpus(msgspec.Struct, frozen=True):
    """Rows as a sparse matrix of zeros and ones, with what a row's sum is divided by."""

    matrix: sparse.csr_matrix
    scales: Floats
    weights: Floats
    own: NDArray[np.int64]


class Head(msgspec.Struct, frozen=True):
    """One head's weights: `whole` times `scale`."""

    whole: NDArray[np.int8]
    scale: float
    bias: float


def corpus(rows: Sequence[Row]) -> Corpus:
    """Extract the features of all rows."""
    parts = [
        extract([row.text for row in rows[at : at + MOST]]) for at in range(0, len(rows), MOST)
    ]
    buckets = np.concatenate([part.buckets for part in parts])
    counts = np.concatenate([np.diff(part.bounds) for part in parts])
    bounds = np.concatenate([[0], np.cumsum(counts)])
    matrix = sparse.csr_matrix((np.ones(len(buckets)), buckets, bounds), shape=(len(rows), BUCKETS))
    names = sorted({(row.name, row.lang) for row in rows if row.lang != "en"})
    own = [names.index((row.name, row.lang)) if row.lang != "en" else -1 for row in rows]
    weights = [_FUNCTIONAL_WEIGHT if row.name in FUNCTIONAL else 1.0 for row in rows]
    scales = np.concatenate([part.scales for part in parts]).astype(np.float64)
    return Corpus(matrix, scales, np.array(weights), np.array(own))


def fit(data: Corpus, places: NDArray[np.int64], wanted: NDArray[np.int64]) -> Head:
    """Learn a head from the rows at `places`; `wanted` is 0 or 1 for each."""
    if wanted.min() == wanted.max():
        return Head(np.zeros(BUCKETS, np.int8), 1.0, _SILENT)
    chosen = data.matrix[places]
    ratio = _ratio(chosen, wanted)
    scaled = sparse.diags(1 / data.scales[places]) @ chosen @ sparse.diags(ratio)
    own = data.own[places]
    has = np.flatnonzero(own >= 0)
    constants = sparse.csr_matrix(
        (np.full(len(has), _OWN_CONSTANT), (has, own[has])),
        shape=(len(places), int(data.own.max()) + 1),
    )
    model = LogisticRegression(
        C=_STRENGTH, dual=True, max_iter=300, random_state=0, solver="liblinear", tol=1e-2
    ).fit(sparse.hstack([scaled, constants]).tocsr(), wanted, sample_weight=data.weights[places])
    weights = model.coef_[0][:BUCKETS] * ratio
    scale = float(np.abs(weights).max()) / 127
    whole = np.rint(weights / scale).astype(np.int8)
    return Head(whole, scale, float(model.intercept_[0]))


def _ratio(chosen: sparse.csr_matrix, wanted: NDArray[np.int64]) -> Floats:
    """Return for each bucket how unevenly it falls on the two sides, 1 on average."""
    shares = []
    for side in (1, 0):
        count = np.asarray(chosen[wanted == side].sum(axis=0)).ravel() + _SMOOTHING
        shares.append(count / count.sum())
    ratio = np.abs(np.log(shares[0] / shares[1]))
    return np.asarray(ratio / ratio.mean(), np.float64)


def margins(data: Corpus, head: Head, places: NDArray[np.int64]) -> Floats:
    """Return what a head makes of the rows at `places`, as it will when it serves."""
    sums = data.matrix[places] @ head.whole.astype(np.float64)
    return np.asarray(sums * head.scale / data.scales[places] + head.bias, np.float64)
