"""One message as `recent` keeps it: a piece of bytes, in a ring with those before it.

A message of a ring is found by looking for its id in the bytes, and read only where it is.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable

import msgspec
from msgspec import Struct

__all__ = ["Ring", "Said", "drop", "encode", "newest", "of_event", "pack", "said_at", "unpack"]

Ring = deque[bytes]
"""A room's messages, the oldest first."""


class Said(Struct, frozen=True, gc=False):
    """A message and what was done to it. `exempt`: by somebody of the house."""

    event: str
    rev: int
    at: float
    user: str
    name: str
    text: str
    action: str
    room: str
    exempt: bool


class _Kept(Struct, frozen=True, array_like=True, gc=False):
    """A message as it is kept: its time stands first, at a fixed place."""

    at: float
    event: str
    rev: int
    user: str
    name: str
    text: str
    action: str
    exempt: bool


encode = msgspec.msgpack.Encoder().encode
"""Takes a tuple of what `_Kept` names, in that order; the room is the ring's."""
_decode = msgspec.msgpack.Decoder(_Kept).decode
_AT = struct.Struct(">xxd").unpack_from


def pack(said: Said) -> bytes:
    """Return a message as it is kept."""
    return encode(
        (said.at, said.event, said.rev, said.user, said.name, said.text, said.action, said.exempt)
    )


def unpack(kept: bytes, room: str) -> Said:
    """Return a message of a room's ring."""
    it = _decode(kept)
    return Said(it.event, it.rev, it.at, it.user, it.name, it.text, it.action, room, it.exempt)


def said_at(kept: bytes) -> float:
    """Return when it was said, without reading the rest."""
    at: float = _AT(kept)[0]
    return at


def of_event(ring: Ring, event: str) -> list[tuple[int, bytes]]:
    """Return the places of a ring that hold an event, in whatever version."""
    wanted = event.encode()
    return [
        (place, kept)
        for place, kept in enumerate(ring)
        if wanted in kept and _decode(kept).event == event
    ]


def drop(ring: Ring, event: str, rev: int | None, each_bytes: int) -> int:
    """Take an event's versions before `rev` (None: all) out of a ring.

    Returns the bytes that are free then, `each_bytes` for each besides its own.
    """
    freed = 0
    for place, kept in reversed(of_event(ring, event)):
        if rev is None or _decode(kept).rev < rev:
            del ring[place]
            freed += each_bytes + len(kept)
    return freed


def newest(found: Iterable[Said]) -> list[Said]:
    """Return messages in order, each once: its newest version, and of one judged twice the last."""
    every = list(found)
    best: dict[str, Said] = {}
    for said in every:
        known = best.get(said.event)
        if known is None or said.rev >= known.rev:
            best[said.event] = said
    return (
        every if len(best) == len(every) else [each for each in every if each is best[each.event]]
    )
