"""Terms of a lexicon in a message: as words, inside words, or spelled in disguise.

1. Two automata run over every message, one over `padded` words, one over `packed` letters. A word
   term is stored with a space on both sides, so that the automaton itself keeps word boundaries.
   They report every overlapping occurrence: a longer term must not hide one of another category.
2. A squashed term starts and ends where words do ("s e e d phrase" yes, "thi[s hit]" no). Three equal
   letters in a row send the message through a third automaton, over `squashed`.
3. An exception or an allowed text wins only where it covers the whole occurrence.
4. In scripts without spaces (Han, Kana, Thai …) a word term may stand anywhere, and a Latin word may
   touch their characters.
5. Of occurrences of one category inside each other the longest is reported, unless a shorter one is
   more severe.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Final

import msgspec
from daachorse import DoubleArrayAhoCorasick

from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import UNSPACED, Folded, fold
from seawall.policy.model import LexiconEntry
from seawall.signals import Signal, Span
from seawall.taxonomy import SEVERITY_SCORES, Severity

__all__ = ["Lexicon"]

_MAX_OCCURRENCES: Final = 64  # of one term in one message: enough to mask, too few to flood us
_MIN_LETTERS: Final = 3
_RUNS_MATTER_BELOW: Final = 6  # letters; "good" is not "god", but "giveawway" is "giveaway"
_ANY_TERM: Final = -1
_CLEAN: list[Signal] = []

_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_SEAM: Final = re.compile(f"[{UNSPACED}][^ {UNSPACED}]|[^ {UNSPACED}][{UNSPACED}]")
_STRETCHES: Final = tuple(
    (letter * 3).encode()
    for letter in "abcdefghijklmnopqrstuvwxyz2689абвгдежзийклмнопрстуфхцчшщъыьэюя"
)

_Hit = tuple[int, int, int]
_Excuses = dict[int, list[Span]]


class _Term(msgspec.Struct, frozen=True, gc=False):
    """One entry made ready; `edges` say on which sides a word boundary is still to be checked."""

    id: int
    entry: LexiconEntry
    signal: str
    edges: tuple[bool, bool] = (False, False)
    runs: tuple[int, ...] = ()


class _Found(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a term, in code points of the raw text."""

    start: int
    end: int
    term: _Term


class _Pattern(msgspec.Struct, gc=False):
    """What a string of an automaton stands for: terms, ids of terms that it excuses, or a stretch."""

    size: int
    pads: tuple[int, int]
    terms: list[_Term]
    excuses: list[int]
    is_stretch: bool = False


