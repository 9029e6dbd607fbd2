"""The boxes of an MP4 as they go by: where they begin, whether the index came, what is encrypted.

Source: ISO/IEC 14496-12, 4.2 (boxes), 8.1–8.2; 23001-7 (common encryption). Only the outermost
boxes are walked; pure, and bounded: it keeps sixteen bytes.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["MOST_TRACKS", "Box", "Boxes", "crowded", "encrypted", "resume"]

MOST_TRACKS: Final = 128
"""An index of more is refused."""

_KINDS: Final = frozenset(
    b"ftyp styp moov moof mdat free skip wide sidx ssix prft emsg mfra uuid meta pnot udta pdin "
    b"bloc junk PICT".split()
)
_ENDLESS: Final = 1 << 62
_ENCRYPTED: Final = re.compile(rb"stsd.{8}.{4}(?:encv|enca)", re.DOTALL)
_FRAGMENT: Final = re.compile(rb"\0..[\x08-\xff](?:moof.{4}mfhd|styp|ftyp|sidx)", re.DOTALL)
_FILE: Final = re.compile(rb"\0..[\x08-\xff]ftyp", re.DOTALL)


class Box(NamedTuple):
    """An outermost box that begins at this offset of the stream."""

    kind: bytes
    start: int
    size: int


class Boxes:
    """Walks the outermost boxes of a stream that comes in pieces."""

    def __init__(self) -> None:
        self.offset = 0
        """How many bytes went by."""
        self.lost = False
        """Whether something came that is no box: nothing is told from there on."""
        self._next = 0
        self._head = b""

    @property
    def pending(self) -> int:
        """How many of the last bytes are a head that has not ended yet."""
        return 0 if self.lost else len(self._head)

    @property
    def short(self) -> bool:
        """Whether more of a box is to come."""
        endless = self._next >= _ENDLESS
        return not (self.lost or endless) and (self.offset < self._next or bool(self._head))

    def feed(self, data: bytes) -> list[Box]:
        """Take a piece; return the boxes that begin in it (or whose head ends in it)."""
        found = []
        begins, end = self.offset, self.offset + len(data)
        self.offset = end
        while not self.lost and self._next < end:
            skip = max(0, self._next + len(self._head) - begins)
            self._head += data[skip : skip + 16 - len(self._head)]
            box = _box(self._head, self._next)
            if box is None:
                break
            if box.size < 8 or box.kind not in _KINDS:
                self.lost = True
                break
            found.append(box)
            self._next, self._head = box.start + box.size, b""
        return found


def _box(head: bytes, start: int) -> Box | None:
    """Read a box's head; None where more of it is needed."""
    if len(head) < 8:
        return None
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if size == 1:
        if len(head) < 16:
            return None
        size = int.from_bytes(head[8:16], "big")
    return Box(kind, start, size or _ENDLESS)


def encrypted(moov: bytes) -> bool:
    """Tell whether an index describes tracks that need a key."""
    return _ENCRYPTED.search(moov) is not None


def crowded(moov: bytes) -> bool:
    """Tell whether an index describes more tracks than anybody needs."""
    return moov.count(b"trak") > MOST_TRACKS


def resume(data: bytes, indexed: bool) -> int:
    """Return where a fragment or a file begins in bytes whose start is lost, -1 where none does.

    Fragments are looked for only where their index is known (`indexed`).
    """
    found = (_FRAGMENT if indexed else _FILE).search(data)
    return found.start() if found else -1
