"""How long a file says it is, by its first bytes: what is shorter than that was cut; pure.

A live stream says nothing, zero, or more than anything can be: then nothing was claimed.

Sources: Microsoft's RIFF (WAV, AVI), Apple's AIFF 1.3, RFC 8794 and 9559 (Matroska).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["claimed"]

_ENDLESS: Final = 0x7FFF_0000
_SEGMENT: Final = b"\x18\x53\x80\x67"


def claimed(name: str, head: bytes) -> int:
    """Return how many bytes the file is to have, 0 where that is not said. `name` is a family's."""
    claim = _CLAIMS.get(name)
    return claim(head) if claim is not None else 0


def _wav(head: bytes) -> int:
    at = 12
    while at + 8 <= len(head):
        size = int.from_bytes(head[at + 4 : at + 8], "little")
        if head[at : at + 4] == b"data":
            return at + 8 + size if 0 < size < _ENDLESS else 0
        at += 8 + size + size % 2
    return _riff(head)


def _riff(head: bytes) -> int:
    size = int.from_bytes(head[4:8], "little")
    return 8 + size if 0 < size < _ENDLESS else 0


def _aiff(head: bytes) -> int:
    size = int.from_bytes(head[4:8], "big")
    return 8 + size if 0 < size < _ENDLESS else 0


def _matroska(head: bytes) -> int:
    first, width = _vint(head, 4)
    at = 4 + width + first
    if not width or head[at : at + 4] != _SEGMENT:
        return 0
    size, width = _vint(head, at + 4)
    unknown = size == (1 << 7 * width) - 1
    return 0 if unknown or not width else at + 4 + width + size


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of Matroska's; return it and how many bytes it took, 0 where it is none."""
    if at >= len(data) or not data[at]:
        return 0, 0
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big")
    return value & ((1 << 7 * width) - 1), width


_CLAIMS: Final[dict[str, Callable[[bytes], int]]] = {
    "wav": _wav, "avi": _riff, "aiff": _aiff, "matroska": _matroska,
}  # fmt: skip
