"""The file of the classifier's weights. `detectors.models.sealed` has its envelope.

Its body is int8: one row a bucket, one column a head; times the head's scale. A file of other
features or of another shape raises `WeightsError`; the model in force stays in force.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.models.features import BUCKETS, RECIPE
from detectors.models.sealed import Kind, open_sealed, read_sealed, seal
from seawall.errors import WeightsError

__all__ = ["HEADS", "LARGEST", "Header", "Level", "Weights", "load_weights", "pack_weights"]

HEADS: Final = (
    "abuse",
    "spam",
    "harassment",
    "profanity",
    "scam.phishing",
    "diversion",
    "market.manipulation",
)
"""What is judged: two groups, and the categories there is enough to learn from."""

LARGEST: Final = 3_000_000
"""Bytes a weights file may have."""

_KIND: Final = Kind(b"SWLINEAR", 1, LARGEST, "a weights file")

Level = tuple[float, float]
"""A margin, and the score of what reaches it."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside the weights.

    `levels[head][language]` turn a margin into a score, both rising; language "" is for every other
    one. `fold` is the fingerprint of the features it was trained with, `data` that of the rows.
    """

    recipe: str
    heads: tuple[str, ...]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    levels: dict[str, dict[str, tuple[Level, ...]]]
    fold: str
    data: str
    rows: int
    licence: str


class Weights(msgspec.Struct, frozen=True):
    """A file that was read: `table` is int8, buckets × heads. `version` names the file."""

    header: Header
    table: NDArray[np.int8]
    version: str


def pack_weights(header: Header, table: NDArray[np.int8]) -> bytes:
    """Return the bytes of a weights file. Raises WeightsError when header and table disagree."""
    _check(header, table.size)
    return seal(_KIND, header, table.tobytes())


def load_weights(path: Path) -> Weights:
    """Read and check a weights file. Raises WeightsError, also when it cannot be read."""
    return read_sealed(path, _KIND, _unpacked)


def _unpacked(data: bytes) -> Weights:
    header, body, version = open_sealed(data, _KIND, Header)
    _check(header, len(body))
    table = np.frombuffer(body, np.int8)
    return Weights(header, table.reshape(BUCKETS, len(header.heads)), version)


def _check(header: Header, size: int) -> None:
    count = len(header.heads)
    if header.recipe != RECIPE:
        raise WeightsError(f"made for features {header.recipe!r}; this program has {RECIPE!r}")
    if not 0 < count <= 8 or len(header.scales) != count or len(header.biases) != count:
        raise WeightsError(
            f"{count} heads, {len(header.scales)} scales, {len(header.biases)} biases"
        )
    if size != BUCKETS * count:
        raise WeightsError(f"{size} weights for {BUCKETS} buckets and {count} heads")
    if not np.isfinite([*header.scales, *header.biases]).all():
        raise WeightsError("a scale or bias that is no number")
    for head in header.heads:
        tables = header.levels.get(head, {})
        if "" not in tables:
            raise WeightsError(f"no scores for {head}")
        for levels in tables.values():
            _check_levels(head, levels)


def _check_levels(head: str, levels: tuple[Level, ...]) -> None:
    """Refuse what is no table of scores: each margin and score must be above the one before."""
    found = np.array(levels, np.float64).reshape(-1, 2)
    rising = len(found) > 0 and bool((np.diff(found, axis=0) >= 0).all())
    if not rising or not np.isfinite(found).all() or found[:, 1].min() < 0 or found[:, 1].max() > 1:
        raise WeightsError(f"the scores of {head} do not rise from 0 to 1")
