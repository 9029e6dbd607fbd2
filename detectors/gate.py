"""Which of many RE2 expressions a text can match at all, found in one pass over its letters.

A set of expressions with gaps in them makes RE2's automaton explode: each word that may begin a
match doubles its states. So an Aho-Corasick automaton looks for the literals that expressions
require, and only those whose literals are all there are tried, each by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daachorse import DoubleArrayAhoCorasick

from detectors.required import Slot, Way, required

__all__ = ["Gate"]

_Hit = tuple[int, int, int]
_Condition = tuple[int, tuple[frozenset[int], ...]]
"""An expression, and sets of literals of which each must show one besides."""


class Gate:
    """Picks expressions by the literals they require. `open` are those that require none."""

    def __init__(self, regexes: Sequence[str]) -> None:
        needs = [required(regex) for regex in regexes]
        self.open = tuple(index for index, ways in enumerate(needs) if ways is None)
        ways = [(index, way) for index, ways in enumerate(needs) for way in ways or ()]
        numbers: dict[str, int] = {}
        for _, way in ways:
            for slot in way:
                for literal in slot:
                    numbers.setdefault(literal, len(numbers))
        self._waiting = _waiting(ways, numbers)
        self._find: Callable[[bytes], list[_Hit]] = _find_nothing
        if numbers:
            strings = [literal.encode() for literal in numbers]
            automaton = DoubleArrayAhoCorasick(strings, use_prefilter=False)
            self._find = automaton.find_overlapping

    def pick(self, padded: bytes) -> set[int]:
        """Return every expression that can match; `padded` is `Folded.padded`."""
        picked: set[int] = set()
        hits = self._find(padded)
        if not hits:
            return picked
        shown = {hit[2] for hit in hits}
        for literal in shown:
            for index, besides in self._waiting[literal]:
                if all(not shown.isdisjoint(slot) for slot in besides):
                    picked.add(index)
        return picked


def _waiting(
    ways: Sequence[tuple[int, Way]], numbers: dict[str, int]
) -> tuple[tuple[_Condition, ...], ...]:
    """Return by literal the expressions that it may let through."""
    waiting: list[list[_Condition]] = [[] for _ in numbers]
    for index, way in ways:
        besides = tuple(_numbered(slot, numbers) for slot in way[1:])
        for literal in _numbered(way[0], numbers):
            waiting[literal].append((index, besides))
    return tuple(map(tuple, waiting))


def _numbered(slot: Slot, numbers: dict[str, int]) -> frozenset[int]:
    return frozenset(numbers[literal] for literal in slot)


def _find_nothing(_: bytes) -> list[_Hit]:
    return []
