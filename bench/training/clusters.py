"""Which rows say nearly the same, so that a fold never tests what it was trained on.

Rows of one template stand beside each other in the functional suites and differ in a word or two;
elsewhere near-duplicates are found by MinHash over runs of five characters of the folded text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.training.rows import FUNCTIONAL, Row
from detectors.models.features import MOST, extract
from seawall.fold import fold

__all__ = ["cluster", "folds"]

_HASHES: Final = 48
_BAND: Final = 4
_ALIKE: Final = 0.6
_NEIGHBOURS: Final = 10
_SAME_TEMPLATE: Final = 0.5


class _Union:
    def __init__(self, size: int) -> None:
        self.parents = list(range(size))

    def find(self, at: int) -> int:
        while self.parents[at] != at:
            self.parents[at] = at = self.parents[self.parents[at]]
        return at

    def join(self, one: int, other: int) -> None:
        first, last = sorted((self.find(one), self.find(other)))
        self.parents[last] = first


def cluster(rows: Sequence[Row]) -> list[int]:
    """Return a cluster for each row: the place of the first row that belongs to it."""
    union = _Union(len(rows))
    _join_templates(rows, union)
    _join_alike(rows, union)
    return [union.find(at) for at in range(len(rows))]


def folds(rows: Sequence[Row], clusters: Sequence[int], count: int) -> NDArray[np.int64]:
    """Deal clusters into folds by a hash of their first text; the same on every run."""
    return np.array(
        [
            int.from_bytes(sha256(rows[at].text.encode(errors="replace")).digest()[:8], "big")
            % count
            for at in clusters
        ]
    )


def _join_templates(rows: Sequence[Row], union: _Union) -> None:
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if row.name in FUNCTIONAL:
            groups[row.name, row.lang, row.functionality.partition("/")[0]].append(at)
    for places in groups.values():
        places.sort(key=lambda at: rows[at].order)
        texts = [fold(rows[at].text).spaced for at in places]
        for first, at in enumerate(places):
            for last in range(first + 1, min(first + 1 + _NEIGHBOURS, len(places))):
                matcher = SequenceMatcher(None, texts[first], texts[last], autojunk=False)
                if matcher.ratio() >= _SAME_TEMPLATE:
                    union.join(at, places[last])
                    break


def _join_alike(rows: Sequence[Row], union: _Union) -> None:
    """Join rows whose estimated Jaccard similarity is high enough."""
    signatures = _signatures([row.text for row in rows])
    for band in range(0, _HASHES, _BAND):
        buckets: dict[bytes, int] = {}
        part = np.ascontiguousarray(signatures[:, band : band + _BAND])
        for at in range(len(rows)):
            other = buckets.setdefault(part[at].tobytes(), at)
            if other != at and np.mean(signatures[at] == signatures[other]) >= _ALIKE:
                union.join(at, other)


def _signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """MinHash over the hashed features of each text."""
    spread = np.arange(1, _HASHES + 1, dtype=np.uint32) * np.uint32(0x9E3779B1) | np.uint32(1)
    found = np.full((len(texts), _HASHES), 0xFFFFFFFF, np.uint32)
    for first in range(0, len(texts), MOST):
        batch = extract(texts[first : first + MOST])
        full = np.flatnonzero(np.diff(batch.bounds))
        for at, factor in enumerate(spread):
            hashed = (batch.buckets.astype(np.uint32) + np.uint32(1)) * factor
            hashed = (hashed ^ (hashed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
            least = np.minimum.reduceat(hashed ^ (hashed >> np.uint32(12)), batch.bounds[full])
            found[first + full, at] = least
    return found
