"""Signs that something in a message may be written in disguise, found in under 1 µs.

Every character is made one of a few kinds, and what disguises are made of is looked for among
those: a letter beside a digit, letters one by one. A sign is no more than a reason to look.
"""

from __future__ import annotations

import re
from string import ascii_letters, ascii_lowercase
from typing import Final

from detectors.disguise import HAN_DOTS
from detectors.jamo import JAMO
from seawall.fold import FILLS, PAIR_FILLS, Folded

__all__ = [
    "ADORNED",
    "APART",
    "LEET",
    "LEFT_OVER",
    "RUNS",
    "SCRIPTS",
    "STRETCHED",
    "WIDE",
    "hints",
    "is_apart",
    "is_plain",
]

APART: Final = 1
"""Letters with gaps between them."""
LEET: Final = 2
"""Digits or signs beside letters."""
STRETCHED: Final = 4
"""One letter three times in a row."""
SCRIPTS: Final = 8
"""Latin beside Cyrillic letters."""
ADORNED: Final = 16
"""Accents that make no letter."""
WIDE: Final = 32
"""Han, kana or Korean with gaps in it, or Korean letters."""

LEFT_OVER: Final = re.compile(
    "[a-z\u00df-\u024f\u1e00-\u1eff\u3400-\u9fff\uac00-\ud7a3]"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""An accent that makes no letter with the one it stands on: no language writes it."""
_TRIPLE: Final = re.compile(r"([^\W\d_])\1\1")


def _kind(code: int) -> str:
    if code >= 128:  # the first byte of a character in UTF-8
        return "c" if 0xCD <= code < 0xD7 else "h" if 0xE3 <= code < 0xEE else "a"
    char = chr(code)
    if char.isalpha() or char in " @$":
        return "a" if char.isalpha() else char
    return "1" if char.isdigit() else "*" if char in "*|#+!" else "."


_KIND: Final = bytes(ord(_kind(code)) for code in range(256))
_CONTINUING: Final = bytes(range(0x80, 0xC0))
_LETTERS: Final = bytes(97 if chr(code) in "ch" else code for code in range(256))
_TELLING: Final = b"0123456789@$*|#+!"
_UNTELLING: Final = bytes(code for code in range(256) if code not in _TELLING)
_SINGLE: Final = bytes(
    97 if code >= 128 or chr(code).isalnum() else 32 if code == 32 else 46 for code in range(256)
)
"""For `padded`: what is one letter or digit, whatever the script."""
RUNS: Final = tuple(letter.encode() * 3 for letter in f"{ascii_lowercase}2689")
"""Three in a row of all that `packed` of an ASCII text is made of."""
_ORDINARY: Final = f" {ascii_letters},'\"?:;-_~)]}}>&=^`\r\n\t".encode()
_ORDINARY_WIDE: Final = _ORDINARY + bytes(range(128, 256))


def is_plain(folded: Folded) -> bool:
    """Tell whether a text is no more than letters and punctuation of which nothing is made.

    Such a text has no digit, sign, dot or slash, nor what is written for one: it can hold no link
    but a spoken one, no number, no handle, and no word with digits or signs in it.
    """
    raw = folded.raw
    if raw.isascii():
        return not raw.encode().translate(None, _ORDINARY)
    if folded.odd or raw.encode().translate(None, _ORDINARY_WIDE):
        return False
    return not any(dot in raw for dot in HAN_DOTS)


def is_apart(folded: Folded) -> bool:
    """Tell whether letters stand one by one.

    In `padded` every gap between words is one space, so they are words of one letter.
    """
    padded = folded.padded
    kinds = (
        padded.translate(_SINGLE) if padded.isascii() else padded.translate(_SINGLE, _CONTINUING)
    )
    return b" a a a " in kinds


def hints(folded: Folded, *, plain: bool = False, level: bool = False) -> int:
    """Return which signs there are, 0 for most messages; `plain` is what `is_plain` says.

    `level` says of an ASCII text that none of `RUNS` stands in its packed form.
    """
    clean = folded.clean
    if clean.isascii():
        found = STRETCHED if not level and _has_triple(folded.packed) else 0
    else:
        found = _wide_hints(folded, clean.encode().translate(_KIND, _CONTINUING))
    if is_apart(folded):
        found |= APART
    return found if plain else found | _leet(clean.encode())


def _leet(data: bytes) -> int:
    if data.translate(None, _UNTELLING):
        kinds = data.translate(_KIND, _CONTINUING).translate(_LETTERS)
        beside = b"a1" in kinds or b"1a" in kinds or b"a*a" in kinds
        if beside or b"a@" in kinds or b"@a" in kinds or b"$a" in kinds:
            return LEET
    return 0


def _wide_hints(folded: Folded, kinds: bytes) -> int:
    found = 0
    clean = folded.clean
    if b"ac" in kinds or b"ca" in kinds:
        found |= SCRIPTS
    if b"h" in kinds and (b"h h" in kinds or b"h.h" in kinds or b"h*h" in kinds):
        found |= WIDE
    if folded.odd:
        found |= WIDE if JAMO.search(clean) else 0
        found |= ADORNED if LEFT_OVER.search(clean) else 0
    if _may_triple(clean) and _TRIPLE.search(clean):
        found |= STRETCHED
    return found


def _may_triple(text: str) -> bool:
    """Tell quickly whether one character can stand three times in a row; see `shorten_runs`."""
    pairs = text.encode("utf-16-be")
    size = len(pairs) // 2
    if size >= len(PAIR_FILLS) or size != len(text):  # long, or with letters of four bytes
        return True
    fill, high = PAIR_FILLS[size]
    number = int.from_bytes(pairs, "big")
    differ = number ^ (number >> 16)
    differ |= differ >> 16
    return (((differ & fill) + fill) | differ) & high != high


def _has_triple(letters: bytes) -> bool:
    """Tell whether an ASCII text has one letter three times in a row; see `shorten_runs`."""
    size = len(letters)
    if size < 3:
        return False
    if size < len(FILLS):
        fill, high = FILLS[size]
    else:
        fill, high = (int.from_bytes(byte * size, "big") for byte in (b"\x7f", b"\x80"))
    number = int.from_bytes(letters, "big")
    differ = number ^ (number >> 8)
    return (((differ | (differ >> 8)) + fill) & high) != high
