"""The words a policy looks for, so that a disguised word can be read as one of them.

1. An expression is taken apart into the words it can match. Where one goes on with anything
   ("забир[^ ]*") what is written is a *stem*; where anything may stand before, it is left out.
2. Words are found by a key under which all letters that can be written for each other are one:
   "w4ll3t", "wallet" and "waIIet" have the same. The key only finds; `matches` decides.
3. What is not understood in an expression costs words, never an error. Scripts without spaces
   have no words here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from detectors.remembered import Remembered
from seawall.fold import UNSPACED, fold

__all__ = ["OPEN", "TERM", "expand", "words_of"]

OPEN: Final = "\x01"
"""Anything may stand here."""

TERM: Final = 100
"""How much a word of a lexicon weighs against the words of expressions."""

_MOST: Final = 300
_DEEP: Final = 40
_REPEAT: Final = re.compile(r"[*+?]\??|\{(\d*),?(\d*)\}\??")
_SPLIT: Final = re.compile(r"[\s\x00-\x1f]+")
_FLAGS: Final = re.compile(r"\?(?:P?<\w+>|[a-z]*:)")
_BREAKS: Final = "bBsSdDWAzZ^$"
_GAP: Final = frozenset({" "})
_WIDE: Final = frozenset({OPEN})
_NOTHING: Final = frozenset({""})
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_LETTERS: Final = re.compile(f"(?:(?![{UNSPACED}])[^\\W_])+(?![*+?{{])")
"""Letters that are no more than that: the last before a repeat is left out."""


def words_of(regexes: Iterable[str], texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Return whole words and stems, folded, each with how many need it.

    Plain texts, the terms of lexicons, count `TERM` times: a disguise rather hides one of them.
    """
    words = Counter({word: TERM for text in texts for word in fold(text).spaced.split()})
    stems: Counter[str] = Counter()
    for regex in regexes:
        for piece in _remembered(regex):
            head, opened, _ = piece.partition(OPEN)
            if head:
                (stems if opened else words)[head] += 1
    _remembered.forget()
    return words, stems


def expand(regex: str) -> set[str]:
    """Return the words an expression can match, those that go on with `OPEN` after them."""
    found: set[str] = set()
    reader = _Reader(regex, found)
    try:
        reader.close(reader.read_ways(0))
    except (IndexError, ValueError, RecursionError):
        return found  # what was understood so far are words all the same
    return found


_remembered: Remembered[set[str]] = Remembered("words", expand, set[str], [__file__])


class _Reader:
    """Reads an expression from left to right; words that are complete go to `found`.

    What a piece can be is a set of strings with at most one space in each: whatever stands between
    two spaces is a word already.
    """

    def __init__(self, regex: str, found: set[str]) -> None:
        self._text = regex
        self._at = 0
        self._found = found

    def close(self, ways: frozenset[str]) -> None:
        """Put what the ends of the expression make complete among the words."""
        self._tell(word for way in ways for word in way.split(" "))

    def _tell(self, words: Iterable[str]) -> None:
        self._found.update(word for word in words if word and not word.startswith(OPEN))

    def read_ways(self, depth: int) -> frozenset[str]:
        """Read alternatives up to a closing parenthesis or the end."""
        if depth > _DEEP:
            raise ValueError("too deep")
        ways: set[str] = set()
        while True:
            ways |= self._read_row(depth)
            if self._at >= len(self._text) or self._text[self._at] != "|":
                return self._few(ways)
            self._at += 1

    def _read_row(self, depth: int) -> frozenset[str]:
        row: frozenset[str] = _NOTHING
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            letters = _LETTERS.match(self._text, self._at)
            if letters is None:
                row = self._join(row, self._read_repeated(depth))
            else:
                self._at = letters.end()
                row = frozenset([f"{text}{letters.group()}" for text in row])
        return row

    def _join(self, left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
        if len(left) * len(right) > _MOST * 10:
            self.close(left)
            return frozenset(f" {text}" for text in right)
        return self._few({self._single(a + b) for a in left for b in right})

    def _single(self, text: str) -> str:
        if text.count(" ") < 2:
            return text
        first, *between = text.split(" ")
        if len(between) < 2:
            return text
        self._tell(between[:-1])
        return f"{first} {between[-1]}"

    def _few(self, ways: Iterable[str]) -> frozenset[str]:
        """Keep the number small: of too many ways only what they are by themselves is kept."""
        kept = frozenset(ways)
        if len(kept) <= _MOST:
            return kept
        self.close(kept)
        return frozenset({" "})

    def _read_repeated(self, depth: int) -> frozenset[str]:
        piece = self._read_piece(depth)
        repeat = _REPEAT.match(self._text, self._at)
        if repeat is None:
            return piece
        self._at = repeat.end()
        if piece == _WIDE or (piece == _GAP and repeat[0][0] != "?"):
            return piece  # a stem is found whether it goes on or not; gaps are mostly there
        sign = repeat[0][0]
        if sign in "*?" or (sign == "{" and repeat[1] in ("", "0")):
            piece |= _NOTHING
        return piece

    def _read_piece(self, depth: int) -> frozenset[str]:
        char = self._text[self._at]
        self._at += 1
        match char:
            case "(":
                return self._read_group(depth)
            case "[":
                return self._read_class()
            case "\\":
                return self._read_escape()
            case ".":
                return frozenset({" "})
            case "^" | "$":
                return frozenset({" "})
            case _ if (char.isalnum() or not char.isascii()) and not _UNSPACED.match(char):
                return frozenset({char})
            case _:
                return frozenset({" "})

    def _read_group(self, depth: int) -> frozenset[str]:
        if self._text[self._at] == "?":
            flags = _FLAGS.match(self._text, self._at)
            if flags is None:
                raise ValueError("an unknown group")
            self._at = flags.end()
        ways = self.read_ways(depth + 1)
        if self._text[self._at] != ")":
            raise ValueError("a group that does not end")
        self._at += 1
        return ways

    def _read_class(self) -> frozenset[str]:
        stop = self._at + 1
        while self._text[stop] != "]":
            stop += 2 if self._text[stop] == "\\" else 1
        inner = self._text[self._at : stop]
        self._at = stop + 1
        if inner.startswith("^") or "\\" in inner or "[:" in inner or re.search(".-.", inner):
            return _WIDE if _holds_letters(inner) else frozenset({" "})
        return frozenset(char if char.isalnum() else " " for char in inner)

    def _read_escape(self) -> frozenset[str]:
        char = self._text[self._at]
        self._at += 1
        if char in "pP":
            if self._text[self._at] == "{":
                self._at = self._text.index("}", self._at)
            self._at += 1
            return _WIDE
        if char == "w":
            return _WIDE
        return frozenset({" "}) if char in _BREAKS or not char.isalnum() else _WIDE


def _holds_letters(inner: str) -> bool:
    """Tell whether a class may be a letter of a word that goes on, and no space."""
    if inner.startswith("^"):
        return " " in inner or r"\s" in inner
    return any(char.isalpha() for char in _letters(inner))


def _letters(inner: str) -> Iterator[str]:
    yield from re.sub(r"\\[dsDWbn]", "", inner)
