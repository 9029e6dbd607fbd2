"""Tracks that come later: FLV and MPEG-TS announce them on the way, and the demuxer does not tell.

Both watchers are pure, see the bytes go by, and keep a few hundred of them (FLV's parameters, which
whoever begins in the middle needs, within `_MOST_INIT`).

Sources: Adobe's FLV specification 10.1, annex E.4; Enhanced RTMP v1; ISO 13818-1, 2.4.4.
"""

from __future__ import annotations

from collections import deque
from typing import Final

__all__ = ["Programs", "Tags"]

_KINDS: Final = {8: "audio", 9: "video"}
_MOST_INIT: Final = 1 << 16
_MOST_STARTS: Final = 4096
_HEAD: Final = 13
"""A tag's head and the first two bytes behind it."""


class Tags:
    """The tags of an FLV: which kinds there are, and what a decoder must know of them."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        """The kinds of tracks so far."""
        self.offset = 0
        """How many bytes went by."""
        self._next = 13  # the file's header, and the size of the tag before the first
        self._head = b""
        self._header = b""
        self._init: dict[int, bytearray] = {}
        self._filling: tuple[int, int] | None = None
        self._starts: deque[int] = deque(maxlen=_MOST_STARTS)

    def feed(self, data: bytes) -> None:
        """See bytes go by."""
        begins, end = self.offset, self.offset + len(data)
        self.offset = end
        if len(self._header) < 13:
            self._header += data[: 13 - len(self._header)]
        at = begins
        while at < end:
            if self._filling is not None:
                at = self._fill(data, begins, at)
                continue
            if self._next >= end:
                return
            skip = self._next + len(self._head) - begins
            self._head += data[max(0, skip) : max(0, skip) + _HEAD - len(self._head)]
            if len(self._head) < _HEAD:
                return
            at = self._tag()

    def resume(self, rest: bytes) -> bytes:
        """Return an FLV that begins with the first tag in the last bytes that went by."""
        first = self.offset - len(rest)
        start = next((start for start in self._starts if start >= first), None)
        if start is None:
            return b""
        init = b"".join(bytes(self._init[kind]) for kind in sorted(self._init))
        return self._header + init + rest[start - first :]

    def _tag(self) -> int:
        head, start = self._head, self._next
        kind, size = head[0] & 0x1F, int.from_bytes(head[1:4], "big")
        self._head = b""
        self._next = start + 11 + size + 4
        self._starts.append(start)
        if kind in _KINDS and size:
            self.kinds.add(_KINDS[kind])
        if size >= 2 and size < _MOST_INIT and _describes(kind, head[11], head[12]):
            self._init[kind] = bytearray(head)
            self._filling = kind, self._next
        return start + _HEAD

    def _fill(self, data: bytes, begins: int, at: int) -> int:
        """Keep a tag with parameters as it goes by."""
        assert self._filling is not None  # asked by the caller
        kind, until = self._filling
        tag = self._init[kind]
        part = data[at - begins : max(0, until - begins)]
        missing = until - at
        tag += part
        if len(part) >= missing:
            self._filling = None
        return at + max(1, len(part))


def _describes(kind: int, first: int, second: int) -> bool:
    """Tell whether a tag holds a track's parameters (a sequence header)."""
    if kind == 8:
        return first >> 4 == 10 and second == 0
    if kind == 9:
        enhanced = bool(first & 0x80)
        return (first & 0x0F == 0) if enhanced else (first & 0x0F in (7, 12) and second == 0)
    return False


class Programs:
    """The tables of an MPEG-TS: where its tracks become others than before."""

    HEAD = 187
    """So many last bytes may be the beginning of a packet: to be fed again, before what follows."""

    def __init__(self) -> None:
        self._tables: dict[int, bytes] = {}

    def feed(self, data: bytes) -> list[int]:
        """See bytes go by; return where in them a table begins that changes the tracks."""
        changes = []
        for pid in (0, *self._tables):
            mark = bytes([0x47, 0x40 | pid >> 8, pid & 0xFF])
            at = data.find(mark)
            while 0 <= at <= len(data) - 188:
                if len(data) < at + 189 or data[at + 188] == 0x47:
                    changes += [at] * self._changes(pid, data[at : at + 188])
                    at += 187
                at = data.find(mark, at + 1)
        return sorted(changes)

    def _changes(self, pid: int, packet: bytes) -> bool:
        """Read a packet of a table; tell whether the tracks are others now."""
        at = 5 + packet[4] if packet[3] & 0x20 else 4
        at += 1 + packet[at] if at < 188 else 0
        if at + 12 > 188:
            return False
        length = (packet[at + 1] & 0x0F) << 8 | packet[at + 2]
        section = packet[at : at + 3 + length]
        if pid == 0 and section[0] == 0:
            for entry in range(8, len(section) - 7, 4):
                program = int.from_bytes(section[entry : entry + 2], "big")
                table = int.from_bytes(section[entry + 2 : entry + 4], "big") & 0x1FFF
                if program and table and len(self._tables) < 16:
                    self._tables.setdefault(table, b"")
        elif pid and section[0] == 2:
            before, self._tables[pid] = self._tables[pid], _streams(section)
            return before not in (b"", self._tables[pid])
        return False


def _streams(section: bytes) -> bytes:
    """Return the kind and the packet id of each track of a table."""
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    found = []
    while at + 5 <= len(section) - 4:
        found.append(section[at : at + 3])
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return b"".join(sorted(found))
