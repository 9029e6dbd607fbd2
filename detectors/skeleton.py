"""What the eye makes of a name: letters, case, script, accents and digits that look alike are one.

`bare` keeps what was written, comparable: folded, accents off, letters and digits only. `skeleton`
goes on to what only looks alike (0 and o, 1 and l and i, 5 and s); `outline` besides joins pairs
(rn as m, vv as w). The last two are for comparing with their like, never for showing.
"""

from __future__ import annotations

import re
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

_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670]")


def strip_marks(text: str) -> str:
    """Take accents off letters, and vowel signs off Arabic; kana and Indic signs are letters."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))


def bare(text: str) -> str:
    """Return folded letters and digits only, without accents."""
    return "".join(filter(str.isalnum, _spaced(text)))


def skeleton(text: str) -> str:
    """Return the look of a text's letters and digits."""
    return "".join(filter(str.isalnum, _spaced(text).translate(_LOOKS)))


def _spaced(text: str) -> str:
    # The fold reads look-alike letters as Latin only beside Latin ones. A name is compared with
    # Latin ones, so it gets a Latin neighbour; a word truly Cyrillic or Greek is still left alone.
    return strip_marks(fold(f"a {text}").spaced[2:])


def outline(look: str) -> str:
    """Join the pairs of a skeleton that look like one letter."""
    return look.replace("rn", "m").replace("vv", "w").replace("cl", "d")
