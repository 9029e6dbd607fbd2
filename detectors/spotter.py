"""Strings to look for in bytes, all of them in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daachorse import DoubleArrayAhoCorasick

__all__ = ["Find", "Hit", "few_of", "finder"]

_MANY = 2048
_MOST_EACH = 513
"""Of one string more than the lexicon weighs."""

Hit = tuple[int, int, int]
"""Start and end in bytes, index of the string."""

Find = Callable[[bytes], list[Hit]]


def finder(strings: Sequence[bytes], *, longest: bool = False) -> Find:
    """Return what finds every occurrence, in order of end, overlapping ones too.

    With `longest` only the longest of those that end at the same place. A bound method of the
    automaton itself, because it runs on every message.
    """
    if not strings:
        return _find_nothing
    automaton = DoubleArrayAhoCorasick(list(strings), use_prefilter=False)
    find: Find = automaton.find_overlapping_no_suffix if longest else automaton.find_overlapping
    return find


def _find_nothing(_: bytes) -> list[Hit]:
    return []


def few_of(hits: list[Hit]) -> list[Hit]:
    """Return the hits, in a flood only the first of each string: nobody weighs them all."""
    if len(hits) <= _MANY:
        return hits
    times: dict[int, int] = {}
    few: list[Hit] = []
    for hit in hits:
        seen = times.get(hit[2], 0)
        if seen < _MOST_EACH:
            times[hit[2]] = seen + 1
            few.append(hit)
    return few
