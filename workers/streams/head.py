"""The beginning of a container that every decoder must read first, kept for the next decoder.

What a stream is, is told by its first bytes, not by its sender. MPEG-TS, ADTS, JPEG and raw samples
can be entered anywhere: they have no head. Lengths in the bytes are the sender's: none is believed
beyond `MOST_BYTES`, and nothing is kept of a container whose head does not end before that.

Sources: ISO/IEC 14496-12 (boxes), RFC 8794 and RFC 9559 (EBML, Matroska), Adobe's FLV 10.1,
RFC 3533 (Ogg), the RIFF wave format.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["MOST_BYTES", "Head"]

MOST_BYTES = 1 << 20
_FLV_TAGS = 24
"""So many tags are looked through for the tables of an FLV stream."""
_CLUSTER = b"\x1f\x43\xb6\x75"
_EBML = b"\x1a\x45\xdf\xa3"
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"free", b"skip", b"pdin", b"wide"})
_SNIFF_BYTES = 12

_FLV_FRAME = re.compile(
    rb"(?:\x09...(?:....)\0\0\0(?:[\x17\x27]\x01|[\x90-\xef][a-z][a-z0-9]{3}))"
    rb"|(?:\x08...(?:....)\0\0\0\xaf\x01)",
    re.DOTALL,
)
"""Where a frame's tag begins: type, size, time, no stream id; then AVC, an enhanced codec, AAC."""

_End = Callable[[bytes | bytearray], int]
"""Returns where the head ends, 0 where that cannot be told yet, less where there is none."""


class Head:
    """The head of one stream. Feed it what comes, as long as it is not `settled`."""

    __slots__ = ("_end", "_kept", "data", "settled")

    def __init__(self) -> None:
        self.data = b""
        """The head, or what came of it; empty where there is none."""
        self.settled = False
        """Whether `data` will not grow: it is whole, or there is none."""
        self._kept = bytearray()
        self._end: _End | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing of the head is missing."""
        return self.settled and bool(self.data)

    def begins(self, data: bytes) -> bool:
        """Say whether a piece opens a container anew, so that its head takes this one's place."""
        return data[:4] == _EBML or data[4:8] == b"ftyp" or data[:4] == b"FLV\x01"

    def feed(self, data: bytes) -> bool:
        """Take the next bytes in; say whether they are, in part at least, of the head."""
        if self.settled:
            return False
        kept = self._kept
        kept += data
        if self._end is None:
            if len(kept) < _SNIFF_BYTES:
                self.data = bytes(kept)
                return True
            self._end = _kind(kept)
        end = self._end(kept) if self._end is not None else -1
        if end < 0 or (not end and len(kept) > MOST_BYTES):
            self._settle(b"")
            return False
        if end:
            self._settle(bytes(kept[:end]))
        else:
            self.data = bytes(kept)
        return True

    def entry(self, data: bytes) -> int:
        """Return where a decoder that has read the head may enter a piece after a gap.

        An FLV demuxer finds no tag by itself in the middle of another; all others do.
        """
        if self._end is not _flv_end:
            return 0
        found = _FLV_FRAME.search(data)
        return 0 if found is None else found.start()

    def broken(self) -> None:
        """Note that bytes are missing: what is not whole never will be."""
        if not self.settled:
            self._settle(b"")

    def _settle(self, data: bytes) -> None:
        self.data = data
        self.settled = True
        self._kept = bytearray()


def _kind(data: bytearray) -> _End | None:
    """Return what finds the end of this container's head; None where it needs none."""
    if data[:4] == _EBML:
        return _ebml_end
    if bytes(data[4:8]) in _BOXES:
        return _boxes_end
    if data[:4] == b"FLV\x01":
        return _flv_end
    if data[:4] == b"OggS":
        return _ogg_end
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _wave_end
    return None


def _ebml_end(data: bytes | bytearray) -> int:
    """Everything before the first cluster."""
    return max(0, data.find(_CLUSTER))


def _boxes_end(data: bytes | bytearray) -> int:
    """Everything up to the end of `moov`; none where media come before it."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind = bytes(data[place + 4 : place + 8])
        if size == 1 and place + 16 <= len(data):
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size < 8 or kind in (b"mdat", b"moof"):
            return -1
        place += size
        if kind == b"moov":
            return place if place <= len(data) else 0
    return 0


def _flv_end(data: bytes | bytearray) -> int:
    """The file header, the script and the tables of both codecs: whatever comes before frames."""
    place = int.from_bytes(data[5:9], "big") + 4
    if place < 13:
        return -1
    wanted = (1 if data[4] & 1 else 0) + (1 if data[4] & 4 else 0)
    end, found = place, 0
    for _ in range(_FLV_TAGS):
        if place + 13 > len(data):
            return 0
        size = int.from_bytes(data[place + 1 : place + 4], "big") + 15
        is_table = data[place + 12] == 0 and data[place] & 31 in (8, 9)
        if is_table or data[place] & 31 == 18:
            if place + size > len(data):
                return 0
            end = place + size
            found += is_table
        elif found >= max(1, wanted):
            return end
        place += size
        if found >= 2:
            return end
    return end


def _ogg_end(data: bytes | bytearray) -> int:
    """The pages at the start that carry no samples: their granule position is 0."""
    place = 0
    while place + 27 <= len(data):
        if data[place : place + 4] != b"OggS":
            return -1
        if any(data[place + 6 : place + 14]):
            return place or -1
        segments = data[place + 26]
        if place + 27 + segments > len(data):
            return 0
        place += 27 + segments + sum(data[place + 27 : place + 27 + segments])
    return 0


def _wave_end(data: bytes | bytearray) -> int:
    """Everything up to where the samples begin."""
    place = 12
    while place + 8 <= len(data):
        if data[place : place + 4] == b"data":
            return place + 8
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + (size & 1)
    return 0
