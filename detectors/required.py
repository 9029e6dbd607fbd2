"""What a text must contain before an RE2 expression can match it: sets of letters, some of each.

1. An expression is split at its outermost alternatives into *ways*. Each way has *slots*: of every
   slot at least one literal occurs in any text that the way matches.
2. The text is `Folded.padded`: single spaces between words and at both ends. So `^` and `$` are
   spaces, and a literal never holds two of them together.
3. In a plain text, one of ASCII alone, an edge of a word is a space too; and what needs other
   characters can be left out.
4. What is not understood is taken for anything at all. A way without a useful slot makes the whole
   expression unsearchable: it has no requirement, and must be tried on every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

import msgspec

from detectors.rarity import chance

__all__ = ["EDGE", "Slot", "Way", "required"]

EDGE = "\x00"
"""No text that is searched holds it."""

Slot = frozenset[str]
Way = tuple[Slot, ...]
"""Slots, the most selective first."""

_MOST_STRINGS = 256
_RARE = 1e-6
"""A slot met less often than this, at any given place, needs no second one beside it."""
_MOST_WAYS = 256
_SIGNS = frozenset("@$%+")
_DOUBLED = re.compile(f"[ {EDGE}]{{2,}}")
_IS_WORD = re.compile("[0-9a-z_]")
_REPEAT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_GROUP = re.compile(r"\?:|\?P?<\w+>")
_PLAIN_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


class _Unclear(Exception):
    """The expression uses something whose meaning is not known here."""


class _Part(msgspec.Struct, frozen=True):
    """What one piece of an expression needs: `exact` are all its strings, where they are few.

    Otherwise it begins with one of `head` and ends with one of `tail`, and has `slots` in between;
    one to `skip` may as well not be there at all.
    """

    exact: Slot | None
    head: Slot = frozenset({""})
    tail: Slot = frozenset({""})
    slots: tuple[Slot, ...] = ()
    skip: bool = False


_NOTHING = _Part(frozenset({""}))
_ANYTHING = _Part(None)


@lru_cache(maxsize=4096)
def required(regex: str, *, plain: bool = False) -> tuple[Way, ...] | None:
    """Return the ways an expression can match, with what each requires; None if that is unknown.

    With `plain` only what an ASCII text requires: () if the expression cannot match any. Without it
    `EDGE` stands at an end of a literal where RE2's edge of a word must be.
    """
    try:
        parts = _Reader(regex, edge=" " if plain else EDGE).read_whole()
    except (_Unclear, IndexError, ValueError, RecursionError):
        return None
    ways = []
    for part in parts:
        slots = tuple(frozenset(map(_trimmed, slot)) for slot in _slots_of(part))
        if plain:
            slots = tuple(frozenset(filter(str.isascii, slot)) for slot in slots)
            if not all(slots):
                continue
        useful = {slot for slot in slots if _is_useful(slot)}
        if not useful:
            return None
        ways.append(_chosen(sorted(useful, key=lambda slot: (-_rarity(slot), min(slot)))))
    merged = _merged(ways)
    return merged if len(merged) <= _MOST_WAYS else None


def _chosen(slots: list[Slot]) -> Way:
    """Return the slot most seldom met, and one more where that is not seldom enough."""
    rarest = slots[0]
    if -_rarity(rarest) < _RARE:
        return (rarest,)
    others = (slot for slot in slots[1:] if not _is_implied(slot, rarest))
    return (rarest, *islice(others, 1))


def _is_implied(slot: Slot, by: Slot) -> bool:
    """Tell whether one of a slot's literals stands wherever one of another's does."""
    plain = [text.replace(EDGE, "") for text in slot]
    return all(any(text in literal for text in plain) for literal in by)


def _merged(ways: list[Way]) -> tuple[Way, ...]:
    """Make one way of all that have a single slot."""
    single = [way[0] for way in ways if len(way) == 1]
    several = [way for way in ways if len(way) > 1]
    return (*((((frozenset().union(*single)),),) if single else ()), *several)


class _Reader:
    """Reads an expression from left to right; `_at` is the next character."""

    def __init__(self, regex: str, edge: str) -> None:
        self._text = regex
        self._edge = _Part(frozenset({edge}))
        self._at = 0

    def read_whole(self) -> list[_Part]:
        """Return one part for each outermost alternative."""
        ways = self._read_ways()
        if self._at != len(self._text):
            raise _Unclear
        return ways

    def _read_ways(self) -> list[_Part]:
        """Read alternatives up to a closing parenthesis or the end."""
        ways: list[_Part] = []
        while True:
            ways += self._read_row()
            if self._at >= len(self._text) or self._text[self._at] != "|":
                return ways
            self._at += 1

    def _read_row(self) -> list[_Part]:
        """Read pieces in a row; alternatives of a group that is the whole row stay apart."""
        row: list[list[_Part]] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            row.append(self._read_repeated())
        wide = max(range(len(row)), key=lambda at: len(row[at]), default=None)
        if wide is None:
            return [_NOTHING]
        if len(row[wide]) == 1 or len(row) > 3:
            return [_in_a_row([_one_of(piece) for piece in row])]
        before = [_one_of(piece) for piece in row[:wide]]
        after = [_one_of(piece) for piece in row[wide + 1 :]]
        return [_in_a_row([*before, way, *after]) for way in row[wide]]

    def _read_repeated(self) -> list[_Part]:
        piece = self._read_piece()
        while self._at < len(self._text):
            char = self._text[self._at]
            counts = _REPEAT.match(self._text, self._at) if char == "{" else None
            if counts is not None:
                self._at = counts.end()
                least = int(counts[1])
                once = least == 1 and counts[0] == "{1}"
                optional = least == 0 and counts[3] == "1"
            elif char in "*+?":
                self._at += 1
                least, once, optional = int(char == "+"), False, char == "?"
            else:
                return piece
            if self._at < len(self._text) and self._text[self._at] == "?":
                self._at += 1
            if not once:
                piece = [_repeated(_one_of(piece), least, optional)]
        return piece

    def _read_piece(self) -> list[_Part]:
        char = self._text[self._at]
        self._at += 1
        match char:
            case "(":
                return self._read_group()
            case "[":
                return [self._read_class()]
            case "\\":
                return [self._read_escape()]
            case ".":
                return [_ANYTHING]
            case "^" | "$":
                return [_Part(frozenset({" "}))]
            case _:
                return [_Part(frozenset({char}))]

    def _read_group(self) -> list[_Part]:
        if self._text[self._at] == "?":
            kind = _GROUP.match(self._text, self._at)
            if kind is None:
                raise _Unclear
            self._at = kind.end()
        ways = self._read_ways()
        if self._text[self._at] != ")":
            raise _Unclear
        self._at += 1
        return ways

    def _read_class(self) -> _Part:
        chars: set[str] = set()
        few = self._text[self._at] != "^"
        self._at += not few
        first = self._at
        while self._text[self._at] != "]" or self._at == first:
            char = self._text[self._at]
            self._at += 1
            if char == "[" and self._text[self._at] == ":":
                self._at = self._text.index(":]", self._at) + 2
                few = False
            elif char == "\\":
                few = False
                self._skip_escape()
            elif char == "-" and self._at - 1 > first and self._text[self._at] != "]":
                few = False
            else:
                chars.add(char)
        self._at += 1
        return _Part(frozenset(chars)) if few else _ANYTHING

    def _read_escape(self) -> _Part:
        char = self._text[self._at]
        if char == "b":
            self._at += 1
            return self._edge
        if not char.isalnum():
            self._at += 1
            return _Part(frozenset({char}))
        if char in _PLAIN_ESCAPES:
            self._at += 1
            return _Part(frozenset({_PLAIN_ESCAPES[char]}))
        self._skip_escape()
        return _ANYTHING

    def _skip_escape(self) -> None:
        char = self._text[self._at]
        self._at += 1
        if char in "pPx" and self._text[self._at] == "{":
            self._at = self._text.index("}", self._at) + 1
        elif char in "pP":
            self._at += 1
        elif char.isdigit() or char in "xQEAzCB":
            raise _Unclear


def _in_a_row(parts: Iterable[_Part]) -> _Part:
    slots: list[Slot] = []
    run: Slot = frozenset({""})
    whole = True
    for part in parts:
        if part.skip:
            slots.append(run)
            run = _common_end(run | part.tail)
            whole = False
            continue
        begin = part.head if part.exact is None else part.exact
        joined = _joined(run, begin)
        if joined is None:
            slots.append(run)
            joined = _joined(_common_end(run), begin) or begin
            whole = False
        run = joined
        if part.exact is None:
            slots += [run, *part.slots]
            run = part.tail
            whole = False
    if whole:
        return _Part(run)
    return _Part(None, slots[0], run, tuple(slots[1:]))


def _joined(left: Slot, right: Slot) -> Slot | None:
    """Return every string of one beside every string of the other, None if they are too many."""
    if len(left) * len(right) > _MOST_STRINGS:
        return None
    return frozenset(_DOUBLED.sub(_single, a + b) for a in left for b in right)


def _single(doubled: re.Match[str]) -> str:
    """Write one space for two, since a text has no two together, and a space for space and edge."""
    return " " if " " in doubled[0] else EDGE


def _trimmed(text: str) -> str:
    """Leave an edge out where nothing can be said of the characters around it."""
    inner = text.strip(EDGE).replace(EDGE, "")
    first = EDGE if text.startswith(EDGE) and _IS_WORD.match(inner) else ""
    last = EDGE if text.endswith(EDGE) and _IS_WORD.match(inner[-1:]) else ""
    return first + inner + last


def _common_end(slot: Slot) -> Slot:
    """Return the last letter of all strings if they have the same, otherwise no letter."""
    ends = frozenset(text[-1:] for text in slot)
    return ends if len(ends) == 1 else _NOTHING.tail


def _one_of(ways: list[_Part]) -> _Part:
    if len(ways) == 1:
        return ways[0]
    heads = frozenset().union(*(way.head if way.exact is None else way.exact for way in ways))
    if len(heads) > _MOST_STRINGS:
        heads = _NOTHING.head
    elif all(way.exact is not None for way in ways):
        return _Part(heads)
    tails = frozenset().union(*(way.tail if way.exact is None else way.exact for way in ways))
    if len(tails) > _MOST_STRINGS or any(way.skip for way in ways):
        tails = _NOTHING.tail
    slots = [max(_slots_of(way), key=_rarity) for way in ways]
    return _Part(None, heads, tails, (frozenset().union(*slots),))


def _repeated(part: _Part, least: int, optional: bool) -> _Part:
    if optional and part.exact is not None:
        return _Part(part.exact | {""})
    if not least:
        return _Part(None, tail=part.tail if part.exact is None else part.exact, skip=True)
    return _Part(None, part.exact, part.exact) if part.exact is not None else part


def _slots_of(part: _Part) -> tuple[Slot, ...]:
    if part.skip:
        return (_NOTHING.head,)
    return (part.head, *part.slots, part.tail) if part.exact is None else (part.exact,)


def _is_useful(slot: Slot) -> bool:
    return all(
        len(word := text.strip(f" {EDGE}")) > 1 or word in _SIGNS or not text.isascii()
        for text in slot
    )


def _rarity(slot: Slot) -> float:
    """Say how seldom a slot is met: the higher, the less often."""
    return -sum(chance(text.replace(EDGE, " ")) for text in slot)
