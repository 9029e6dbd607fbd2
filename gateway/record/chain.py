"""The hash chain of one writer, as arithmetic: nothing here reads or writes.

1. A row's canonical bytes are the MessagePack array of its fields in the order of `Row`: shortest
   integer forms, floats as float64, strings as UTF-8. Any MessagePack library can rebuild them.
2. A row's hash is sha256(hash of the row before it || canonical bytes). The first row of a chain
   follows `GENESIS`.
3. The order and the set of fields never change for a given `form`; a new form gets a new number.
4. A row holds no content and no user id: `user` and `content` are keyed hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec

__all__ = ["FIELDS", "FORM", "GENESIS", "Head", "Linked", "Row", "chain", "link"]

FORM = 1
GENESIS = bytes(32)


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of the journal.

    `seq` counts a writer's rows from 1 without a gap; `n` is the number its gateway gave the entry.
    `at` and `ms_total` are seconds since the epoch and milliseconds; `actions` is a JSON array in
    which user ids are keyed hashes; `count` is how many equal decisions the row stands for.
    """

    form: int
    writer: str
    seq: int
    n: int
    at: float
    kind: str
    tenant: str
    event: str
    rev: int
    room: str
    user: str
    surface: str
    action: str
    actions: str
    rule: str
    category: str
    severity: str
    detector: str
    score: float
    policy: str
    stage: str
    ms_total: float
    count: int
    by: str
    ref: str
    content: str


FIELDS: tuple[str, ...] = Row.__struct_fields__


class Head(msgspec.Struct, frozen=True, array_like=True):
    """Where a chain ends: its last row's number and hash."""

    seq: int = 0
    hash: bytes = GENESIS


class Linked(msgspec.Struct, frozen=True):
    """A row in its place in the chain."""

    row: Row
    prev: bytes
    hash: bytes


_ENCODE = msgspec.msgpack.Encoder().encode


def link(prev: bytes, row: Row) -> bytes:
    """Return the hash of a row that follows the row with hash `prev`: 32 bytes."""
    return sha256(prev + _ENCODE(row)).digest()


def chain(head: Head, rows: Iterable[Row]) -> Iterator[Linked]:
    """Link rows one after the other behind `head`."""
    prev = head.hash
    for row in rows:
        following = link(prev, row)
        yield Linked(row, prev, following)
        prev = following
