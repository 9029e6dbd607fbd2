"""Which known word a disguised one can be: "w4ll3t", "buuuyy", "дpon", "l*ser", "esarhp".

1. Words are found by a key under which all letters that can be written for each other are one, and
   a run of one is written once. The key only finds; letter by letter it is then decided whether the
   word can be meant. Latin and Cyrillic have keys of their own: 3 is "e" in one, "з" in the other.
2. A word that is known as it is written stays. Of several that can be meant the one of which most
   letters are written is taken, then the one that weighs most.
3. Letters may be stretched where the word has one three times in a row, not otherwise: "god" is not
   meant by "good".
4. A policy knows a hundred thousand words: they are packed (`detectors.packed`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from string import ascii_lowercase
from typing import Final

from detectors.packed import Table
from seawall.fold import UNSPACED, fold, shorten_runs

__all__ = ["Known"]

_SHORTEST: Final = 3
_SHORTEST_STEM: Final = 4
_MOST_CHOICES: Final = 24
_MOST_STARS: Final = 1
_LONGEST: Final = 24
_LONGEST_CUT: Final = 14

_LATIN: Final = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "bg", "7": "t", "8": "b",
    "9": "gq", "@": "a", "$": "s", "!": "il", "|": "il", "+": "t",
}  # fmt: skip
_CYRILLIC: Final = {
    "0": "о", "1": "іл", "3": "зеэ", "4": "ч", "6": "б", "7": "т", "8": "в", "9": "дя", "@": "а",
    "$": "с", "!": "і", "|": "іл", "a": "а", "b": "вьб", "c": "с", "d": "д", "e": "е", "g": "гд",
    "h": "нх", "i": "іи", "k": "к", "l": "л", "m": "мт", "n": "пи", "o": "о", "p": "рп",
    "r": "гя", "t": "т", "u": "ици", "v": "в", "w": "шщ", "x": "х", "y": "у", "z": "з", "s": "ѕ",
}  # fmt: skip
_UNKNOWN: Final = "?"
_WHOLE: Final = ""
_BARE: Final = "-"
"""What is told of a word: it is known as it is written; only without its accents."""
_MOST_KEPT: Final = 4096
_STAR: Final = frozenset("*#")


class _Script:
    """The letters of one script, what is written for them, and the words found under keys."""

    def __init__(
        self, reads: dict[str, str], words: Mapping[str, int], stems: Mapping[str, int]
    ) -> None:
        self._reads = {char: frozenset(letters) for char, letters in reads.items()}
        classes = _classes(reads)
        self._key = str.maketrans(classes)
        keys = [chr(code).translate(self._key) for code in range(128)]
        self._narrow = "".join(keys).encode() if all(map(str.isascii, keys)) else b""
        self._narrow += bytes(range(128, 256)) if self._narrow else b""
        letters = sorted({*classes.values(), *ascii_lowercase})
        self._letters = tuple(dict.fromkeys(letter.translate(self._key) for letter in letters))
        """What may stand for a star, one of those that are one in a key."""
        told = {
            key: " ".join(f"{word} {max(words[word], stems.get(word, 0))}" for word in some)
            for key, some in self._by_key(words).items()
        }
        self._words = Table(told)
        """By key, words and their weights."""
        self._stems = self._by_key(stems)

    def _by_key(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            found[self._key_of(_bare(word))].append(word)
        return {key: tuple(some[:_MOST_CHOICES]) for key, some in found.items()}

    def find(self, written: str, stretched: bool) -> str | None:
        """Return the word that may be meant, with its ending where only its stem is known."""
        bare = _bare(written)
        key = self._key_of(bare)
        best: tuple[int, int, int, str] | None = None
        for word, weight in self._choices(key):
            shown = _bare(word)
            if self._match(shown, bare, stretched) == len(bare):
                same = sum(a == b for a, b in zip(word, written, strict=False))
                choice = (same, len(shown), weight, word)
                best = choice if best is None or choice[:3] > best[:3] else best
        if best is not None:
            return best[3]
        for size in range(min(len(key), _LONGEST), _SHORTEST_STEM - 1, -1):
            for stem in self._stems.get(key[:size], ()):
                end = self._match(_bare(stem), bare, stretched)
                if end:
                    return stem + self._plain(bare[end:])
        return None

    def find_whole(self, written: str) -> str | None:
        """Return the known word that letters are, none of them stretched and none missing."""
        bare = _bare(written)
        told = self._words.find(self._key_of(bare).encode())
        for word in told.split(" ")[::2] if told is not None else ():
            if self._match(_bare(word), bare, False) == len(bare):
                return word
        return None

    def can_be(self, written: str, word: str) -> bool:
        """Tell whether each sign may be the letter in its place."""
        return all(map(self._can_be, written, word))

    def _choices(self, key: str) -> Iterator[tuple[str, int]]:
        """Yield the words that a key finds, and their weights."""
        stars = sum(key.count(star) for star in _STAR)
        if stars > _MOST_STARS:
            return
        for letter in self._letters if stars else ("",):
            tried = key
            if stars:
                tried = self._key_of("".join(letter if c in _STAR else c for c in key))
            told = self._words.find(tried.encode())
            if told is not None:
                parts = told.split(" ")
                yield from zip(parts[::2], map(int, parts[1::2]), strict=True)

    def _plain(self, rest: str) -> str:
        """Read what follows a stem; digits at the end are digits."""
        end = len(rest.rstrip("0123456789"))
        return (
            "".join(min(self._reads.get(c, c)) if not c.isalpha() else c for c in rest[:end])
            + (rest[end:])
        )

    def _key_of(self, word: str) -> str:
        if self._narrow and word.isascii():
            return shorten_runs(word.encode().translate(self._narrow)).decode()
        return "".join(char for char, _ in groupby(word.translate(self._key)))

    def _match(self, word: str, written: str, stretched: bool) -> int:
        """Return how much of what is written can be the word: 0 if not all of the word is."""
        places = {0} if written and self._can_be(written[0], word[0]) else set()
        end = 0
        for number, char in enumerate(written):
            if number:
                after = {at for at in places if stretched and self._can_be(char, word[at])}
                after |= {
                    at + 1
                    for at in places
                    if at + 1 < len(word) and self._can_be(char, word[at + 1])
                }
                places = after
            if not places:
                break
            if len(word) - 1 in places:
                end = number + 1
        return end

    def _can_be(self, char: str, letter: str) -> bool:
        return char == letter or char in _STAR or letter in self._reads.get(char, ())


class Known:
    """The words a disguise may hide."""

    def __init__(self, words: Mapping[str, int], stems: Mapping[str, int]) -> None:
        self._turned_tight: dict[str, str] = {}
        self._longest_tight = 0
        self._kept: dict[tuple[str, bool], str | None] = {}
        short: list[str] = []
        latin: dict[str, int] = {}
        cyrillic: dict[str, int] = {}
        for word, weight in words.items():
            if _TIGHT.search(word):
                self._add_tight(word)
            elif word.isalpha() and len(word) < _SHORTEST:
                short.append(word)
            elif word.isalpha():
                (cyrillic if _is_cyrillic(word) else latin)[word] = weight
        self._short = sorted(short, key=words.__getitem__, reverse=True)
        roots = {
            stem: weight
            for stem, weight in stems.items()
            if len(stem) >= _SHORTEST_STEM and stem.isalpha() and not _TIGHT.search(stem)
        }
        self._latin = _Script(_LATIN, latin, _those(roots, cyrillic=False))
        self._cyrillic = _Script(_CYRILLIC, cyrillic, _those(roots, cyrillic=True))
        bare = {word: _BARE for word in map(_bare, (*latin, *cyrillic)) if word.isalpha()}
        self._words = Table({**bare, **dict.fromkeys((*latin, *cyrillic), _WHOLE)})
        """As they are written, and without their accents."""

    def read_loosely(self, written: str, among_cyrillic: bool) -> str | None:
        """Return the word that a suspect one is, with what stands around it; None if none is."""
        for first, last in _edges(written):
            inner = written[first : len(written) - last]
            if len(inner) < _SHORTEST or (inner.isalpha() and inner.encode() in self._words):
                continue
            word = self._read(inner, among_cyrillic)
            if word is not None and word != inner:
                return written[:first] + word + (written[-last:] if last else "")
        return None

    def read_short(self, written: str, among_cyrillic: bool) -> str | None:
        """Return the known word of one or two letters that digits and signs may be."""
        if written.isalpha():
            return None
        script = self._cyrillic if among_cyrillic else self._latin
        for word in self._short:
            if len(word) == len(written) and script.can_be(written, word):
                return word
        return None

    def _read(self, written: str, among_cyrillic: bool) -> str | None:
        """Read a word, or remember: the same names and numbers come again and again."""
        kept = self._kept.get((written, among_cyrillic), _UNKNOWN)
        if kept is _UNKNOWN:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[written, among_cyrillic] = self._work_out(written, among_cyrillic)
        return kept

    def _work_out(self, written: str, among_cyrillic: bool) -> str | None:
        stretched = _TRIPLE.search(written) is not None
        if among_cyrillic:
            word = self._cyrillic.find(written, stretched)
            if word is not None or _is_cyrillic(written):
                return word
        return self._latin.find(written, stretched)

    def cut(self, row: str) -> str:
        """Return letters drawn together as known words, where those are most of them."""
        if row.encode() in self._words or _TIGHT.search(row):
            return row
        is_cyrillic = _is_cyrillic(row)
        whole = self._read(row, is_cyrillic)
        if whole is not None:
            return whole
        script = self._cyrillic if is_cyrillic else self._latin
        size = len(row)
        # best[at]: how many letters up to there are known, and where the last piece began.
        best: list[tuple[int, int, str]] = [(0, 0, "")]
        for end in range(1, size + 1):
            chosen = (best[end - 1][0], end - 1, "")
            for start in range(max(0, end - _LONGEST_CUT), end - _SHORTEST + 1):
                covered = best[start][0] + (end - start) - 1
                if covered > chosen[0]:
                    piece = row[start:end]
                    is_known = piece.encode() in self._words
                    word = piece if is_known else script.find_whole(piece)
                    if word is not None:
                        chosen = (covered, start, word)
            best.append(chosen)
        pieces: list[str] = []
        end = size
        known = 0
        while end:
            _, start, word = best[end]
            if word:
                pieces.append(word)
                known += end - start
            elif pieces and pieces[-1].startswith("\0"):
                pieces[-1] = f"\0{row[start:end]}{pieces[-1][1:]}"
            else:
                pieces.append(f"\0{row[start:end]}")
            end = start
        if known * 5 < size * 3:
            return row
        return " ".join(reversed(pieces)).replace("\0", "")

    def turn(self, text: str, put: Callable[[int, int, str], None]) -> None:
        """Put every word that is known backwards the right way round; neighbours change places."""
        run: list[re.Match[str]] = []
        for match in [*_WORD.finditer(text), None]:
            if match is not None and self._is_turned(match.group()):
                run.append(match)
                continue
            if run:
                words = " ".join(each.group()[::-1] for each in reversed(run))
                put(run[0].start(), run[-1].end(), words)
                run = []
        if self._turned_tight:
            self._turn_tight(text, put)

    def _is_turned(self, written: str) -> bool:
        """Tell whether a word is known backwards, and not as it is written."""
        return (
            len(written) > _SHORTEST
            and self._words.find(written[::-1].encode()) == _WHOLE
            and written.encode() not in self._words
        )

    def _turn_tight(self, text: str, put: Callable[[int, int, str], None]) -> None:
        at = 0
        while at < len(text):
            for size in range(self._longest_tight, 1, -1):
                word = self._turned_tight.get(text[at : at + size])
                if word is not None:
                    put(at, at + size, word)
                    at += size - 1
                    break
            at += 1

    def _add_tight(self, word: str) -> None:
        if 2 <= len(word) <= _LONGEST_TIGHT and word != word[::-1]:
            self._turned_tight.setdefault(word[::-1], word)
            self._longest_tight = max(self._longest_tight, len(word))


_LONGEST_TIGHT: Final = 8
_TIGHT: Final = re.compile(f"[{UNSPACED}]")
_TRIPLE: Final = re.compile(r"([^\W\d_])\1\1")
_WORD: Final = re.compile(r"[^\W\d_]{3,40}")
_LEADING: Final = re.compile(r"[@$!|*#+]+")


def _edges(written: str) -> Iterator[tuple[int, int]]:
    """Yield how many signs to leave out at both ends, fewest first."""
    yield 0, 0
    head = len(written) - len(written.lstrip("@$!|*#+"))
    tail = len(written) - len(written.rstrip("@$!|*#+"))
    if head:
        yield head, 0
    if tail:
        yield 0, tail
    if head and tail:
        yield head, tail


def _those(words: Mapping[str, int], *, cyrillic: bool) -> dict[str, int]:
    return {word: weight for word, weight in words.items() if _is_cyrillic(word) is cyrillic}


def _is_cyrillic(word: str) -> bool:
    return not word.isascii() and any("\u0400" <= char < "\u0530" for char in word)


def _bare(word: str) -> str:
    """Return a word without accents, letter for letter."""
    return word if word.isascii() else "".join(map(_bare_letter, word))


@lru_cache(maxsize=4096)
def _bare_letter(char: str) -> str:
    return char if char.isascii() else (fold(char).packed.decode()[:1] or char)


def _classes(reads: dict[str, str]) -> dict[str, str]:
    """Return for each character one that stands for all that may be written for each other."""
    root: dict[str, str] = {}

    def find(char: str) -> str:
        while root.get(char, char) != char:
            char = root[char]
        return char

    for char, letters in reads.items():
        for letter in letters:
            one, other = sorted((find(char), find(letter)))
            root[one] = other
    return {char: find(char) for char in {*reads, *"".join(reads.values())}}
