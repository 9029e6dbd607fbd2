"""Korean letters that were written apart, put together to the syllables they spell."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

__all__ = ["JAMO", "syllables"]

JAMO: Final = re.compile(
    "(?:[\u3131-\u314e][\u314f-\u3163](?:[\u3131-\u314e](?![\u314f-\u3163]))?)+"
)
"""A consonant and a vowel, and what may end the syllable, again and again."""

_INITIALS: Final = dict(zip("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", range(19), strict=True))
_FINALS: Final = dict(
    zip("ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ", range(1, 28), strict=True)
)


def syllables(letters: str) -> str:
    """Compose Korean letters; one that cannot be the first of a syllable stays what it is."""
    made: list[str] = []
    at = 0
    while at < len(letters):
        first = _INITIALS.get(letters[at])
        vowel = ord(letters[at + 1]) - 0x314F if at + 1 < len(letters) else -1
        if first is None or not 0 <= vowel < 21:
            made.append(letters[at])
            at += 1
            continue
        at += 2
        last = 0
        if at < len(letters) and not (
            at + 1 < len(letters) and "\u314f" <= letters[at + 1] <= "\u3163"
        ):
            last = _FINALS.get(letters[at], 0)
            at += last > 0
        made.append(chr(0xAC00 + (first * 21 + vowel) * 28 + last))
    return normalize("NFC", "".join(made))
