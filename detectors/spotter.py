"""Strings to look for in bytes, all of them in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daachorse import DoubleArrayAhoCorasick

__all__ = ["Find", "Hit", "finder"]

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
