"""What a text must contain before an RE2 expression can match it: sets of letters, some of each.

1. An expression is split at its outermost alternatives into *ways*. Each way has *slots*: of every
   slot at least one literal occurs in any text that the way matches.
2. The text is `Folded.padded`: single spaces between words and at both ends. So `^` and `$` are
   spaces, and a literal never holds two of them together.
3. In a plain text, one of ASCII alone, an edge of a word is a space too; and what needs other
   characters can be left out.
4. What is not understood is taken for anything at all. A way without a useful slot makes the whole
   expression unsearchable: it has no requirement, and must be tried on every text.
5. Where an expression is no more than words, some literals are *sure*: a plain text that holds one
   is matched, and the expression itself need not be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from detectors import pieces, rarity
from detectors.pieces import (
    EDGE,
    GAP,
    MARKS,
    Part,
    Reader,
    Slot,
    Unclear,
    likelihood,
    slots_of,
)
from detectors.rarity import chance, rare_prefix
from detectors.remembered import Remembered

__all__ = ["EDGE", "Slot", "Way", "forget", "required", "sure"]

Way = tuple[Slot, ...]
"""Slots, the most selective first."""

_MOST_SLOTS = 4
_COMMON = 0.018
"""A slot met as often as this, at any given place, stands in too many messages to tell much."""
_MOST_WAYS = 256
_SIGNS = frozenset("@$%+")
_IS_WORD = re.compile("[0-9a-z_]")


def forget() -> None:
    """Let go of what was remembered about expressions: their gates are built."""
    _remembered.forget()
    likelihood.cache_clear()
    chance.cache_clear()


class _Read(msgspec.Struct, frozen=True):
    """What is required of any text, of a plain one, and what is sure in a plain one."""

    wide: tuple[Way, ...] | None = None
    plain: tuple[Way, ...] | None = None
    sure: Slot = frozenset()


def required(regex: str, *, plain: bool = False) -> tuple[Way, ...] | None:
    """Return the ways an expression can match, with what each requires; None if that is unknown.

    With `plain` only what an ASCII text requires: () if the expression cannot match any. Without it
    `EDGE` stands at an end of a literal where RE2's edge of a word must be.
    """
    read = _remembered(regex)
    return read.plain if plain else read.wide


def sure(regex: str) -> Slot:
    """Return those plain literals that are all a way requires, and all it takes to match."""
    return _remembered(regex).sure


def _read(regex: str) -> _Read:
    try:
        parts = Reader(regex).read_whole()
    except (Unclear, IndexError, ValueError, RecursionError):
        return _Read()
    rows = [slots_of(part) for part in parts]
    wide = [tuple(frozenset(map(_trimmed, slot)) for slot in row) for row in rows]
    narrow = [tuple(frozenset(_in_plain(slot)) for slot in row) for row in rows]
    told = frozenset(literal for part in parts for literal in _sure_of(part))
    return _Read(_ways(wide), _ways([row for row in narrow if all(row)], told), told)


_remembered: Remembered[_Read] = Remembered(
    "required", _read, _Read, (__file__, str(pieces.__file__), str(rarity.__file__))
)


def _ways(rows: list[tuple[Slot, ...]], whole: Slot = frozenset()) -> tuple[Way, ...] | None:
    """Return one way for each row; of literals that are not to stay `whole` a beginning will do."""
    ways = []
    for row in rows:
        useful = {slot for slot in row if _is_useful(slot)}
        if not useful:
            return None
        chosen = _chosen(sorted(useful, key=lambda slot: (likelihood(slot), min(slot))))
        ways.append(tuple(_shortened(slot, whole) for slot in chosen))
    merged = _merged(ways)
    return merged if len(merged) <= _MOST_WAYS else None


def _shortened(slot: Slot, whole: Slot) -> Slot:
    return frozenset(text if text in whole else rare_prefix(text) for text in slot)


def _in_plain(slot: Slot) -> Iterator[str]:
    for text in slot:
        if text.isascii():
            yield text.replace(EDGE, " ")


def _sure_of(part: Part) -> Iterator[str]:
    """Yield what is sure, as it stands in the padded text."""
    for text in part.sure if part.exact is not None else ():
        inner = text.strip(EDGE + GAP)
        if not inner or not inner.isascii() or not MARKS.isdisjoint((inner[:1], inner[-1:])):
            continue
        before, _, after = text.partition(inner)
        if not MARKS.isdisjoint(inner.replace(" ", "")):
            continue
        if (before != EDGE or _IS_WORD.match(inner)) and (
            after != EDGE or _IS_WORD.match(inner[-1])
        ):
            yield f"{' ' if before else ''}{inner}{' ' if after else ''}"


def _chosen(slots: list[Slot]) -> Way:
    """Return the slot most seldom met, and others that say something besides."""
    chosen = [slots[0]]
    for slot in slots[1:]:
        if len(chosen) == _MOST_SLOTS or likelihood(slot) > _COMMON:
            break
        if not any(_is_implied(slot, other) for other in chosen):
            chosen.append(slot)
    return tuple(chosen)


def _is_implied(slot: Slot, by: Slot) -> bool:
    """Tell whether one of a slot's literals stands wherever one of another's does."""
    plain = [text.replace(EDGE, "") for text in slot]
    return all(any(text in literal for text in plain) for literal in by)


def _merged(ways: list[Way]) -> tuple[Way, ...]:
    """Make one way of all that have a single slot."""
    single = [way[0] for way in ways if len(way) == 1]
    several = [way for way in ways if len(way) > 1]
    return (*((((frozenset().union(*single)),),) if single else ()), *several)


def _trimmed(text: str) -> str:
    """Leave an edge out where nothing can be said of the characters around it."""
    inner = text.strip(EDGE).replace(EDGE, "")
    first = EDGE if text.startswith(EDGE) and _IS_WORD.match(inner) else ""
    last = EDGE if text.endswith(EDGE) and _IS_WORD.match(inner[-1:]) else ""
    return first + inner + last


def _is_useful(slot: Slot) -> bool:
    return all(
        len(word := text.strip(f" {EDGE}")) > 1 or word in _SIGNS or not text.isascii()
        for text in slot
    )
