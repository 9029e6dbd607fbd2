"""Binary frames of the wire: a header, then bytes of a stream's container.

A piece says whose it is (the handle of `stream.opened`), its number and when it was captured.
"""

from __future__ import annotations

import struct

import msgspec

from seawall import wire

__all__ = ["HEADER_BYTES", "Piece", "pack", "parse"]

_HEADER = struct.Struct(wire.HEADER)
HEADER_BYTES = _HEADER.size


class Piece(msgspec.Struct, frozen=True, gc=False):
    """What a binary frame's header says; the container's bytes begin at `offset`.

    `seq` counts pieces modulo 2**32. `captured_ms` is the sender's clock, milliseconds since the
    epoch.
    """

    handle: int
    seq: int
    captured_ms: int
    offset: int = HEADER_BYTES


def parse(data: bytes) -> Piece | wire.Error:
    """Return what the header says, or the error to answer with. Costs under a µs."""
    if len(data) <= HEADER_BYTES:
        problem = f"a binary frame is a header of {HEADER_BYTES} bytes and at least one byte more"
        return wire.Error(None, None, "bad_field", problem)
    handle, seq, captured_ms = _HEADER.unpack_from(data)
    return Piece(handle, seq, captured_ms)


def pack(handle: int, seq: int, captured_ms: int, payload: bytes) -> bytes:
    """Return a whole binary frame; the number is taken modulo 2**32."""
    return _HEADER.pack(handle, seq & 0xFFFF_FFFF, captured_ms) + payload
