"""The file of the classifier's weights: written once by training, checked before it is believed.

    8 bytes    "SWLINEAR"
    u16        version of this format, little-endian like all that follows
    u32        length of the header
    header     JSON in UTF-8: everything of `Header`
    int8       weights, one row a bucket, one column a head; times the head's scale
    32 bytes   SHA-256 of all before

Nothing in it is executed. A file that is cut, changed, of other features or of another shape raises
`WeightsError`; the model in force stays in force.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.models.features import BUCKETS, RECIPE
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

_MAGIC: Final = b"SWLINEAR"
_VERSION: Final = 1
_PREFIX: Final = struct.Struct("<8sHI")
_DIGEST: Final = 32

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
    told = msgspec.json.encode(header, order="deterministic")
    body = _PREFIX.pack(_MAGIC, _VERSION, len(told)) + told + table.tobytes()
    return body + sha256(body).digest()


def load_weights(path: Path) -> Weights:
    """Read and check a weights file. Raises WeightsError, also when it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise WeightsError(f"{path}: {error.strerror}") from error
    try:
        return _unpack(data)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error


def _unpack(data: bytes) -> Weights:
    if len(data) > LARGEST:
        raise WeightsError(f"more than {LARGEST} bytes")
    if len(data) < _PREFIX.size + _DIGEST:
        raise WeightsError("cut short")
    magic, version, length = _PREFIX.unpack_from(data)
    if magic != _MAGIC:
        raise WeightsError("not a weights file")
    if version != _VERSION:
        raise WeightsError(f"format {version}; this program reads {_VERSION}")
    digest = sha256(data[:-_DIGEST]).digest()
    if digest != data[-_DIGEST:]:
        raise WeightsError("wrong checksum: the file is cut or was changed")
    start = _PREFIX.size + length
    try:
        header = msgspec.json.decode(data[_PREFIX.size : start], type=Header)
    except msgspec.MsgspecError as error:
        raise WeightsError(f"unreadable header: {error}") from error
    _check(header, len(data) - _DIGEST - start)
    table = np.frombuffer(data, np.int8, len(data) - _DIGEST - start, start)
    version_told = sha256(data).hexdigest()[:16]
    return Weights(header, table.reshape(BUCKETS, len(header.heads)), version_told)


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
