"""Terms of a lexicon in a message: as words, inside words, or spelled in disguise.

1. One automaton runs over `packed`, the letters of the message without separators: where no term's
   letters stand, no form of it stands. It reports every overlapping occurrence, because a longer
   term must not hide one of another category.
2. A word or substring term is then looked for as it is written, in the spaced form; a word only
   between spaces. In scripts without spaces (Han, Kana, Thai …) it may stand anywhere, and a Latin
   word may touch their characters.
3. A squashed term must begin and end where words do ("s e e d phrase" yes, "thi[s hit]" no). Three
   equal letters in a row send the message through a second automaton, over `squashed`.
4. An exception or an allowed text wins only where it covers the whole occurrence.
5. Of occurrences of one category inside each other the longest is reported, unless a shorter one is
   more severe.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Final, assert_never

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
_NOWHERE: Final = b"\n"
_CLEAN: list[Signal] = []

_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_STRETCHES: Final = tuple(
    (letter * 3).encode()
    for letter in "abcdefghijklmnopqrstuvwxyz2689абвгдежзийклмнопрстуфхцчшщъыьэюя"
)

_Hit = tuple[int, int, int]


class _Term(msgspec.Struct, frozen=True, gc=False):
    """One entry made ready.

    `written` is what to look for in the spaced form between two spaces, empty for a squashed term;
    `edges` say on which sides a word must still be seen to end. `runs` is empty where letters in a
    row do not tell a squashed term from another word.
    """

    id: int
    entry: LexiconEntry
    signal: str
    written: str = ""
    edges: tuple[bool, bool] = (False, False)
    runs: tuple[int, ...] = ()


class _Found(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a term, in code points of the raw text."""

    start: int
    end: int
    term: _Term


class _Pattern(msgspec.Struct, gc=False):
    """What some letters may be: terms, texts that excuse a term (by its id), or a stretch."""

    size: int
    written: list[_Term]
    squashed: list[_Term]
    excuses: list[tuple[int, str]]
    is_stretch: bool = False

    def needle(self) -> bytes | None:
        """Return what must stand in `padded` for a term to be there, None if that is not all."""
        needles = {term.written for term in self.written}
        if self.squashed or self.is_stretch or len(needles) > 1:
            return None
        return needles.pop().encode() if needles else _NOWHERE


class _Automaton:
    """An Aho-Corasick automaton over letters in UTF-8."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, _Pattern] = {}
        self.by_index: tuple[_Pattern, ...] = ()
        self.find: Callable[[bytes], list[_Hit]] = _find_nothing

    def at(self, letters: bytes) -> _Pattern:
        """Return the pattern of these letters, a new one if there is none."""
        pattern = self._patterns.get(letters)
        if pattern is None:
            pattern = self._patterns[letters] = _Pattern(len(letters.decode()), [], [], [])
        return pattern

    def build(self) -> None:
        """Make the automaton; nothing can be added any more."""
        self.by_index = tuple(self._patterns.values())
        if self._patterns:
            strings = list(self._patterns)
            self.find = DoubleArrayAhoCorasick(strings, use_prefilter=False).find_overlapping
        self._patterns = {}

    def locate(self, letters: bytes, hits: list[_Hit]) -> Iterator[tuple[int, int, _Pattern]]:
        """Yield start, end in code points and pattern; one walk, since hits are sorted by end."""
        narrow = letters.isascii()
        at = end = 0
        for _, after, index in hits:
            pattern = self.by_index[index]
            end = after if narrow else end + len(letters[at:after].decode())
            at = after
            yield end - pattern.size, end, pattern


class Lexicon:
    """Signals `lexicon.<category>` with the severity as score; `value` is the term as written.

    Raises PolicyError, one problem for each entry that can never match or would match too much.
    """

    name = "lexicon"

    def __init__(self, entries: Sequence[LexiconEntry] = (), allow: Sequence[str] = ()) -> None:
        self._letters = _Automaton()
        self._squashed = _Automaton()
        problems: list[str] = []
        for at, entry in enumerate(entries):
            problems += self._add(at, entry)
        for text in allow:
            if not self._excuse(_ANY_TERM, text):
                problems.append(f"allow: {text!r} has no letter or digit to allow")
        if problems:
            raise PolicyError(tuple(problems))
        if any(entry.match == "squashed" for entry in entries):
            for stretch in _STRETCHES:
                self._letters.at(stretch).is_stretch = True
        self._letters.build()
        self._squashed.build()
        self._find = self._letters.find
        self._needles = tuple(pattern.needle() for pattern in self._letters.by_index)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return a signal for each occurrence, in order of place."""
        hits = self._find(text.packed)
        if text.unread:
            return self._judge(text, hits)
        if hits:
            padded = text.padded
            needles = self._needles
            for _, _, index in hits:
                needle = needles[index]
                if needle is None or padded.find(needle) >= 0:
                    return self._judge(text, hits)
            if not padded.isascii() and _UNSPACED.search(text.spaced):
                return self._judge(text, hits)
        return _CLEAN

    def _add(self, at: int, entry: LexiconEntry) -> list[str]:
        """Put one entry into the automata; return what is wrong with it."""
        where = entry.where or f"term {at + 1}"
        readings = _readings(entry.term)
        if not readings[0].packed:
            return [f"{where}: {entry.term!r} has no letter or digit, so it can never match"]
        disguised = entry.match == "squashed"
        squashed = readings[0].squashed
        if disguised and len(squashed) < _MIN_LETTERS and not _UNSPACED.search(squashed):
            hint = "did you mean match: word?"
            return [f"{where}: {entry.term!r} is too short to be squashed; {hint}"]
        for folded in readings:
            term = _make_term(at, entry, folded)
            if disguised:
                self._letters.at(folded.packed).squashed.append(term)
                self._squashed.at(folded.squashed.encode()).squashed.append(term)
            else:
                self._letters.at(folded.packed).written.append(term)
        problems = []
        for text in entry.exceptions:
            if squashed in fold(text).squashed:
                self._excuse(at, text)
            else:
                problems.append(f"{where}: exception {text!r} does not contain {entry.term!r}")
        return problems

    def _excuse(self, term: int, text: str) -> bool:
        """Excuse a term inside this text; tell whether the text has any letter."""
        folded = fold(text)
        if folded.packed:
            self._letters.at(folded.packed).excuses.append((term, folded.spaced))
        return bool(folded.packed)

    def _judge(self, text: Folded, hits: list[_Hit]) -> list[Signal]:
        """Tell which of the terms whose letters stand in the text are really there."""
        indices = {index for _, _, index in hits}
        if text.unread:
            indices.update(index for _, _, index in self._find(text.unread))
        written: dict[str, list[_Term]] = {}
        excuses: list[tuple[int, str]] = []
        disguised = False
        for index in indices:
            pattern = self._letters.by_index[index]
            disguised = disguised or pattern.is_stretch or bool(pattern.squashed)
            for term in pattern.written:
                written.setdefault(term.written, []).append(term)
            excuses += pattern.excuses
        found: list[_Found] = []
        if written:
            _find_written(text, written, found)
        if disguised:
            self._find_squashed(text, hits, found)
        if not found:
            return _CLEAN
        if excuses:
            found = _unexcused(text, found, excuses)
        return [_signal(hit) for hit in _outermost(found)] or _CLEAN

    def _find_squashed(self, text: Folded, hits: list[_Hit], found: list[_Found]) -> None:
        """Find squashed terms that begin and end where words do, also with letters repeated."""
        stretched = False
        times: dict[int, int] = {}
        for start, end, pattern in self._letters.locate(text.packed, hits):
            stretched = stretched or pattern.is_stretch
            if pattern.squashed and text.is_whole("packed", start, end):
                _note(text.span("packed", start, end), pattern.squashed, times, found)
        if not stretched:
            return
        times.clear()
        data = text.squashed.encode()
        for start, end, pattern in self._squashed.locate(data, self._squashed.find(data)):
            if text.is_whole("squashed", start, end):
                runs = text.runs(start, end)
                terms = [term for term in pattern.squashed if _is_stretch_of(term, runs)]
                _note(text.span("squashed", start, end), terms, times, found)


