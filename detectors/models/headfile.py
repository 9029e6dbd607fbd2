"""The file of the second opinion's heads: written by training, checked before it is believed.

8 bytes    "SWOPINIO"
u16, u32   version of this format, length of the header; little-endian like all that follows
header     JSON in UTF-8: everything of `Header`
f4         mean and scale of the inputs, then of each head: straight weights, and the layers of
           the bent part (inputs × inner, inner, inner), each as one run of numbers
32 bytes   SHA-256 of all before
"""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.models.weights import Level
from seawall.errors import WeightsError

__all__ = ["Head", "Header", "Heads", "load_heads", "pack_heads"]

Floats = NDArray[np.float32]

_MAGIC: Final = b"SWOPINIO"
_VERSION: Final = 1
_PREFIX: Final = struct.Struct("<8sHI")
_DIGEST: Final = 32
_LARGEST: Final = 4_000_000
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
    told = msgspec.json.encode(header, order="deterministic")
    parts = [mean, scale, *(part for head in heads for part in head)]
    numbers = b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)
    body = _PREFIX.pack(_MAGIC, _VERSION, len(told)) + told + numbers
    return body + sha256(body).digest()


def load_heads(path: Path) -> Heads:
    """Read and check a file. Raises WeightsError, also when it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror}") from error
    try:
        return _unpacked(data)
    except WeightsError as error:
        raise WeightsError(f"{path.name}: {error}") from error


def _unpacked(data: bytes) -> Heads:
    if not _PREFIX.size + _DIGEST <= len(data) <= _LARGEST:
        raise WeightsError("too short or too long for such a file")
    magic, version, length = _PREFIX.unpack_from(data)
    if magic != _MAGIC or version != _VERSION:
        raise WeightsError("not a file of this kind and format")
    if sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
        raise WeightsError("wrong checksum: the file is cut or was changed")
    start = _PREFIX.size + length
    try:
        header = msgspec.json.decode(data[_PREFIX.size : start], type=Header)
    except msgspec.MsgspecError as error:
        raise WeightsError(f"unreadable header: {error}") from error
    numbers = np.frombuffer(data[start:-_DIGEST], np.uint8)
    if numbers.size % 4:
        raise WeightsError("numbers that are cut")
    return _shaped(header, numbers.view("<f4"), sha256(data).hexdigest()[:16])


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
