"""Frames put together to messages, as RFC 6455 section 5.4 wants it: pure, no socket.

picows hands every frame over raw: the order of fragments, the size of the whole and the reserved
bits are ours to check. UTF-8 of a text message is checked once, when it is whole.
"""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["Assembler", "Kind", "Violation", "Whole", "framed"]


class Kind(Enum):
    """What a frame says it is."""

    TEXT = "text"
    BINARY = "binary"
    CONTINUATION = "continuation"


class Whole(msgspec.Struct, frozen=True):
    """A whole message."""

    binary: bool
    data: bytes


class Violation(msgspec.Struct, frozen=True):
    """Something after which the connection must end: WIRE's close code and its name."""

    code: int
    why: str


class Assembler:
    """The unfinished message of one connection, at most `limit` bytes.

    Binary ones may have `binary_limit` bytes, which grows once the connection carries media.
    """

    __slots__ = ("_binary", "_limit", "_parts", "_size", "binary_limit", "busy")

    def __init__(self, limit: int) -> None:
        self.busy = False
        """Whether a message has begun and not ended."""
        self.binary_limit = limit
        self._limit = limit
        self._binary = False
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, kind: Kind, last: bool, reserved: bool, data: bytes) -> Whole | Violation | None:
        """Take a frame; return the message it completes, or what is wrong, or None for more."""
        if reserved:
            return Violation(4004, "protocol")
        begins = kind is not Kind.CONTINUATION
        if begins == self.busy:
            return Violation(4004, "protocol")
        if begins:
            self._binary = kind is Kind.BINARY
        self._size += len(data)
        if self._size > (self.binary_limit if self._binary else self._limit):
            return Violation(1009, "too_large")
        self._parts.append(data)
        self.busy = not last
        if not last:
            return None
        whole = Whole(self._binary, b"".join(self._parts))
        self._parts.clear()
        self._size = 0
        return whole


def framed(line: bytes) -> bytes:
    """Return a text frame as a server sends it: unmasked, whole (RFC 6455 section 5.2)."""
    size = len(line)
    if size < 126:
        return b"\x81%c%b" % (size, line)
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + line
    return b"\x81\x7f" + size.to_bytes(8, "big") + line
