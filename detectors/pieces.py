"""An RE2 expression taken apart into pieces, each with the strings that it can be.

What is not understood is taken for anything at all. `^` and `$` are spaces, and there are never two
spaces together: that is how `Folded.padded` is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from detectors.rarity import chance

__all__ = ["EDGE", "GAP", "MARKS", "Part", "Reader", "Slot", "Unclear", "likelihood", "slots_of"]

EDGE = "\x00"
"""An end of a word; no text that is searched holds it."""
GAP = "\x03"
"""In what is sure: an end of the text, or a space."""
_BEGIN, _END = "\x01", "\x02"
MARKS = frozenset((" ", EDGE, _BEGIN, _END, GAP))

Slot = frozenset[str]

_MOST_STRINGS = 128
_ENDS = frozenset((" ", EDGE))
_PLAIN_RUN = re.compile(r"[^\\\[\](){}.*+?|^$]+")
_IS_REPEAT = re.compile(r"[*+?]|\{\d+,?\d*\}")
_REPEAT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_GROUP = re.compile(r"\?:|\?P?<\w+>")
_PLAIN_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


class Unclear(Exception):
    """The expression uses something whose meaning is not known here."""


class Part(msgspec.Struct, frozen=True):
    """What one piece of an expression needs: `exact` are all its strings, where they are few.

    Otherwise it begins with one of `head` and ends with one of `tail`, and has `slots` in between;
    one to `skip` may as well not be there at all. A text that holds one of `sure` surely matches.
    """

    exact: Slot | None
    head: Slot = frozenset({""})
    tail: Slot = frozenset({""})
    slots: tuple[Slot, ...] = ()
    skip: bool = False
    sure: Slot = frozenset()


_EMPTY: Slot = frozenset({""})
_GAPS: Slot = frozenset({" "})
_NOTHING = Part(_EMPTY, sure=_EMPTY)
_ANYTHING = Part(None)


class Reader:
    """Reads an expression from left to right; `_at` is the next character."""

    def __init__(self, regex: str) -> None:
        self._text = regex
        self._at = 0

    def read_whole(self) -> list[Part]:
        """Return one part for each outermost alternative."""
        ways = self._read_ways()
        if self._at != len(self._text):
            raise Unclear
        return ways

    def _read_ways(self) -> list[Part]:
        """Read alternatives up to a closing parenthesis or the end."""
        ways: list[Part] = []
        while True:
            ways += self._read_row()
            if self._at >= len(self._text) or self._text[self._at] != "|":
                return ways
            self._at += 1

    def _read_row(self) -> list[Part]:
        """Read pieces in a row; alternatives of a group that is the whole row stay apart."""
        row: list[list[Part]] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            run = _PLAIN_RUN.match(self._text, self._at)
            piece = self._read_repeated() if run is None else [self._read_run(*run.span())]
            if len(piece) > 1 and all(way.exact == _GAPS for way in piece):
                piece = [_one_of(piece)]
            row.append(piece)
        wide = max(range(len(row)), key=lambda at: len(row[at]), default=None)
        if wide is None:
            return [_NOTHING]
        if len(row[wide]) == 1 or len(row) > 3 or _letters_around(row, wide) > 2:
            return [_in_a_row([_one_of(piece) for piece in row])]
        before = [_one_of(piece) for piece in row[:wide]]
        after = [_one_of(piece) for piece in row[wide + 1 :]]
        return [_in_a_row([*before, way, *after]) for way in row[wide]]

    def _read_run(self, start: int, end: int) -> Part:
        """Read letters that mean themselves; of the last one only what is done to it is read."""
        if _IS_REPEAT.match(self._text, end):
            if end - start == 1:
                return _one_of(self._read_repeated())
            end -= 1
        self._at = end
        return _literal(self._text[start:end])

    def _read_repeated(self) -> list[Part]:
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

    def _read_piece(self) -> list[Part]:
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
                return [Part(frozenset({" "}), sure=frozenset(_BEGIN if char == "^" else _END))]
            case _:
                return [_literal(char)]

    def _read_group(self) -> list[Part]:
        if self._text[self._at] == "?":
            kind = _GROUP.match(self._text, self._at)
            if kind is None:
                raise Unclear
            self._at = kind.end()
        ways = self._read_ways()
        if self._text[self._at] != ")":
            raise Unclear
        self._at += 1
        return ways

    def _read_class(self) -> Part:
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
        letters = frozenset(chars)
        return Part(letters, sure=letters) if few else _ANYTHING

    def _read_escape(self) -> Part:
        char = self._text[self._at]
        if char == "b":
            self._at += 1
            return _literal(EDGE)
        if not char.isalnum():
            self._at += 1
            return _literal(char)
        if char in _PLAIN_ESCAPES:
            self._at += 1
            return _literal(_PLAIN_ESCAPES[char])
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
            raise Unclear


def _letters_around(row: list[list[Part]], wide: int) -> int:
    """Return how much stands around a piece, each letter of plain text for one."""
    around = [piece[0] for at, piece in enumerate(row) if at != wide and len(piece) == 1]
    return sum(
        len(next(iter(part.exact))) if part.exact and len(part.exact) == 1 else 1 for part in around
    )


def _literal(text: str) -> Part:
    if "  " in text:
        return Part(frozenset({re.sub(" +", " ", text)}))
    letters = frozenset({text})
    return Part(letters, sure=letters)


def _in_a_row(parts: Sequence[Part]) -> Part:
    slots: list[Slot] = []
    run: Slot = _EMPTY
    told: Slot = _EMPTY
    whole = True
    for at, part in enumerate(parts):
        if part.skip:
            slots.append(_followed(run, parts[at:]))
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
        elif whole:
            told = _surely_joined(told, part.sure)
    if whole:
        return Part(run, sure=told)
    return Part(None, slots[0], run, tuple(slots[1:]))


def _followed(run: Slot, parts: Sequence[Part]) -> Slot:
    """Put a space after a run where one follows, whether what may be skipped is there or not."""
    for part in parts:
        begins = part.head if part.exact is None else part.exact
        if any(text[:1] != " " for text in begins):
            return run
        if not part.skip:
            return _joined(run, frozenset(" ")) or run
    return run


def _joined(left: Slot, right: Slot) -> Slot | None:
    """Return every string of one beside every string of the other, None if they are too many."""
    if len(left) * len(right) > _MOST_STRINGS:
        return None
    if left == _EMPTY:
        return right
    return frozenset(
        f"{a}{b}" if a[-1:] not in _ENDS or b[:1] not in _ENDS else _single(a, b)
        for a in left
        for b in right
    )


def _single(a: str, b: str) -> str:
    """Write one space for two, since a text has no two together, and a space for space and edge."""
    ends = "".join(_ENDS)
    before, after = a.rstrip(ends), b.lstrip(ends)
    between = f"{a[len(before) :]}{b[: len(b) - len(after)]}"
    return f"{before}{' ' if ' ' in between else EDGE}{after}"


def _surely_joined(left: Slot, right: Slot) -> Slot:
    """Do the same with what is sure: two signs of an end side by side are not."""
    return frozenset(
        f"{a}{b}" for a in left for b in right if a[-1:] not in MARKS or b[:1] not in MARKS
    )


def _common_end(slot: Slot) -> Slot:
    """Return the last letter of all strings if they have the same, otherwise no letter."""
    ends = frozenset(text[-1:] for text in slot)
    return ends if len(ends) == 1 else _NOTHING.tail


def _one_of(ways: list[Part]) -> Part:
    if len(ways) == 1:
        return ways[0]
    heads = frozenset().union(*(way.head if way.exact is None else way.exact for way in ways))
    if len(heads) > _MOST_STRINGS:
        heads = _NOTHING.head
    elif all(way.exact is not None for way in ways):
        told = frozenset().union(*(way.sure for way in ways))
        if " " in told and not told.isdisjoint((_BEGIN, _END)):
            told = told - {" ", _BEGIN, _END} | {GAP}
        return Part(heads, sure=told)
    tails = frozenset().union(*(way.tail if way.exact is None else way.exact for way in ways))
    if len(tails) > _MOST_STRINGS or any(way.skip for way in ways):
        tails = _NOTHING.tail
    slots = [min(slots_of(way), key=likelihood) for way in ways]
    return Part(None, heads, tails, (frozenset().union(*slots),))


def _repeated(part: Part, least: int, optional: bool) -> Part:
    if optional and part.exact is not None:
        return Part(part.exact | {""}, sure=part.sure | {""})
    if not least:
        if part.exact is None:
            return Part(None, part.head, part.tail, skip=True)
        return Part(None, part.exact, part.exact, skip=True)
    return Part(None, part.exact, part.exact) if part.exact is not None else part


def slots_of(part: Part) -> tuple[Slot, ...]:
    """Return the sets of strings of each of which a text must hold one."""
    if part.skip:
        return (_NOTHING.head,)
    return (part.head, *part.slots, part.tail) if part.exact is None else (part.exact,)


@lru_cache(maxsize=16_384)
def likelihood(slot: Slot) -> float:
    """Say how often a slot is met at any given place."""
    return sum(chance(text.replace(EDGE, " ")) for text in slot)
