"""Which of many RE2 expressions a text can match at all, found in one pass over its letters.

A set of expressions with gaps in them makes RE2's automaton explode: each word that may begin a
match doubles its states. So an Aho-Corasick automaton looks for the rarest literals that
expressions require, a second one where those are there for what must stand besides, and only the
expressions whose literals are all there are tried, each by itself. ASCII texts have an automaton
of their own: in them an edge of a word is always a space. Other detectors have their cues looked
for in the same pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from itertools import chain
from string import ascii_lowercase, digits

import msgspec
from daachorse import DoubleArrayAhoCorasick

from detectors.required import EDGE, Slot, Way, required

__all__ = ["LETTER", "Cue", "Gate", "without_literals"]

LETTER = "a-z\u00df-\u024f\u0400-\u052f"
"""Letters that make one word with the Latin or Cyrillic letters beside them, for a class."""

_Hit = tuple[int, int, int]
_Find = Callable[[bytes], list[_Hit]]
_Edges = tuple[bytes, bytes]
_Condition = tuple[int, int, _Edges | None, frozenset[int] | None]
"""What a literal lets through, how long the literal is, the bytes that may not stand before it and
after it if any, and the literals of which one must show besides if any."""

_MANY = 256
"""From so many hits on a text is a flood: each literal is judged once, wherever it stands."""

_NOTHING: frozenset[int] = frozenset()
_NO_BYTE = bytes(256)
_LATIN = bytes(chr(code) in ascii_lowercase for code in range(256))
_BEGINNINGS = (" ", *digits)
"""What may stand before a word in `padded` of ASCII, where all else stands between spaces."""

_WORD = bytes(chr(code) in f"{digits}{ascii_lowercase}" for code in range(256))
_IS_LETTER = re.compile(f"[{LETTER}]")


class Cue(msgspec.Struct, frozen=True):
    """Words of which one must stand in `Folded.padded`, and one of `besides` if there are any.

    A `whole` word that begins or ends with a letter does so where no other letter touches it.
    """

    words: frozenset[str]
    besides: frozenset[str] = frozenset()
    whole: bool = False


class Gate:
    """Picks expressions by the literals they require. `open` are those that require none.

    Cues are picked as if they were expressions after the last.
    """

    def __init__(self, regexes: Sequence[str], cues: Sequence[Cue] = ()) -> None:
        wide = [required(regex) for regex in regexes]
        plain = [required(regex, plain=True) for regex in regexes]
        self.open = without_literals(regexes)
        self._wide = _Finder(wide, cues)
        self._plain = _Finder(plain, [_in_ascii(cue) for cue in cues])

    def pick(self, padded: bytes) -> Set[int]:
        """Return every expression that can match; `padded` is `Folded.padded`."""
        finder = self._plain if padded.isascii() else self._wide
        hits = finder.find(padded)
        return finder.judge(padded, hits) if hits else _NOTHING


def without_literals(regexes: Sequence[str]) -> tuple[int, ...]:
    """Return which expressions require no literal, so that a gate never picks them."""
    return tuple(
        index
        for index, regex in enumerate(regexes)
        if required(regex) is None or required(regex, plain=True) is None
    )


class _Finder:
    """Finds literals; `find` is bound as it is, for it runs on every message."""

    def __init__(self, needs: Sequence[tuple[Way, ...] | None], cues: Sequence[Cue]) -> None:
        first: dict[bytes, list[_Condition]] = {}
        besides: dict[bytes, int] = {}
        for index, ways in enumerate(needs):
            for way in ways or ():
                others = _numbered(way[1:], besides)
                for literal in way[0]:
                    word = literal.strip(EDGE).encode()
                    edges = _word_edges(literal) if EDGE in literal else None
                    first.setdefault(word, []).append((index, len(word), edges, others))
        for index, cue in enumerate(cues, len(needs)):
            others = _numbered([cue.besides] if cue.besides else [], besides)
            for name in cue.words:
                word = name.encode()
                edges = _letter_edges(name) if cue.whole else None
                first.setdefault(word, []).append((index, len(word), edges, others))
        self.find = _automaton(first)
        # Only the longest literal that ends at a place is told; it stands for those inside it.
        self._conditions = tuple(
            tuple(chain.from_iterable(first.get(literal[at:], ()) for at in range(len(literal))))
            for literal in first
        )
        self._find_besides = _automaton(besides)
        self._besides = tuple(
            tuple(besides[literal[at:]] for at in range(len(literal)) if literal[at:] in besides)
            for literal in besides
        )

    def judge(self, padded: bytes, hits: list[_Hit]) -> Set[int]:
        """Return what the literals found let through."""
        picked: set[int] = set()
        waiting: list[tuple[int, frozenset[int]]] = []
        many = len(hits) > _MANY
        size = len(padded)
        for _, end, literal in {hit[2]: hit for hit in hits}.values() if many else hits:
            for index, length, edges, others in self._conditions[literal]:
                # Beyond either end stands the space at the other, which touches no word.
                if edges is not None and not many:
                    before, after = edges
                    if before[padded[end - length - 1]] or after[padded[end - size]]:
                        continue
                if others is None:
                    picked.add(index)
                else:
                    waiting.append((index, others))
        if waiting:
            told = {literal for _, _, literal in self._find_besides(padded)}
            shown = set(chain.from_iterable(map(self._besides.__getitem__, told)))
            picked.update(index for index, others in waiting if not shown.isdisjoint(others))
        return picked


def _in_ascii(cue: Cue) -> Cue:
    """Return what is left of a cue; with spaces before words, most letters begin no literal."""
    words, besides = (frozenset(filter(str.isascii, some)) for some in (cue.words, cue.besides))
    if cue.besides and not besides:
        return Cue(frozenset())
    if cue.whole:
        words = frozenset(begin + word for word in words for begin in _BEGINNINGS)
    return Cue(words, besides, cue.whole)


def _word_edges(literal: str) -> _Edges:
    """Return the bytes that may not stand before and after a literal with edges of words."""
    before, after = literal.startswith(EDGE), literal.endswith(EDGE)
    return _WORD if before else _NO_BYTE, _WORD if after else _NO_BYTE


def _letter_edges(word: str) -> _Edges:
    """Return the bytes that may not stand before and after a whole word."""
    before, after = (_LATIN if _IS_LETTER.match(end) else _NO_BYTE for end in (word[0], word[-1]))
    return before, after


def _numbered(slots: Sequence[Slot], numbers: dict[bytes, int]) -> frozenset[int] | None:
    """Number the literals of the one slot, if there is one."""
    if not slots:
        return None
    words = (literal.strip(EDGE).encode() for literal in slots[0])
    return frozenset(numbers.setdefault(word, len(numbers)) for word in words)


def _automaton(literals: Iterable[bytes]) -> _Find:
    strings = list(literals)
    if not strings:
        return _find_nothing
    automaton = DoubleArrayAhoCorasick(strings, use_prefilter=False)
    find: _Find = automaton.find_overlapping_no_suffix
    return find


def _find_nothing(_: bytes) -> list[_Hit]:
    return []
