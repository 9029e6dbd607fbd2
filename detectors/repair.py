"""A second reading of a message that somebody wrote so that machines misread it.

Where nothing is disguised there is none; then it has cost a look at the letters, under 1 µs. What
is read anew, each piece only where it yields something:

1. Letters apart ("s e e d", "p.u.m.p", "微-信") are drawn together. Where the gap changes a word
   ends; where it does not, known words are cut out of the row.
2. A word with digits or signs in it, stretched letters, two scripts or a picture for a letter
   ("w4ll3t", "buuuyy", "дpon", "L😂ser") is read as the known word that it can be, if there is one.
3. Korean letters on their own become syllables.
4. What a policy's tricks say is written for something else is read as that.

A reading is a message of its own: detectors look at it as at any other, and `Reading.span` leads
back to what was sent. Time is linear; what is weighed in one message is bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from detectors.apart import MARK, ROW, draw_together
from detectors.disguised import Known
from detectors.hints import ADORNED, APART, LEET, SCRIPTS, STRETCHED, WIDE, hints
from detectors.jamo import JAMO, syllables
from detectors.skeleton import strip_marks
from detectors.tricks import NO_TRICKS, Rewritten, Tricks
from seawall.fold import UNSPACED, Folded, fold
from seawall.signals import Span

__all__ = ["Reading", "Repairer"]

_MOST_WORDS: Final = 200
"""Words weighed in one message; a message with more disguised words is a flood of its own kind."""
_STARRED_WEIGHT: Final = 16
"""What a word with an unknown letter counts, for each letter is tried."""
_LONGEST: Final = 40
_SHORTEST: Final = 3
_ENOUGH: Final = 2
"""Words read anew before "83" among them may be "be"."""

_SIGN_IN_WORD: Final = re.compile(r"[@$!|*#+][^\W_]")
_SHORT_WORD: Final = re.compile(r"(?<![\w@$!|*#+])[\w@$!|*#+]{1,2}(?![\w@$!|*#+])")
_TIGHT: Final = f"[{UNSPACED}]"
_SYLLABLE: Final = "[\uac00-\ud7a3]"
_PARTED: Final = re.compile(
    rf"(?<![^\W_])({_TIGHT})[ \-._*|/~+]{{1,3}}(?={_TIGHT})"
    rf"|({_TIGHT})[ \-._*|/~+]{{1,3}}(?={_TIGHT}(?![^\W_]))"
    rf"|(?<![^\W_])({_SYLLABLE})[\-._*|/~+]{{1,2}}(?={_SYLLABLE})"
    rf"|({_SYLLABLE})[\-._*|/~+]{{1,2}}(?={_SYLLABLE}(?![^\W_]))"
)
_DRAWN_OUT: Final = re.compile(rf"({_TIGHT}|{_SYLLABLE})\1{{2,}}")
_WORD: Final = re.compile(rf"(?:[^\W_]|{MARK}|[@$!|*#+])+")
_PICTURE: Final = (
    "[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2b00-\u2bff"
    "\U0001f000-\U0001f0ff\U0001f300-\U0001faff]"
)
_IN_WORD: Final = re.compile(
    rf"(?<=[^\W\d_])({_PICTURE}[\ufe0e\ufe0f\u200d]*)(?=[^\W\d_])", re.IGNORECASE
)
_MONEY: Final = dict(zip("₳฿₵₣₲₭₥₦₱₴₮₩₿€£¥¢", "abcfgkmnpstwbelyc", strict=True))
_MONEY_IN_WORD: Final = re.compile(
    f"(?<=[^\\W\\d_])[{''.join(_MONEY)}]|[{''.join(_MONEY)}](?=[^\\W\\d_])"
)
_ADORNED: Final = re.compile("([\u3400-\u9fff\uac00-\ud7a3])[\u0300-\u036f]+")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_TRIPLE: Final = re.compile(r"([^\W\d_])\1\1")

_AROUND_WORDS: Final = ".,!?:;-\"'()"
_MOST_CHARS: Final = 4096
"""Of a longer message only so much is read anew, from its beginning."""
_MOST_CUT: Final = 120
"""Letters of rows without gaps between words that are cut into known words, in one message."""


_MOST_PIECES: Final = 2048
_Suspects = tuple[tuple[int, int, int, str | None], ...]
"""Of a piece between spaces, each suspect word: its place, its weight, what it is read as."""


class Reading:
    """What a message says when its disguise is undone, and the way back."""

    __slots__ = ("_froms", "_origin", "_rewritten", "_steps", "folded")

    def __init__(
        self,
        text: str,
        steps: list[tuple[int, int, int, int, bool]],
        origin: Folded,
        rewritten: Rewritten | None,
    ) -> None:
        self.folded = fold(text)
        self._steps = steps
        self._froms = [step[0] for step in steps]
        self._origin = origin
        self._rewritten = rewritten

    def span(self, start: int, end: int) -> Span:
        """Return where [start, end) of the reading's text stands in the message as sent."""
        first = self._back(start)[0]
        last = self._back(max(end - 1, start))[1]
        begin, stop = self._origin.span("clean", first, last)
        return self._rewritten.span(begin, stop) if self._rewritten is not None else (begin, stop)

    def _back(self, at: int) -> Span:
        """Return what a character of the reading was read from, in clean text."""
        number = max(bisect_right(self._froms, at) - 1, 0)
        if not self._steps:
            return at, at + 1
        start, end, source, stop, is_new = self._steps[number]
        if is_new:
            return source, stop
        place = source + min(at, end - 1) - start
        return place, place + 1


