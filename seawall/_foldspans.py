"""From a place in a folded form back to the text as sent; worked out only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from seawall._foldclean import trace
from seawall._foldtables import BARE, LEET, MARKED, SPEAKING_BANG

__all__ = ["Origins", "locate_word", "trace_spaced", "trace_squashed"]

_SPACE: Final = 32
_LETTER: Final = 97
_DROPPED: Final = 128


class Origins(msgspec.Struct, frozen=True, gc=False):
    """Start and end in the raw text of each character of a form, and how many letters it is.

    `counts` is 1 everywhere but in the squashed form, where a run of letters became one.
    """

    starts: list[int]
    ends: list[int]
    counts: list[int]


def trace_spaced(raw: str, clean: str) -> Origins:
    """Return where each character of the spaced form came from."""
    where: list[int] = []
    gap = -1
    for index, code in enumerate(_codes(clean, MARKED)):
        if code == _SPACE:
            gap = index if gap < 0 else gap
            continue
        if code == _DROPPED:
            continue
        symbol = code > _DROPPED
        if where and (gap >= 0 or symbol):
            where.append(gap if gap >= 0 else index)
        where.append(index)
        gap = index if symbol else -1
    starts, ends = trace(raw)
    return Origins(
        [starts[index] for index in where], [ends[index] for index in where], [1] * len(where)
    )


def trace_squashed(raw: str, clean: str) -> Origins:
    """Return where each character of the squashed form came from."""
    firsts: list[int] = []
    lasts: list[int] = []
    counts: list[int] = []
    previous = ""
    for index, char in _letters(clean):
        if char == previous:
            lasts[-1] = index
            counts[-1] += 1
            continue
        previous = char
        firsts.append(index)
        lasts.append(index)
        counts.append(1)
    starts, ends = trace(raw)
    return Origins([starts[i] for i in firsts], [ends[i] for i in lasts], counts)


def locate_word(data: bytes, number: int) -> int:
    """Return where word `number` (from 0) starts; words are what stands between spaces."""
    return len(data) - len(data.split(None, number)[-1])


def _letters(clean: str) -> list[tuple[int, str]]:
    where: Sequence[int] = range(len(clean))
    bare = clean
    if not clean.isascii():
        parts = [BARE[ord(char)] for char in clean]
        where = [index for index, part in enumerate(parts) if part]
        bare = "".join(parts)
    bare = SPEAKING_BANG.sub("i", bare)
    return [
        (index, chr(code) if code < _DROPPED else char)
        for index, code, char in zip(where, _codes(bare, LEET, _DROPPED), bare, strict=True)
        if code != _SPACE
    ]


def _codes(text: str, table: bytes, other: int = _LETTER) -> Sequence[int]:
    """Return a table's word on each ASCII character, `other` for every other one."""
    if text.isascii():
        return text.encode().translate(table)
    return [table[code] if code < 128 else other for code in map(ord, text)]
