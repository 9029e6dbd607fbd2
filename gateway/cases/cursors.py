"""Where a page ended: a place in an order, opaque to whoever carries it.

A place is a number and an id, so it holds when rows before it come, go or move: the next page is
whatever stands behind that place then. It is not signed: it gives no more than the list does.
"""

from __future__ import annotations

import math
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from msgspec import Struct

from gateway.refusal import Refused

__all__ = ["Place", "parse", "show"]

_HEAD = struct.Struct(">Bd")
_MOST = 400


class Place(Struct, frozen=True):
    """The last row of a page: `ended` says in which half, `at` and `id` where in its order."""

    at: float
    id: str
    ended: bool = False


def show(place: Place) -> str:
    """Return a cursor."""
    packed = _HEAD.pack(place.ended, place.at) + place.id.encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(packed).decode().rstrip("=")


def parse(cursor: str) -> Place:
    """Return the place a cursor names. Raises Refused 400 `bad_cursor`."""
    try:
        if len(cursor) > _MOST:
            raise ValueError("too long")
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        ended, at = _HEAD.unpack_from(packed)
        place = Place(at, packed[_HEAD.size :].decode(), bool(ended))
    except (ValueError, Error, struct.error) as problem:
        raise Refused(400, "bad_cursor", "this cursor is none of ours") from problem
    if not math.isfinite(place.at) or ended > 1:
        raise Refused(400, "bad_cursor", "this cursor is none of ours")
    return place