class _Automaton:
    """An Aho-Corasick automaton over UTF-8; offsets come out in code points."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, _Pattern] = {}
        self.by_index: tuple[_Pattern, ...] = ()
        self.find: Callable[[bytes], list[_Hit]] = _find_nothing

    def add(self, data: bytes, term: _Term | None = None, excuse: int | None = None) -> _Pattern:
        pattern = self._patterns.get(data)
        if pattern is None:
            text = data.decode()
            pads = (int(text.startswith(" ")), int(text.endswith(" ")))
            pattern = self._patterns[data] = _Pattern(len(text), pads, [], [])
        if term is not None:
            pattern.terms.append(term)
        if excuse is not None:
            pattern.excuses.append(excuse)
        return pattern

    def build(self) -> None:
        self.by_index = tuple(self._patterns.values())
        if self._patterns:
            strings = list(self._patterns)
            self.find = DoubleArrayAhoCorasick(strings, use_prefilter=False).find_overlapping
        self._patterns = {}

    def locate(self, data: bytes, hits: list[_Hit]) -> Iterator[tuple[int, int, _Pattern]]:
        """Yield start, end in code points and pattern; one walk, since hits are sorted by end."""
        narrow = data.isascii()
        at = end = 0
        for _, after, index in hits:
            pattern = self.by_index[index]
            end = after if narrow else end + len(data[at:after].decode())
            at = after
            yield end - pattern.size, end, pattern


class Lexicon:
    """Signals `lexicon.<category>` with the severity as score; `value` is the term as written.

    Raises PolicyError, one problem for each entry that can never match or would match too much.
    """

    name = "lexicon"

    def __init__(self, entries: Sequence[LexiconEntry] = (), allow: Sequence[str] = ()) -> None:
        self._words = _Automaton()
        self._letters = _Automaton()
        self._squashed = _Automaton()
        problems: list[str] = []
        for at, entry in enumerate(entries):
            problems += self._add(at, entry)
        for text in allow:
            if spaced := fold(text).spaced:
                self._words.add(spaced.encode(), excuse=_ANY_TERM)
            else:
                problems.append(f"allow: {text!r} has no letter or digit to allow")
        if problems:
            raise PolicyError(tuple(problems))
        if any(entry.match == "squashed" for entry in entries):
            for stretch in _STRETCHES:
                self._letters.add(stretch).is_stretch = True
        for automaton in (self._words, self._letters, self._squashed):
            automaton.build()
        self._find_words = self._words.find
        self._find_letters = self._letters.find

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return a signal for each occurrence, in order of place."""
        padded = text.padded
        words = self._find_words(padded)
        letters = self._find_letters(text.packed)
        if words or letters or not padded.isascii():
            return self._judge(text, words, letters)
        return _CLEAN

    def _add(self, at: int, entry: LexiconEntry) -> list[str]:
        """Put one entry into the automata; return what is wrong with it."""
        where = entry.where or f"term {at + 1}"
        readings = _readings(entry.term)
        folded = readings[0]
        if not folded.spaced:
            return [f"{where}: {entry.term!r} has no letter or digit, so it can never match"]
        unspaced = _UNSPACED.search(folded.spaced) is not None
        if entry.match == "squashed" and len(folded.squashed) < _MIN_LETTERS and not unspaced:
            hint = "did you mean match: word?"
            return [f"{where}: {entry.term!r} is too short to be squashed; {hint}"]
        term = _make_term(at, entry, folded, unspaced)
        for reading in readings:
            if entry.match == "squashed":
                self._letters.add(reading.packed, term)
                self._squashed.add(reading.squashed.encode(), term)
            elif entry.match == "word" and not unspaced:
                self._words.add(reading.padded, term)
            else:
                self._words.add(reading.spaced.encode(), term)
        problems: list[str] = []
        for text in entry.exceptions:
            excuse = fold(text)
            if folded.spaced in excuse.spaced or folded.squashed in excuse.squashed:
                self._words.add(excuse.spaced.encode(), excuse=at)
            else:
                problems.append(f"{where}: exception {text!r} does not contain {entry.term!r}")
        return problems

    def _judge(self, text: Folded, words: list[_Hit], letters: list[_Hit]) -> list[Signal]:
        found: list[_Found] = []
        excuses: _Excuses = defaultdict(list)
        if words:
            self._place_words(text, text.padded, words, found, excuses)
        if not text.padded.isascii() and _SEAM.search(text.spaced):
            parted = f" {_UNSPACED.sub(' ', text.spaced)} ".encode()
            self._place_words(text, parted, self._find_words(parted), found, excuses)
        if letters:
            self._place_letters(text, letters, found)
        if not found:
            return _CLEAN
        if excuses:
            found = _unexcused(found, excuses)
        return [_signal(hit) for hit in _outermost(found)] or _CLEAN

    def _place_words(
        self,
        text: Folded,
        padded: bytes,
        hits: list[_Hit],
        found: list[_Found],
        excuses: _Excuses,
    ) -> None:
        """Say where in the raw text the terms and excuses of the spaced form stand."""
        times: dict[int, int] = {}
        for start, end, pattern in self._words.locate(padded, hits):
            first = start - 1 + pattern.pads[0]
            after = end - 1 - pattern.pads[1]
            terms = [term for term in pattern.terms if _has_edges(text, term, first, after)]
            if terms or pattern.excuses:
                span = text.span("spaced", first, after)
                _note(span, terms, times, found)
                for excuse in pattern.excuses:
                    excuses[excuse].append(span)

    def _place_letters(self, text: Folded, hits: list[_Hit], found: list[_Found]) -> None:
        """Say where the squashed terms stand that begin and end where words do."""
        stretched = False
        times: dict[int, int] = {}
        for start, end, pattern in self._letters.locate(text.packed, hits):
            stretched = stretched or pattern.is_stretch
            if pattern.terms and text.is_whole("packed", start, end):
                _note(text.span("packed", start, end), pattern.terms, times, found)
        if not stretched:
            return
        times.clear()
        data = text.squashed.encode()
        for start, end, pattern in self._squashed.locate(data, self._squashed.find(data)):
            if text.is_whole("squashed", start, end):
                runs = text.runs(start, end)
                terms = [term for term in pattern.terms if _is_stretch_of(term, runs)]
                _note(text.span("squashed", start, end), terms, times, found)