def _find_nothing(_: bytes) -> list[_Hit]:
    return []


def _readings(term: str) -> list[Folded]:
    """Fold a term, and once more as it is read among Latin words if that differs ("сор", "cop")."""
    folded = fold(term)
    among_latin = folded.spaced if term.isascii() else fold(f"w {term}").spaced[2:]
    return [folded] if among_latin == folded.spaced else [folded, fold(among_latin)]


def _make_term(at: int, entry: LexiconEntry, folded: Folded) -> _Term:
    signal = f"lexicon.{entry.category}"
    spaced = folded.spaced
    match entry.match:
        case "word" if _UNSPACED.search(spaced):
            edges = (not _UNSPACED.match(spaced), not _UNSPACED.match(spaced[-1]))
            return _Term(at, entry, signal, spaced, edges)
        case "word":
            return _Term(at, entry, signal, f" {spaced} ")
        case "substring":
            return _Term(at, entry, signal, spaced)
        case "squashed":
            runs = tuple(folded.runs(0, len(folded.packed)))
            return _Term(at, entry, signal, runs=runs if len(runs) < _RUNS_MATTER_BELOW else ())
    assert_never(entry.match)


def _find_written(text: Folded, written: dict[str, list[_Term]], found: list[_Found]) -> None:
    """Find terms as they are written: a word between spaces, or beside a script without them."""
    spaced = text.spaced
    padded = f" {spaced} "
    parted = padded if spaced.isascii() else _UNSPACED.sub(" ", padded)
    for needle, terms in written.items():
        lead = int(needle.startswith(" "))
        size = len(needle) - 2 * lead
        places = _places(padded, needle)
        if lead and parted is not padded:
            places = sorted({*places, *_places(parted, needle)})
        times: dict[int, int] = {}
        for place in places:
            start = place - 1 + lead
            end = start + size
            whole = (
                terms if lead else [term for term in terms if _has_edges(spaced, term, start, end)]
            )
            if whole:
                _note(text.span("spaced", start, end), whole, times, found)


def _places(haystack: str, needle: str) -> list[int]:
    """Return every place of the needle, overlapping ones too."""
    places = []
    at = haystack.find(needle)
    while at >= 0:
        places.append(at)
        at = haystack.find(needle, at + 1)
    return places


def _has_edges(spaced: str, term: _Term, start: int, end: int) -> bool:
    left, right = term.edges
    return (not left or _is_edge(spaced, start)) and (not right or _is_edge(spaced, end))


def _is_edge(spaced: str, at: int) -> bool:
    """Tell whether a word may begin or end before `spaced[at]`."""
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


def _unexcused(text: Folded, found: list[_Found], excuses: list[tuple[int, str]]) -> list[_Found]:
    """Drop every occurrence that lies wholly inside a text that excuses it."""
    ids = {hit.term.id for hit in found} | {_ANY_TERM}
    spaced = text.spaced
    spans: dict[int, list[Span]] = defaultdict(list)
    for term, needle in excuses:
        if term in ids:
            size = len(needle)
            spans[term] += (text.span("spaced", at, at + size) for at in _places(spaced, needle))
    reaches = {term: _running_ends(places) for term, places in spans.items()}
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
