"""Names for what a message says, so that windows can count the same message from many people.

Both names are short, equal in every process, and None where counting would only find small talk.
They are no secret: whoever knows the rules can write around them, at the price of other words.
"""

from __future__ import annotations

import re
from itertools import pairwise
from struct import Struct
from typing import Final
from zlib import adler32, crc32

from seawall.fold import UNSPACED, Folded, shorten_runs

__all__ = ["NO_EMOTES", "fingerprint", "sketch"]

_MIN_LETTERS: Final = 12
_CHAR_BYTES: Final = 4
"""The most that one character takes in UTF-8."""
_SKETCH_WORDS: Final = 3
_MIN_WORDS: Final = 5
_MIN_WORD_BYTES: Final = 4
_MIN_BYTES: Final = _MIN_WORDS * (_MIN_WORD_BYTES + 1) + 1
"""The least that a padded text in ASCII takes to have enough words."""
_NAME: Final = Struct(">III").pack
NO_EMOTES: Final[frozenset[bytes]] = frozenset()

_DIGITS: Final = b"0123456789"
_NOT_LETTERS: Final = b" " + _DIGITS + b"@$%+"
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")


def fingerprint(folded: Folded, emotes: frozenset[bytes] = NO_EMOTES) -> str | None:
    """Return the identity of a text's letters; None under 12 of them and for emotes only. 1 µs.

    It survives case, spacing, punctuation, pictures, styled and stretched letters, numbers and
    words with a digit in them (nonces). `emotes` are folded words that say nothing.
    """
    if emotes and not emotes.isdisjoint(folded.padded.split()):
        return _fingerprint(folded, emotes)
    known = folded.fingerprint
    if known == "":
        known = folded.fingerprint = _fingerprint(folded, NO_EMOTES)
    return known


def _fingerprint(folded: Folded, emotes: frozenset[bytes]) -> str | None:
    padded = folded.padded
    if len(padded) < _MIN_LETTERS:
        return None
    first = padded[1 : padded.find(b" ", 1)]
    if not emotes and not folded.telling:
        simple = padded.isascii() and not folded.unread
        letters = folded.packed if simple else padded.translate(None, b" ")
    else:
        words = [word for word in padded.split() if word not in emotes and _is_plain(word)]
        letters = b"".join(words)
        first = words[0] if words else b""
    # Cheap to see in most texts: the first word is not written twice at the beginning.
    if first and letters.startswith(first, len(first)) and _is_cheer(letters, first):
        return None
    letters = folded.short if letters is folded.packed else shorten_runs(letters)
    if not _is_long(letters):
        # Perhaps every word has a digit in it on purpose: then the letters between them must do.
        letters = shorten_runs(padded.translate(None, _NOT_LETTERS))
        if emotes or not _is_long(letters):
            return None
    # An f-string would take half as long again.
    return "%x.%x.%x" % (crc32(letters), adler32(letters), len(letters))  # noqa: UP031


def _is_cheer(letters: bytes, word: bytes) -> bool:
    """Tell whether the letters are one word over and over."""
    return letters.count(word) * len(word) == len(letters) > 2 * len(word)


def sketch(folded: Folded) -> str | None:
    """Return a name that messages of nearly the same words share, None under 5 words. About 3 µs.

    It is made of the 3 smallest hashes of the n different words of 4 letters or more (of pairs of
    neighbours, in scripts without spaces), whatever their order and however stretched. Moving words
    changes nothing; adding one leaves the name with probability 1 - 3/(n+1), replacing one with
    (1 - 3/n)²: 77 % and 56 % for 12 words. Messages that lose the name share a few others.
    """
    known = folded.sketch
    if known == "":
        known = folded.sketch = _sketch(folded)
    return known


def _sketch(folded: Folded) -> str | None:
    padded = folded.padded
    plain = padded.isascii()
    # Most chat is too short: there are fewer gaps than around so many words.
    if plain and (len(padded) < _MIN_BYTES or padded.count(b" ") <= _MIN_WORDS):
        return None
    words = shorten_runs(padded).split()
    if not plain or folded.telling:
        words = [word for word in words if _is_plain(word)]
    telling = {word for word in words if len(word) >= _MIN_WORD_BYTES}
    if not plain:
        telling = _cut_unspaced(telling)
    if len(telling) < _MIN_WORDS:
        return None
    low, middle, high = sorted(map(crc32, telling))[:_SKETCH_WORDS]
    return _NAME(low, middle, high).hex()


def _is_plain(word: bytes) -> bool:
    """Tell whether a word of the spaced form has neither digits nor signs in it."""
    if word.isascii():
        return word.isalpha()
    return word.translate(None, _DIGITS) == word and word.decode()[0].isalpha()


def _is_long(letters: bytes) -> bool:
    size = len(letters)
    if letters.isascii() or size < _MIN_LETTERS or size >= _MIN_LETTERS * _CHAR_BYTES:
        return size >= _MIN_LETTERS
    text = letters.decode()
    return len(text) + len(_UNSPACED.findall(text)) >= _MIN_LETTERS


def _cut_unspaced(words: set[bytes]) -> set[bytes]:
    """Cut what is written without spaces into pairs of neighbouring characters."""
    pieces: set[bytes] = set()
    for word in words:
        text = word.decode()
        if _UNSPACED.search(text):
            pieces.update((one + two).encode() for one, two in pairwise(text))
        else:
            pieces.add(word)
    return pieces