class Repairer:
    """Finds readings, with the words worth finding and the tricks of a policy."""

    def __init__(
        self,
        words: Mapping[str, int] | None = None,
        stems: Mapping[str, int] | None = None,
        tricks: Tricks = NO_TRICKS,
    ) -> None:
        self._known = Known(words or {}, stems or {})
        self._tricks = tricks
        self._pieces: tuple[dict[str, _Suspects], ...] = ({}, {})

    def readings(
        self, folded: Folded, *, plain: bool = False, cued: bool = True, level: bool = False
    ) -> tuple[Reading, ...]:
        """Return the readings of a message besides the one as it is written; mostly none.

        It is not `cued` where nothing of `Tricks.cues` is; the others are arguments of `hints`.
        """
        raw = folded.raw
        if not cued and raw.isascii():
            signs = hints(folded, plain=plain, level=level)
            return self._read(folded, folded, None, signs, backwards=False) if signs else ()
        rewritten = self._tricks.rewrite(raw) if self._tricks.is_any else None
        pictured = rewritten.text if rewritten is not None else raw
        if folded.odd or rewritten is not None:
            pictured = _MONEY_IN_WORD.sub(_letter_of, _IN_WORD.sub(_starred, pictured))
        source = folded if pictured == raw else fold(pictured)
        backwards = cued and self._tricks.is_backwards(folded)
        signs = hints(source, plain=plain and source is folded)
        if not signs and source is folded and not backwards:
            return ()
        return self._read(folded, source, rewritten, signs, backwards=backwards)

    def _read(
        self,
        folded: Folded,
        source: Folded,
        rewritten: Rewritten | None,
        signs: int,
        *,
        backwards: bool,
    ) -> tuple[Reading, ...]:
        text = source.clean[:_MOST_CHARS]
        if text.isascii():
            text = text.lower()
        found = _Pieces(text)
        self._repair(text, signs, found)
        readings = []
        if found.is_any or (source is not folded and source.padded != folded.padded):
            readings.append(Reading(*found.result(), source, rewritten))
        if backwards:
            turned = _Pieces(text)
            self._known.turn(text, turned.put)
            if turned.is_any:
                readings.append(Reading(*turned.result(), source, rewritten))
        return tuple(readings)

    def _repair(self, text: str, signs: int, found: _Pieces) -> None:
        """Put what is read anew, as the signs there are give reason to."""
        if signs & (APART | WIDE):
            self._join(text, found)
        if signs & STRETCHED and not text.isascii():
            for match in _DRAWN_OUT.finditer(text):
                found.put(*match.span(), match.group(1))
        if signs & WIDE:
            for match in _PARTED.finditer(text):
                found.put(*match.span(), match.group(match.lastindex or 0))
            for match in JAMO.finditer(text):
                found.put(*match.span(), syllables(match.group()))
        if signs & ADORNED:
            for match in _ADORNED.finditer(text):
                found.put(*match.span(), match.group(1))
        if signs & (LEET | STRETCHED | SCRIPTS | ADORNED):
            self._read_words(text, signs, found)

    def _join(self, text: str, found: _Pieces) -> None:
        """Draw letters that stand apart together."""
        cut = weighed = 0
        for match in ROW.finditer(text):
            start, end = match.span()
            if _SIGN_IN_WORD.match(text, end) and text[end] not in match.group():
                end -= 1  # it is the first letter of "n!tr0"
            row = text[start:end].rstrip()
            words = draw_together(row)
            if len(words) == 1 and words[0].isalpha() and cut < _MOST_CUT:
                cut += len(words[0])
                words = [self._known.cut(words[0])]
            elif weighed < _MOST_WORDS:
                weighed += sum(map(_weight, words))
                words = [self._legible(word) for word in words]
            if words:
                found.put(start, start + len(row), " ".join(words))

    def _legible(self, word: str) -> str:
        """Return the known word that one drawn together can be, itself where there is none."""
        if word.isalpha() or not _SHORTEST <= len(word) <= _LONGEST:
            return word
        return self._known.read_loosely(word, _CYRILLIC.search(word) is not None) or word

    def _read_words(self, text: str, signs: int, found: _Pieces) -> None:
        """Read every suspect word as a known one, and short ones in between once some are read."""
        if text.isascii():
            is_cyrillic, read = False, self._read_ascii(text, signs, found)
        else:
            is_cyrillic = _CYRILLIC.search(text) is not None
            read = self._read_wide(text, signs, found, is_cyrillic)
        if read < _ENOUGH:
            return
        for match in islice(_SHORT_WORD.finditer(text), _MOST_WORDS):
            put = self._known.read_short(match.group(), is_cyrillic)
            if put is not None:
                found.put(*match.span(), put)

    def _read_wide(self, text: str, signs: int, found: _Pieces, is_cyrillic: bool) -> int:
        """Put what suspect words are read as; return how many were read as known ones."""
        weighed = read = 0
        adorned = bool(signs & ADORNED)
        for match in _suspects(text, signs):
            word = match.group()
            weighed += _weight(word)
            if weighed > _MOST_WORDS:
                break
            written = strip_marks(word) if adorned else word
            put = self._known.read_loosely(written, is_cyrillic)
            if put is None and written != word:
                put = written
            elif put is not None:
                read += 1
            if put is not None:
                found.put(*match.span(), put)
        return read

    def _read_ascii(self, text: str, signs: int, found: _Pieces) -> int:
        """Do the same piece by piece; most are known: names, numbers and laughter come again."""
        weighed = read = at = 0
        stretched = bool(signs & STRETCHED)
        known = self._pieces[stretched]
        for piece in text.split(" "):
            suspects = known.get(piece)
            if suspects is None:
                if not stretched and piece.isalpha():
                    at += len(piece) + 1
                    continue
                suspects = self._weigh(piece, signs)
                if len(piece) <= _LONGEST:
                    if len(known) >= _MOST_PIECES:
                        known.clear()
                    known[piece] = suspects
            for start, end, weight, put in suspects:
                weighed += weight
                if weighed > _MOST_WORDS:
                    return read
                if put is not None:
                    read += 1
                    found.put(at + start, at + end, put)
            at += len(piece) + 1
        return read

    def _weigh(self, piece: str, signs: int) -> _Suspects:
        return tuple(
            (*match.span(), _weight(word := match.group()), self._known.read_loosely(word, False))
            for match in _suspects(piece, signs)
        )


