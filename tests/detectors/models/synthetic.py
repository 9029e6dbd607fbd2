"""A small weights file made in a test, of the real format and the real features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.models.features import BUCKETS, RECIPE, extract, fingerprint
from detectors.models.weights import HEADS, Header, Level, pack_weights

LEVELS: tuple[Level, ...] = ((-3.0, 0.02), (0.0, 0.5), (1.0, 0.9), (2.0, 0.99))
CAPPED: tuple[Level, ...] = ((-3.0, 0.02), (0.0, 0.5))


def header(**changed: object) -> Header:
    """Return a header that fits `table`; any field may be given another value."""
    fields: dict[str, object] = {
        "recipe": RECIPE,
        "heads": HEADS,
        "scales": (0.1,) * len(HEADS),
        "biases": (-2.0,) * len(HEADS),
        "levels": {head: {"": CAPPED, "en": LEVELS, "und": LEVELS} for head in HEADS},
        "fold": fingerprint(),
        "data": "0" * 16,
        "rows": 2,
        "licence": "none",
    } | changed
    return Header(**fields)  # type: ignore[arg-type]  # the test says what it changes


def table(*words: str) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    """Return weights by which `linear.abuse` knows these words and nothing else."""
    found = np.zeros((BUCKETS, len(HEADS)), np.int8)
    for word in words:
        own = np.setdiff1d(extract([word]).buckets, extract(["hello"]).buckets)
        found[own, 0] = 60
    return found


def write(folder: Path, data: bytes) -> Path:
    """Write a weights file and return its path."""
    path = folder / "linear.weights"
    path.write_bytes(data)
    return path


def small(folder: Path, words: Sequence[str] = ("wretch",)) -> Path:
    """Write a good small file."""
    return write(folder, pack_weights(header(), table(*words)))
