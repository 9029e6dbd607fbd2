"""From a place in a folded form back to clean text; worked out only when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress
from typing import Final

from seawall._foldtables import BARE, DROPPED, LEET, MARKED, UNSPACED, VANISHED, read_bangs

__all__ = [
    "begins_word",
    "ends_word",
    "locate_words",
    "packed_places",
    "run_bounds",
    "spaced_places",
]

_SPACE: Final = 32
_LETTER: Final = 97
_IS_PACKED: Final = bytes(code != _SPACE for code in LEET)
_BORDER: Final = re.compile(f"[{UNSPACED}]")


def spaced_places(clean: str) -> list[int]:
    """Return where in clean text each character of the spaced form stands; never falls."""
    places: list[int] = []
    gap = -1
    for index, code in enumerate(_codes(clean)):
        if code == _SPACE:
            gap = index if gap < 0 else gap
            continue
        if code == VANISHED:
            continue
        symbol = code > VANISHED
        if places and (gap >= 0 or symbol):
            places.append(gap if gap >= 0 else index)
        places.append(index)
        gap = index if symbol else -1
    return places


def packed_places(clean: str) -> list[int]:
    """Return where in clean text each letter of the packed form stands."""
    if clean.isascii():
        letters = read_bangs(clean).encode().translate(_IS_PACKED)
        return list(compress(range(len(clean)), letters))
    bare = [BARE[ord(char)] for char in clean]
    places = [index for index, char in enumerate(bare) if char]
    chars = read_bangs("".join(bare))
    return [
        index
        for index, char in zip(places, chars, strict=True)
        if not char.isascii() or _IS_PACKED[ord(char)]
    ]


def run_bounds(letters: str) -> list[int]:
    """Return where each letter of the squashed form starts in the packed one, and its end."""
    starts = [at for at in range(len(letters)) if not at or letters[at] != letters[at - 1]]
    return [*starts, len(letters)]


def locate_words(clean: str, spaced: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last character in clean text of a place in its spaced form.

    Counts words, which is much faster than placing every character but not always possible: then
    None.
    """
    if spaced[start] == " " or spaced[end - 1] == " ":
        return None
    data = clean.encode()
    marked = data.translate(MARKED)
    settled = marked.isascii() or max(marked) < VANISHED
    if not settled and (max(marked) > VANISHED or len(marked.split()) != spaced.count(" ") + 1):
        return None  # a sign that is a word of its own, or a word of nothing but apostrophes
    number = spaced.count(" ", 0, start)
    places = []
    for at, before in ((start, number), (end - 1, number + spaced.count(" ", start, end))):
        begin = len(marked) - len(marked.split(None, before)[-1])
        place = begin if clean.isascii() else len(data[:begin].decode())
        offset = at - spaced.rfind(" ", 0, at) - 1
        places.append(place + offset if settled else _skip(clean, place, offset))
    return places[0], places[1]


def begins_word(clean: str, at: int) -> bool:
    """Tell whether a word begins at `clean[at]`; a mention's or ticker's sign is not part of it."""
    before = at
    while before and clean[before - 1] in DROPPED:
        before -= 1
    if before and clean[before - 1] in "@$":
        before -= 1
    return before == 0 or _is_border(clean[before - 1]) or _is_border(clean[at])


def ends_word(clean: str, at: int) -> bool:
    """Tell whether a word ends with `clean[at]`."""
    after = at + 1
    while after < len(clean) and clean[after] in DROPPED + "@$":
        after += 1
    return after == len(clean) or _is_border(clean[after]) or _is_border(clean[at])


def _is_border(char: str) -> bool:
    """Tell whether words may end beside it: a separator, or a script that has none."""
    return MARKED[ord(char)] == _SPACE if char.isascii() else _BORDER.match(char) is not None


def _skip(clean: str, at: int, count: int) -> int:
    """Go on from `clean[at]` by so many characters that do not vanish, to one that does not."""
    while True:
        if ord(clean[at]) > 127 or MARKED[ord(clean[at])] != VANISHED:
            if not count:
                return at
            count -= 1
        at += 1


def _codes(clean: str) -> Sequence[int]:
    """Return what the spaced form makes of each character."""
    if clean.isascii():
        return clean.encode().translate(MARKED)
    return [MARKED[code] if code < 128 else _LETTER for code in map(ord, clean)]
