"""A message as it reads: compatibility letters plain, lower case, the invisible gone, signs kept.

The folded forms drop the dots, slashes and underscores that links and handles are made of; this one
keeps them, and knows for every character where it stood in the message.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from functools import lru_cache

from seawall.fold import fold
from seawall.signals import Span

__all__ = ["Legible"]


class Legible:
    """`text` is what is read; `span` leads back to the message and `find` from it."""

    __slots__ = ("_ends", "_starts", "text")

    def __init__(self, raw: str) -> None:
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        if raw.isascii():
            self.text = raw.lower()
            return
        pieces: list[str] = []
        starts: list[int] = []
        for at, char in enumerate(raw):
            piece = char.lower() if char < "\x80" else _read(char)
            pieces.append(piece)
            starts += [at] * len(piece)
        self.text = "".join(pieces)
        self._starts = starts
        self._ends = [at + 1 for at in starts]

    def span(self, start: int, end: int) -> Span:
        """Return where [start, end) of `text` stands in the message, in code points."""
        if self._starts is None:
            return start, end
        if start >= end:
            at = self._starts[start] if start < len(self._starts) else 0
            return at, at
        return self._starts[start], self._ends[end - 1]

    def find(self, at: int) -> int:
        """Return the offset in `text` of what stands at or first after a place in the message."""
        return at if self._starts is None else bisect_left(self._starts, at)


@lru_cache(maxsize=4096)
def _read(char: str) -> str:
    clean = fold(char).clean
    if not clean or clean.strip():
        return clean
    # A sign to the fold; here it may be the dot of a host or the quotes around a handle.
    return unicodedata.normalize("NFKC", char)[:4].lower()
