"""The file of the second opinion's heads. `detectors.models.sealed` has its envelope.

Its body is f4: mean and scale of the inputs, then of each head: straight weights, and the layers of
the bent part (inputs × inner, inner, inner), each as one run of numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.models.sealed import Kind, open_sealed, read_sealed, seal
from detectors.models.weights import Level
from seawall.errors import WeightsError

__all__ = ["Head", "Header", "Heads", "load_heads", "pack_heads"]

Floats = NDArray[np.float32]

_KIND: Final = Kind(b"SWOPINIO", 1, 4_000_000, "a file of heads")
_WIDEST: Final = 2048


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside the numbers.

    `encoder` is the SHA-256 of the sentence encoder, `recipe` that of the classifier's features,
    both as they were in training. `biases` and `bent_biases` are of each head. `levels` turn a
    margin into a score, by head and language.
    """

    heads: tuple[str, ...]
    inputs: int
    inner: int
    encoder: str
    recipe: str
    biases: tuple[float, ...]
    bent_biases: tuple[float, ...]
    levels: dict[str, dict[str, tuple[Level, ...]]]
    rows: int
    licence: str


class Head(NamedTuple):
    """The numbers of one head."""

    straight: Floats
    wide: Floats
    wide_bias: Floats
    narrow: Floats


class Heads(NamedTuple):
    """A file that was read."""

    header: Header
    mean: Floats
    scale: Floats
    heads: tuple[Head, ...]
    version: str


def pack_heads(header: Header, mean: Floats, scale: Floats, heads: tuple[Head, ...]) -> bytes:
    """Return the bytes of a file."""
    parts = [mean, scale, *(part for head in heads for part in head)]
    numbers = b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)
    return seal(_KIND, header, numbers)


def load_heads(path: Path) -> Heads:
    """Read and check a file. Raises WeightsError, also when it cannot be read."""
    return read_sealed(path, _KIND, _unpacked)


def _unpacked(data: bytes) -> Heads:
    header, body, version = open_sealed(data, _KIND, Header)
    if len(body) % 4:
        raise WeightsError("numbers that are cut")
    return _shaped(header, np.frombuffer(body, np.uint8).view("<f4"), version)


def _shaped(header: Header, numbers: Floats, version: str) -> Heads:
    count, inputs, inner = len(header.heads), header.inputs, header.inner
    if not (0 < count <= 8 and 0 < inputs <= _WIDEST and 0 < inner <= _WIDEST):
        raise WeightsError("sizes that make no sense")
    sizes = (inputs, inputs * inner, inner, inner)
    if numbers.size != 2 * inputs + count * sum(sizes) or not np.isfinite(numbers).all():
        raise WeightsError("numbers that do not fit the header")
    if not len(header.biases) == len(header.bent_biases) == count:
        raise WeightsError("biases of other heads")
    for head in header.heads:
        if "" not in header.levels.get(head, {}) or not all(header.levels[head].values()):
            raise WeightsError(f"no scores for {head}")
    cuts = np.cumsum([inputs, inputs, *(sizes * count)])[:-1]
    mean, scale, *parts = np.split(numbers, cuts)
    heads = tuple(
        Head(parts[at], parts[at + 1].reshape(inputs, inner), parts[at + 2], parts[at + 3])
        for at in range(0, 4 * count, 4)
    )
    return Heads(header, mean, scale, heads, version)
