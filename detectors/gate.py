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
from collections.abc import Iterator, Mapping, Sequence, Set
from string import ascii_lowercase, digits

import msgspec

from detectors.conditions import Besides, Condition, Conditions, Edges, Sets
from detectors.required import EDGE, Slot, Way, required, sure
from detectors.spotter import Hit, finder
from seawall.fold import UNSPACED

__all__ = ["LETTER", "Cue", "Gate", "without_literals"]

LETTER = "a-z\u00df-\u024f\u0400-\u052f"
"""Letters that make one word with the Latin or Cyrillic letters beside them, for a class."""

_Free = tuple[int, int, Edges | None, Sets]
"""What a literal lets through, how long the literal is, the bytes that may not stand before it and
after it if any, and sets of literals of each of which one must show besides."""

_MANY = 256
"""From so many hits on a text is a flood: each literal is judged once, wherever it stands."""
_FEW = 16
_SHORT = 512
"""So few sets on so short a text are looked for one by one, each by a small automaton of its own:
mostly none is there, and the large one of all finds a dozen words that none of them holds."""

_NOTHING: frozenset[int] = frozenset()
_NOT_SURE: Slot = frozenset()
_NONE_SURE: Mapping[int, Slot] = {}
_NO_BYTE = bytes(256)
_LATIN = bytes(chr(code) in ascii_lowercase for code in range(256))
_BEGINNINGS = (" ", *digits)
"""What may stand before a word in `padded` of ASCII, where all else stands between spaces."""

_KINDS = bytes(ord(" " if code == 32 else "h" if code >= 0xE0 else "l") for code in range(256))
"""What a character of UTF-8 begins with: perhaps an unspaced script, surely none, or a space."""
_CONTINUING = bytes(range(0x80, 0xC0))
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
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

    Cues are picked as if they were expressions after the last, and `words` after the cues. Words
    are looked for as they are, in the text and with spaces in place of unspaced scripts. What
    `skip` numbers is never picked. One of `told`, of which nobody asks where it matches, is picked
    as ~number where it surely does.
    """

    def __init__(
        self,
        regexes: Sequence[str],
        cues: Sequence[Cue] = (),
        words: Sequence[str] = (),
        skip: Set[int] = frozenset(),
        told: Set[int] = frozenset(),
    ) -> None:
        wide = [None if at in skip else required(each) for at, each in enumerate(regexes)]
        plain = [
            None if at in skip else required(each, plain=True) for at, each in enumerate(regexes)
        ]
        self.open = tuple(at for at in without_literals(regexes) if at not in skip)
        surely = {at: sure(regexes[at]) for at in told - skip}
        self._wide = _Finder(wide, cues, words)
        ascii_words = [word if word.isascii() else "" for word in words]
        self._plain = _Finder(plain, [_in_ascii(cue) for cue in cues], ascii_words, surely)
        self._first_word = len(regexes) + len(cues) if words else None

    def pick(self, padded: bytes) -> Set[int]:
        """Return every expression that can match; `padded` is `Folded.padded`."""
        if padded.isascii():
            plain = self._plain
            hits = plain.find(padded)
            return plain.judge(padded, hits) if hits else _NOTHING
        wide = self._wide
        hits = wide.find(padded)
        picked = wide.judge(padded, hits) if hits else _NOTHING
        if self._first_word is not None:
            kinds = padded.translate(_KINDS, _CONTINUING)
            if b"hl" in kinds or b"lh" in kinds:
                parted = _UNSPACED_RUN.sub(" ", padded.decode()).encode()
                beside = wide.judge(parted, wide.find(parted))
                picked = picked | {index for index in beside if index >= self._first_word}
        return picked


def without_literals(regexes: Sequence[str]) -> tuple[int, ...]:
    """Return which expressions require no literal, so that a gate never picks them."""
    return tuple(
        index
        for index, regex in enumerate(regexes)
        if required(regex) is None or required(regex, plain=True) is None
    )


class _Finder:
    """Finds literals; `find` is bound as it is, for it runs on every message."""

    def __init__(
        self,
        needs: Sequence[tuple[Way, ...] | None],
        cues: Sequence[Cue],
        words: Sequence[str],
        surely: Mapping[int, Slot] = _NONE_SURE,
    ) -> None:
        first: dict[bytes, list[_Free]] = {}
        besides: dict[bytes, int] = {}
        slots: dict[frozenset[int], int] = {}
        for number, ways in enumerate(needs):
            certain = surely.get(number, _NOT_SURE)
            for way in ways or ():
                others = _numbered(way[1:], besides, slots)
                for literal in way[0]:
                    word = literal.strip(EDGE).encode()
                    edges = _word_edges(literal) if EDGE in literal else None
                    index = ~number if literal in certain and not others else number
                    first.setdefault(word, []).append((index, len(word), edges, others))
        for index, cue in enumerate(cues, len(needs)):
            others = _numbered([cue.besides] if cue.besides else [], besides, slots)
            for name in cue.words:
                word = name.encode()
                edges = _letter_edges(name) if cue.whole else None
                first.setdefault(word, []).append((index, len(word), edges, others))
        start = len(needs) + len(cues)
        plain = {word.encode(): index for index, word in enumerate(words, start) if word}
        literals = tuple(dict.fromkeys((*first, *plain)))
        self.find = finder(literals, longest=True)
        told = (_condition(ends, first, plain) for ends in _ends(literals))
        self._conditions = Conditions(told, start + len(words))
        self._besides = Besides(tuple(besides), tuple(slots))

    def judge(self, padded: bytes, hits: list[Hit]) -> Set[int]:
        """Return what the literals found let through."""
        picked: set[int] = set()
        waiting: list[tuple[int, Sets]] = []
        many = len(hits) > _MANY
        size = len(padded)
        conditions = self._conditions
        told, first, known = conditions.told, conditions.first, conditions.known
        for _, end, literal in {hit[2]: hit for hit in hits}.values() if many else hits:
            number = told[literal]
            if number < first:
                picked.add(number)
                continue
            sure, later, edged = known.get(number) or conditions.read(number)
            if sure:
                picked.update(sure)
            if later:
                waiting += later
            for index, length, edges, others in edged:
                # Beyond either end stands the space at the other, which touches no word.
                if not many:
                    before, after = edges
                    if before[padded[end - length - 1]] or after[padded[end - size]]:
                        continue
                if others:
                    waiting.append((index, others))
                else:
                    picked.add(index)
        if waiting:
            if len(waiting) <= _FEW and size <= _SHORT:
                self._besides.weigh_few(padded, waiting, picked)
            else:
                self._besides.weigh_many(padded, waiting, picked)
        return picked


def _ends(literals: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Yield for each literal those of all that it ends with, itself first.

    Backwards and sorted, what a literal ends with stands before it: one look at each is enough.
    """
    order = sorted(range(len(literals)), key=[literal[::-1] for literal in literals].__getitem__)
    found: list[tuple[bytes, ...]] = [()] * len(literals)
    inside: tuple[bytes, ...] = ()
    for at in order:
        literal = literals[at]
        while inside and not literal.endswith(inside[0]):
            inside = inside[1:]
        inside = found[at] = (literal, *inside)
    yield from found