class _Pieces:
    """A text with pieces of it written anew."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._put: list[tuple[int, int, str]] = []

    @property
    def is_any(self) -> bool:
        return bool(self._put)

    def put(self, start: int, end: int, new: str) -> None:
        """Write [start, end) anew."""
        self._put.append((start, end, new))

    def result(self) -> tuple[str, list[tuple[int, int, int, int, bool]]]:
        """Return the text, and steps: [start, end) of it, of what it was, and whether it is new."""
        parts: list[str] = []
        steps: list[tuple[int, int, int, int, bool]] = []
        at = size = 0
        size_of = len(self._text)
        put = sorted(self._put, key=lambda piece: (piece[0], -piece[1]))
        for start, end, new in [*put, (size_of, size_of, "")]:
            if start < at:
                continue  # drawn together already
            if start > at:
                parts.append(self._text[at:start])
                steps.append((size, size + start - at, at, start, False))
                size += start - at
            if new:
                parts.append(new)
                steps.append((size, size + len(new), start, end, True))
                size += len(new)
            at = end
        return "".join(parts), steps


def _suspects(text: str, signs: int) -> Iterator[re.Match[str]]:
    """Yield words that are written unlike one, but have letters."""
    every = bool(signs & (STRETCHED | SCRIPTS | ADORNED))
    at = 0
    for piece in text.split(" "):
        end = at + len(piece)
        if every or not piece.strip(_AROUND_WORDS).isalpha():
            for match in _WORD.finditer(text, at, end):
                word = match.group()
                if not _SHORTEST <= len(word) <= _LONGEST:
                    continue
                if _is_odd(word, signs) if word.isalpha() else any(map(str.isalpha, word)):
                    yield match
        at = end + 1


def _weight(word: str) -> int:
    return _STARRED_WEIGHT if "*" in word or "#" in word else 1


def _is_odd(word: str, signs: int) -> bool:
    """Tell whether a word of letters alone is written as nobody would write it."""
    if signs & STRETCHED and _TRIPLE.search(word):
        return True
    if word.isascii():
        return False
    if signs & ADORNED:
        return True
    return any("a" <= char <= "z" for char in word) and any("\u0400" <= c < "\u0530" for c in word)


def _starred(picture: re.Match[str]) -> str:
    """Write a picture between letters as a star, no longer and no shorter."""
    return "*" + "\u200b" * (len(picture.group()) - 1)


def _letter_of(sign: re.Match[str]) -> str:
    return _MONEY[sign.group()]