def _find_nothing(_: bytes) -> list[_Hit]:
    return []


def _readings(term: str) -> list[Folded]:
    """Fold a term, and once more as it is read among Latin words if that differs ("сор", "cop")."""
    folded = fold(term)
    among_latin = folded.spaced if term.isascii() else fold(f"w {term}").spaced[2:]
    return [folded] if among_latin == folded.spaced else [folded, fold(among_latin)]


def _make_term(at: int, entry: LexiconEntry, folded: Folded, unspaced: bool) -> _Term:
    edges = (False, False)
    if entry.match == "word" and unspaced:
        edges = (not _UNSPACED.match(folded.spaced), not _UNSPACED.match(folded.spaced[-1]))
    runs: tuple[int, ...] = ()
    if entry.match == "squashed":
        counts = folded.runs(0, len(folded.packed))
        runs = tuple(counts) if len(counts) < _RUNS_MATTER_BELOW else ()
    return _Term(at, entry, f"lexicon.{entry.category}", edges, runs)


def _has_edges(text: Folded, term: _Term, start: int, end: int) -> bool:
    left, right = term.edges
    return (not left or _is_edge(text.spaced, start)) and (not right or _is_edge(text.spaced, end))


def _is_edge(spaced: str, at: int) -> bool:
    """Tell whether a word may start or end before `spaced[at]`."""
    around = spaced[max(at - 1, 0) : at + 1]
    return at <= 0 or at >= len(spaced) or " " in around or _UNSPACED.search(around) is not None


def _is_stretch_of(term: _Term, runs: list[int]) -> bool:
    """Tell whether letters were only added, and three or more: "gooood" is "god", "good" is not."""
    return not term.runs or all(
        run == letters or run > max(letters, 2)
        for run, letters in zip(runs, term.runs, strict=True)
    )


def _note(span: Span, terms: list[_Term], times: dict[int, int], found: list[_Found]) -> None:
    """Add one occurrence of each term, but not the same term again and again."""
    for term in terms:
        seen = times.get(term.id, 0)
        if seen < _MAX_OCCURRENCES:
            times[term.id] = seen + 1
            found.append(_Found(*span, term))


def _running_ends(spans: list[Span]) -> tuple[list[int], list[int]]:
    """Sort spans; return their starts, and how far any span up to each of them reaches."""
    spans.sort()
    return [start for start, _ in spans], list(accumulate((end for _, end in spans), max))


def _unexcused(found: list[_Found], excuses: _Excuses) -> list[_Found]:
    """Drop every occurrence that lies wholly inside a text that excuses it."""
    reaches = {term: _running_ends(spans) for term, spans in excuses.items()}
    kept = []
    for hit in found:
        for excuse in (_ANY_TERM, hit.term.id):
            starts, ends = reaches.get(excuse, ((), ()))
            before = bisect_right(starts, hit.start)
            if before and ends[before - 1] >= hit.end:
                break
        else:
            kept.append(hit)
    return kept


def _outermost(found: list[_Found]) -> list[_Found]:
    """Drop what lies inside an occurrence of the same category that is at least as severe."""
    if len(found) < 2:
        return found
    found.sort(key=lambda hit: (hit.start, -hit.end, -hit.term.entry.severity))
    reach: dict[tuple[str, int], int] = {}
    kept = []
    for hit in found:
        category, severity = hit.term.entry.category, hit.term.entry.severity
        if any(
            reach.get((category, level), -1) >= hit.end for level in Severity if level >= severity
        ):
            continue
        kept.append(hit)
        reach[category, severity] = max(hit.end, reach.get((category, severity), -1))
    return kept


def _signal(hit: _Found) -> Signal:
    entry = hit.term.entry
    return Signal(
        name=hit.term.signal,
        score=SEVERITY_SCORES[entry.severity],
        detector=Lexicon.name,
        category=entry.category,
        severity=entry.severity,
        span=(hit.start, hit.end),
        value=entry.term,
    )
