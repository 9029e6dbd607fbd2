"""A stream as the demuxer reads it: a file without a seat, fed by pieces that arrive.

`more` gives the next piece and blocks until there is one; None says that nothing more comes. One
opening is read to its end, then `next` goes on to the one that follows.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from media.faults import Unreadable
from media.openings import Bit, Openings

__all__ = ["Piece", "Readable", "Source"]

_MOST_MARKS: Final = 4096
_RECENT_BYTES: Final = 1 << 16
_MOST_RETRIES: Final = 3


class Piece(NamedTuple):
    """Bytes of a stream, when they were captured, and whether those before them are missing."""

    at: float
    data: bytes
    gap: bool = False


class Readable(Protocol):
    """What the demuxer may ask of a file; with `seek` and `tell` beside where all is there."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


class Source:
    """Reads one opening after another. `opened.family` says what the stream is."""

    def __init__(self, openings: Openings, more: Callable[[], Piece | None]) -> None:
        self.openings = openings
        self.whole: bytes | None = None
        """The opening's bytes, where all of them are here and may be read in any order."""
        self.taken = 0
        """How many bytes of the opening were read."""
        self.total = 0
        """How many bytes were read of all openings."""
        self.at = 0.0
        """When the last byte that was read was captured."""
        self.newest = 0.0
        """When the last byte that came was captured."""
        self.gaps = 0
        """How often bytes were missing so far."""
        self.limit = 0
        """Where to end, though more is there; 0: nowhere. For as long as an opening is probed."""
        self._more = more
        self._bits: deque[tuple[Bit, float]] = deque()
        self._front: memoryview = memoryview(b"")
        self._marks: list[int] = []
        self._ats: list[float] = []
        self._ended = False
        self._recent = bytearray()
        self._retries: dict[str, int] = {}

    def next(self) -> bool:
        """Go on to the next opening, past what is left of this one; False where none follows.

        Raises Unreadable.
        """
        self._front = memoryview(b"")
        while True:
            while self._bits:
                if self._bits[0][0].begins:
                    self._open()
                    return True
                self._bits.popleft()
            if not self._fill():
                return False

    def again(self, position: int | None = None) -> None:
        """Begin an opening in the middle of this one: what follows is to be probed anew.

        Behind the byte at `position`, where that was read not long ago.
        """
        rest, at = bytes(self._front), self.at
        if position is not None and self.taken - len(self._recent) <= position < self.taken:
            rest = bytes(self._recent[len(self._recent) - (self.taken - position - 1) :]) + rest
        self._front = memoryview(b"")
        while self._bits and not self._bits[0][0].begins:
            rest += self._bits.popleft()[0].data
        if rest or not self._ended:
            self._bits.extendleft((bit, at) for bit in reversed(self.openings.anew(rest)))

    def read(self, size: int, /) -> bytes:
        """Return the next bytes of this opening, as many as are there, none at its end."""
        if 0 < self.limit <= self.taken:
            return b""
        while not self._front:
            if not self._bits and not self._fill():
                return b""
            if self._bits and self._bits[0][0].begins:
                return b""
            if self._bits:
                bit, at = self._bits.popleft()
                self._load(bit.data, at)
        data = bytes(self._front[:size])
        self._front = self._front[size:]
        self._recent += data
        if len(self._recent) > 2 * _RECENT_BYTES:
            del self._recent[:-_RECENT_BYTES]
        self.taken += len(data)
        self.total += len(data)
        return data

    def captured(self, position: int | None) -> float:
        """Return when the byte at this position of the opening was captured."""
        if position is None or position < 0 or not self._marks:
            return self.at
        return self._ats[max(0, bisect_right(self._marks, position) - 1)]

    def retry(self, kind: str) -> bool:
        """Tell whether to open anew for a kind of track; a few times are enough."""
        self._retries[kind] = self._retries.get(kind, 0) + 1
        return self._retries[kind] <= _MOST_RETRIES

    def file(self) -> Readable:
        """Return what the demuxer is to read."""
        return self if self.whole is None else io.BytesIO(self.whole)

    def _open(self) -> None:
        bit, at = self._bits.popleft()
        self.taken = 0
        self._recent.clear()
        self._marks, self._ats = [], []
        self.whole = bit.data if bit.whole else None
        self._load(bit.data, at)
        if bit.whole:
            self._front = memoryview(b"")

    def _load(self, data: bytes, at: float) -> None:
        self._front, self.at = memoryview(data), at
        if len(self._marks) >= _MOST_MARKS:
            del self._marks[: _MOST_MARKS // 2], self._ats[: _MOST_MARKS // 2]
        self._marks.append(self.taken)
        self._ats.append(at)

    def _fill(self) -> bool:
        """Wait for a piece; False at the end."""
        if self._ended:
            return False
        piece = self._more()
        try:
            if piece is None:
                self._ended = True
                bits = self.openings.finish()
                self._bits.extend((bit, self.newest) for bit in bits)
                return bool(bits)
            self.newest = piece.at
            self.gaps += piece.gap
            bits = self.openings.push(piece.data, piece.gap)
        except Unreadable as refusal:
            refusal.final = self._ended = True
            raise
        self._bits.extend((bit, piece.at) for bit in bits)
        return True
