"""A message as it reads: compatibility letters plain, lower case, the invisible gone, signs kept.

The folded forms drop the dots, slashes and underscores that links and handles are made of; this one
keeps them, and knows for every character where it stood in the message.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from seawall.fold import fold
from seawall.signals import Span

__all__ = ["Legible"]


class Legible:
    """`text` is what is read; `span` leads back to the message and `find` from it."""

    __slots__ = ("_ends", "_raw", "_starts", "text")

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._starts: Sequence[int] | None = None
        self._ends: Sequence[int] = ()
        self.text = raw.lower() if raw.isascii() else raw.translate(_READ)

    def span(self, start: int, end: int) -> Span:
        """Return where [start, end) of `text` stands in the message, in code points."""
        starts = self._trace()
        if start >= end:
            at = starts[start] if start < len(starts) else 0
            return (start, end) if self._raw.isascii() else (at, at)
        return starts[start], self._ends[end - 1]

    def find(self, at: int) -> int:
        """Return the offset in `text` of what stands at or first after a place in the message."""
        return at if self._raw.isascii() else bisect_left(self._trace(), at)

    def _trace(self) -> Sequence[int]:
        """Work out where every character came from, once somebody asks."""
        if self._starts is None:
            size = len(self._raw)
            self._starts, self._ends = range(size), range(1, size + 1)
            if not self._raw.isascii():
                sizes = map(len, map(_READ.__getitem__, map(ord, self._raw)))
                self._starts = [at for at, times in enumerate(sizes) for _ in range(times)]
                self._ends = [at + 1 for at in self._starts]
        return self._starts


class _Read(dict[int, str]):
    """A `str.translate` table that works out a character on first sight and remembers a few."""

    _ROOM = 8192

    def __missing__(self, code: int) -> str:
        read = _read(chr(code))
        if len(self) < self._ROOM:
            self[code] = read
        return read


def _read(char: str) -> str:
    if char.isascii():
        return char.lower()
    clean = fold(char).clean
    if not clean or clean.strip():
        return clean
    # A sign to the fold; here it may be the dot of a host or the quotes around a handle.
    return unicodedata.normalize("NFKC", char)[:4].lower()


_READ = _Read()
