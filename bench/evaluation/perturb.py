"""Ways in which people write a message so that machines misread it: pure functions of text and rng.

Each returns the text in one disguise. Letters that a disguise has no form for stay as they are.
Combining marks, links and numbers are left alone where a disguise would make another message.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from string import ascii_lowercase, ascii_uppercase
from typing import Final

__all__ = [
    "PERTURBATIONS",
    "Perturb",
    "dotted",
    "fullwidth",
    "homoglyph",
    "leet",
    "mixed",
    "pictured",
    "repeated",
    "reversed_words",
    "spaced",
    "struck",
    "styled",
    "tatweel",
    "zalgo",
    "zero_width",
]

Perturb = Callable[[str, random.Random], str]

_LOOKS: Final = {
    "a": "аɑα", "b": "Ьᖯ", "c": "сϲⅽ", "d": "ԁⅾ", "e": "еҽ", "g": "ɡց", "h": "һհ", "i": "іιⅰ",
    "j": "јϳ", "k": "к", "l": "ӏⅼ", "m": "ⅿм", "n": "ոп", "o": "оοօ", "p": "рρ", "q": "ԛզ",
    "r": "гᴦ", "s": "ѕꜱ", "t": "тτ", "u": "սυ", "v": "ѵν", "w": "ԝա", "x": "хⅹ", "y": "уγ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "K": "КΚ", "M": "МΜ",
    "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ΥҮ", "Z": "Ζ",
    "а": "a", "с": "c", "е": "e", "о": "o", "р": "p", "х": "x", "у": "y", "к": "k",
}  # fmt: skip
_LEET: Final = {
    "a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1", "o": "0", "s": "5$", "t": "7",
    "а": "@4", "е": "3", "о": "0", "з": "3", "б": "6", "ч": "4", "т": "7", "в": "8",
}  # fmt: skip
_HIDDEN: Final = "\u200b\u200c\u2060\ufeff\u00ad\u034f"
_STACKED: Final = "\u0300\u0301\u0302\u0303\u0308\u030a\u0316\u0323\u0324\u0330\u0335\u0353"
_STYLES: Final = (
    (0x1D400, 0x1D41A),
    (0x1D5D4, 0x1D5EE),
    (0x1D63C, 0x1D656),
    (0x1D670, 0x1D68A),
    (0x24B6, 0x24D0),
    (0x1F130, 0x1F130),
    (0x1F150, 0x1F150),
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_ARABIC: Final = re.compile("(?<=[\u0628-\u064a])(?=[\u0628-\u064a])")
_PICTURES: Final = "🔥⭐💎🚀"


def homoglyph(text: str, rng: random.Random) -> str:
    """Put look-alikes of other scripts for about half of the letters that have one."""
    return _some(text, rng, _LOOKS, 0.5)


def leet(text: str, rng: random.Random) -> str:
    """Put digits and signs for about half of the letters that have one."""
    return _some(text, rng, _LEET, 0.5)


def styled(text: str, rng: random.Random) -> str:
    """Write Latin letters in one mathematical or enclosed alphabet."""
    upper, lower = rng.choice(_STYLES)
    table = {ord(char): upper + at for at, char in enumerate(ascii_uppercase)}
    table |= {ord(char): lower + at for at, char in enumerate(ascii_lowercase)}
    return text.translate(table)


def fullwidth(text: str, rng: random.Random) -> str:
    """Write all of ASCII in full width, spaces as they are."""
    del rng
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def zero_width(text: str, rng: random.Random) -> str:
    """Put invisible characters between about half of the letters."""
    return _after_letters(text, rng, 0.5, lambda: rng.choice(_HIDDEN))


def zalgo(text: str, rng: random.Random) -> str:
    """Stack combining marks on most letters."""
    return _after_letters(
        text, rng, 0.7, lambda: "".join(rng.choices(_STACKED, k=rng.randint(2, 8)))
    )


def struck(text: str, rng: random.Random) -> str:
    """Strike through, or underline, every letter."""
    mark = rng.choice("\u0336\u0335\u0332")
    return _LETTER.sub(lambda match: match.group() + mark, text)


def spaced(text: str, rng: random.Random) -> str:
    """Set the letters of about half of the words apart with spaces, more between the words."""
    return _words(re.sub(" +", "   ", text), rng, 0.5, " ".join)


def dotted(text: str, rng: random.Random) -> str:
    """Set the letters of about half of the words apart with one sign."""
    sign = rng.choice(".-_*|")
    return _words(text, rng, 0.5, sign.join)


def repeated(text: str, rng: random.Random) -> str:
    """Stretch one or two letters of about half of the words."""

    def stretch(word: str) -> str:
        chosen = set(rng.sample(range(len(word)), k=min(2, len(word))))
        return "".join(c * (rng.randint(3, 5) if at in chosen else 1) for at, c in enumerate(word))

    return _words(text, rng, 0.5, stretch)


def pictured(text: str, rng: random.Random) -> str:
    """Put a picture for one vowel of about half of the words."""

    def put(word: str) -> str:
        places = [at for at in range(1, len(word) - 1) if word[at] in "aeiouаеиоу"]
        if not places:
            return word
        at = rng.choice(places)
        return f"{word[:at]}{rng.choice(_PICTURES)}{word[at + 1 :]}"

    return _words(text, rng, 0.5, put)


def tatweel(text: str, rng: random.Random) -> str:
    """Draw Arabic words out."""
    return _ARABIC.sub(lambda _: "\u0640" * rng.randint(0, 3), text)


def reversed_words(text: str, rng: random.Random) -> str:
    """Write the letters of about half of the words backwards."""
    return _words(text, rng, 0.5, lambda word: word[::-1])


def mixed(text: str, rng: random.Random) -> str:
    """Do two of the milder ones, one after the other."""
    for way in rng.sample((homoglyph, leet, zero_width, repeated), k=2):
        text = way(text, rng)
    return text


PERTURBATIONS: Final[Mapping[str, Perturb]] = {
    "homoglyph": homoglyph,
    "styled": styled,
    "fullwidth": fullwidth,
    "zero_width": zero_width,
    "zalgo": zalgo,
    "struck": struck,
    "leet": leet,
    "spaced": spaced,
    "dotted": dotted,
    "repeated": repeated,
    "pictured": pictured,
    "tatweel": tatweel,
    "reversed_words": reversed_words,
    "mixed": mixed,
}
"""By the name that a report gives them."""


def _some(text: str, rng: random.Random, table: Mapping[str, str], share: float) -> str:
    return "".join(
        rng.choice(table.get(char) or table[char.lower()])
        if (char in table or char.lower() in table) and rng.random() < share
        else char
        for char in text
    )


def _after_letters(text: str, rng: random.Random, share: float, make: Callable[[], str]) -> str:
    return _LETTER.sub(lambda match: match.group() + (make() if rng.random() < share else ""), text)


def _words(text: str, rng: random.Random, share: float, change: Callable[[str], str]) -> str:
    return _WORD.sub(
        lambda match: change(match.group()) if rng.random() < share else match.group(), text
    )