def _condition(
    ends: tuple[bytes, ...], known: dict[bytes, list[_Free]], plain: dict[bytes, int]
) -> Condition:
    """Gather what a literal lets through, and with it what it ends with.

    Only the longest literal that ends at a place is told; it stands for those inside it.
    """
    numbers = [plain[end] for end in ends if end in plain]
    later: list[tuple[int, Sets]] = []
    edged: list[tuple[int, int, Edges, Sets]] = []
    for end in ends:
        for index, length, edges, others in known.get(end, ()):
            if edges is not None:
                edged.append((index, length, edges, others))
            elif others:
                later.append((index, others))
            else:
                numbers.append(index)
    return tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(later)), tuple(edged)


def _in_ascii(cue: Cue) -> Cue:
    """Return what is left of a cue; with spaces before words, most letters begin no literal."""
    words, besides = (frozenset(filter(str.isascii, some)) for some in (cue.words, cue.besides))
    if cue.besides and not besides:
        return Cue(frozenset())
    if cue.whole:
        words = frozenset(begin + word for word in words for begin in _BEGINNINGS)
    return Cue(words, besides, cue.whole)


def _word_edges(literal: str) -> Edges:
    """Return the bytes that may not stand before and after a literal with edges of words."""
    before, after = literal.startswith(EDGE), literal.endswith(EDGE)
    return _WORD if before else _NO_BYTE, _WORD if after else _NO_BYTE


def _letter_edges(word: str) -> Edges:
    """Return the bytes that may not stand before and after a whole word."""
    before, after = (_LATIN if _IS_LETTER.match(end) else _NO_BYTE for end in (word[0], word[-1]))
    return before, after


def _numbered(
    slots: Sequence[Slot], numbers: dict[bytes, int], sets: dict[frozenset[int], int]
) -> Sets:
    """Number the literals of slots, and their sets; equal sets are one."""
    return tuple(
        sets.setdefault(
            frozenset(
                numbers.setdefault(literal.strip(EDGE).encode(), len(numbers)) for literal in slot
            ),
            len(sets),
        )
        for slot in slots
    )
