"""A lexicon's entries made ready: terms, and letters that give disguised ones away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, assert_never

import msgspec

from detectors.spotter import Hit
from seawall.fold import UNSPACED, Folded, fold
from seawall.policy.model import LexiconEntry

__all__ = ["UNSPACED_CHAR", "Letters", "Pattern", "Term", "make_term", "read_term"]

UNSPACED_CHAR: Final = re.compile(f"[{UNSPACED}]")
"""A character of a script that is written without spaces."""

_RUNS_MATTER_BELOW: Final = 6  # letters; "goood" may be "god", "good" is not; no word is "nitrro"


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
    """What some letters may be: squashed terms, or a stretch."""

    size: int
    squashed: list[Term]
    is_stretch: bool = False


class Letters:
    """Letters in UTF-8 to look for, and what each of them may be."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, Pattern] = {}
        self.strings: tuple[bytes, ...] = ()
        self._by_index: tuple[Pattern, ...] = ()

    def at(self, letters: bytes) -> Pattern:
        """Return the pattern of these letters, a new one if there is none."""
        pattern = self._patterns.get(letters)
        if pattern is None:
            pattern = self._patterns[letters] = Pattern(len(letters.decode()), [])
        return pattern

    def settle(self) -> None:
        """Number the strings; none can be added any more."""
        self.strings = tuple(self._patterns)
        self._by_index = tuple(self._patterns.values())
        self._patterns = {}

    def locate(self, letters: bytes, hits: list[Hit]) -> Iterator[tuple[int, int, Pattern]]:
        """Yield start, end in code points and pattern; one walk, since hits are sorted by end."""
        narrow = letters.isascii()
        at = end = 0
        for _, after, index in hits:
            pattern = self._by_index[index]
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
    signal = _signal(entry.category)
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


@cache
def _signal(category: str) -> str:
    """Return the name of a category's signal, one string for all of its thousand terms."""
    return f"lexicon.{category}"
