"""A lexicon's entries made ready: terms, letters that give them away, the automaton over those."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, assert_never

import msgspec
from daachorse import DoubleArrayAhoCorasick

from seawall.fold import UNSPACED, Folded, fold
from seawall.policy.model import LexiconEntry

__all__ = ["UNSPACED_CHAR", "Hit", "Letters", "Pattern", "Term", "make_term", "read_term"]

UNSPACED_CHAR: Final = re.compile(f"[{UNSPACED}]")
"""A character of a script that is written without spaces."""

Hit = tuple[int, int, int]
"""Start and end in bytes, index of the pattern."""

_RUNS_MATTER_BELOW: Final = 6  # letters; "goood" may be "god", "good" is not; no word is "nitrro"
_NOWHERE: Final = b"\n"


class Term(msgspec.Struct, frozen=True, gc=False):
    """One entry made ready.

    `written` is what to look for in the spaced form set between two spaces, empty for a squashed
    term; `edges` say on which sides a word must still be seen to end. `runs` is how often each
    letter of a squashed term is written, empty if its length leaves no doubt.
    """

    id: int
    entry: LexiconEntry
    signal: str
    written: str = ""
    edges: tuple[bool, bool] = (False, False)
    runs: tuple[int, ...] = ()


class Pattern(msgspec.Struct, gc=False):
    """What some letters may be: terms, texts that excuse a term (by its id), or a stretch."""

    size: int
    written: list[Term]
    squashed: list[Term]
    excuses: list[tuple[int, str]]
    is_stretch: bool = False

    def needle(self) -> bytes | None:
        """Return what must stand in `padded` for a term to be there, None if that is not all."""
        needles = {term.written for term in self.written}
        if self.squashed or self.is_stretch or len(needles) > 1:
            return None
        return needles.pop().encode() if needles else _NOWHERE


class Letters:
    """An Aho-Corasick automaton over letters in UTF-8."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, Pattern] = {}
        self.by_index: tuple[Pattern, ...] = ()
        self.find: Callable[[bytes], list[Hit]] = _find_nothing

    def at(self, letters: bytes) -> Pattern:
        """Return the pattern of these letters, a new one if there is none."""
        pattern = self._patterns.get(letters)
        if pattern is None:
            pattern = self._patterns[letters] = Pattern(len(letters.decode()), [], [], [])
        return pattern

    def build(self) -> None:
        """Make the automaton; nothing can be added any more."""
        self.by_index = tuple(self._patterns.values())
        if self._patterns:
            strings = list(self._patterns)
            self.find = DoubleArrayAhoCorasick(strings, use_prefilter=False).find_overlapping
        self._patterns = {}

    def locate(self, letters: bytes, hits: list[Hit]) -> Iterator[tuple[int, int, Pattern]]:
        """Yield start, end in code points and pattern; one walk, since hits are sorted by end."""
        narrow = letters.isascii()
        at = end = 0
        for _, after, index in hits:
            pattern = self.by_index[index]
            end = after if narrow else end + len(letters[at:after].decode())
            at = after
            yield end - pattern.size, end, pattern


def read_term(term: str) -> list[Folded]:
    """Fold a term, and once more as it is read among Latin words if that differs ("сор", "cop")."""
    folded = fold(term)
    among_latin = folded.spaced if term.isascii() else fold(f"w {term}").spaced[2:]
    return [folded] if among_latin == folded.spaced else [folded, fold(among_latin)]


def make_term(at: int, entry: LexiconEntry, folded: Folded) -> Term:
    """Make entry number `at` ready, in one of its readings."""
    signal = f"lexicon.{entry.category}"
    spaced = folded.spaced
    match entry.match:
        case "word" if UNSPACED_CHAR.search(spaced):
            edges = (not UNSPACED_CHAR.match(spaced), not UNSPACED_CHAR.match(spaced[-1]))
            return Term(at, entry, signal, spaced, edges)
        case "word":
            return Term(at, entry, signal, f" {spaced} ")
        case "substring":
            return Term(at, entry, signal, spaced)
        case "squashed":
            runs = tuple(folded.runs(0, len(folded.packed)))
            return Term(at, entry, signal, runs=runs if len(runs) < _RUNS_MATTER_BELOW else ())
    assert_never(entry.match)


def _find_nothing(_: bytes) -> list[Hit]:
    return []
