"""The envelope of a model's file: written once by training, checked before anything is believed.

    8 bytes    what kind of file this is
    u16        version of the kind's format, little-endian like all that follows
    u32        length of the header
    header     JSON in UTF-8: every field of the kind's header
    body       numbers, as the kind lays them out
    32 bytes   SHA-256 of all before

Nothing in it is executed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from seawall.errors import WeightsError

__all__ = ["Kind", "Opened", "open_sealed", "read_sealed", "seal"]

H = TypeVar("H", bound=msgspec.Struct)
T = TypeVar("T")

_PREFIX: Final = struct.Struct("<8sHI")
_DIGEST: Final = 32


class Kind(NamedTuple):
    """A kind of file: its 8 bytes, the version this program reads, and its most bytes."""

    magic: bytes
    version: int
    largest: int
    called: str


class Opened(NamedTuple, Generic[H]):
    """What was in a file. `version` names its content."""

    header: H
    body: memoryview
    version: str


def seal(kind: Kind, header: msgspec.Struct, body: bytes) -> bytes:
    """Return the bytes of a file; the same for the same content."""
    told = msgspec.json.encode(header, order="deterministic")
    data = _PREFIX.pack(kind.magic, kind.version, len(told)) + told + body
    return data + sha256(data).digest()


def open_sealed(data: bytes, kind: Kind, header: type[H]) -> Opened[H]:
    """Take a file apart; what its numbers mean is not checked. Raises WeightsError."""
    if len(data) > kind.largest:
        raise WeightsError(f"more than {kind.largest} bytes")
    if len(data) < _PREFIX.size + _DIGEST:
        raise WeightsError("cut short")
    magic, version, length = _PREFIX.unpack_from(data)
    if magic != kind.magic:
        raise WeightsError(f"not {kind.called}")
    if version != kind.version:
        raise WeightsError(f"format {version}; this program reads {kind.version}")
    inner = memoryview(data)[:-_DIGEST]
    if sha256(inner).digest() != data[-_DIGEST:]:
        raise WeightsError("wrong checksum: the file is cut or was changed")
    start = _PREFIX.size + length
    try:
        told = msgspec.json.decode(inner[_PREFIX.size : start], type=header)
    except msgspec.MsgspecError as error:
        raise WeightsError(f"unreadable header: {error}") from error
    return Opened(told, inner[start:], sha256(data).hexdigest()[:16])


def read_sealed(path: Path, kind: Kind, unpack: Callable[[bytes], T]) -> T:
    """Read a file and take it apart.

    Raises WeightsError with its name, for what `unpack` raises too and where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(kind.largest + 1)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return unpack(data)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error
