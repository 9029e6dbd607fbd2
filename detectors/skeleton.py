"""What the eye makes of a name: letters, case, script, accents and digits that look alike are one.

`bare` keeps what was written, comparable: folded, accents off, letters and digits only. `skeleton`
goes on to what only looks alike (0 and o, 1 and l and i, 5 and s); `outline` besides joins pairs
(rn as m, vv as w). The last two are for comparing with their like, never for showing.
"""

from __future__ import annotations

import unicodedata

from seawall.fold import fold

__all__ = ["bare", "outline", "skeleton", "strip_marks"]

_LOOKS = str.maketrans(
    {
        "0": "o",
        "1": "l",
        "i": "l",
        "|": "l",
        "!": "l",
        "3": "e",
        "4": "a",
        "@": "a",
        "5": "s",
        "$": "s",
        "7": "t",
        "8": "b",
        "9": "g",
        "q": "g",
        "2": "z",
        "6": "b",
        "ı": "l",
        "ø": "o",
        "đ": "d",
        "ł": "l",
    }
)


def strip_marks(text: str) -> str:
    """Take accents and other combining marks off (NFKD)."""
    if text.isascii():
        return text
    return "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    )


def bare(text: str) -> str:
    """Return folded letters and digits only, without accents."""
    return "".join(filter(str.isalnum, strip_marks(fold(text).spaced)))


def skeleton(text: str) -> str:
    """Return the look of a text's letters and digits."""
    seen = strip_marks(fold(text).spaced).translate(_LOOKS)
    return "".join(filter(str.isalnum, seen))


def outline(look: str) -> str:
    """Join the pairs of a skeleton that look like one letter."""
    return look.replace("rn", "m").replace("vv", "w").replace("cl", "d")
