"""Terms of a lexicon in a message: as words, inside words, or spelled in disguise.

1. A word or substring term is looked for as it is written, in the spaced form; a word only between
   spaces. In scripts without spaces (Han, Kana, Thai …) it may stand anywhere, and a Latin word may
   touch their characters.
2. A squashed term is looked for in `packed`, the letters of the message without separators. It must
   begin and end where words do ("s e e d phrase" yes, "thi[s hit]" no). Three equal letters in a
   row send the message through one more automaton, over `squashed`.
3. Every overlapping occurrence counts, because a longer term must not hide one of another category.
4. An exception or an allowed text wins only where it covers the whole occurrence.
5. Of occurrences of one category inside each other the longest is reported, unless a shorter one is
   more severe.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import Final

import msgspec

from detectors.gate import Gate
from detectors.spotter import Find, Hit, few_of, finder
from detectors.terms import UNSPACED_CHAR, Letters, Term, make_term, read_term
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.policy.model import LexiconEntry
from seawall.signals import Signal, Span
from seawall.taxonomy import SEVERITY_SCORES, Severity

__all__ = ["Lexicon"]

_MAX_TOLD: Final = 64  # occurrences of one term in one message: enough to mask, too few to flood us
_MAX_WEIGHED: Final = 512  # of one term; beyond them nobody asks whether something excuses it
_MAX_TERMS: Final = 300_000  # 10 s and 400 MB to build; a million would take all of a machine
_MIN_LETTERS: Final = 3
_ANY_TERM: Final = -1
_CLEAN: list[Signal] = []

_STRETCHED: Final = "abcdefghijklmnopqrstuvwxyz2689абвгдежзийклмнопрстуфхцчшщъыьэюя"


class _Found(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a term, in code points of the raw text."""

    start: int
    end: int
    term: Term


class _Finds:
    """The occurrences found so far."""

    def __init__(self) -> None:
        self.items: list[_Found] = []
        self._times: dict[int, int] = {}

    def add(self, span: Span, terms: list[Term]) -> None:
        """Add one occurrence of each term."""
        for term in terms:
            self._times[term.id] = self._times.get(term.id, 0) + 1
            self.items.append(_Found(*span, term))

    def is_enough(self, terms: list[Term]) -> bool:
        """Tell whether no further occurrence of these terms needs to be weighed."""
        if len(self.items) <= _MAX_WEIGHED:
            return False
        return all(self._times.get(term.id, 0) > _MAX_WEIGHED for term in terms)

    def drop_excused(self, text: Folded, excuses: list[tuple[int, str]]) -> None:
        """Drop every occurrence that lies wholly inside a text that excuses it."""
        wanted = {term for term, times in self._times.items() if times <= _MAX_WEIGHED}
        spaced = text.spaced
        spans: dict[int, list[Span]] = defaultdict(list)
        for term, needle in excuses:
            if wanted and (term == _ANY_TERM or term in wanted):
                places = islice(_places(spaced, needle), _MAX_WEIGHED)
                size = len(needle)
                spans[term] += [text.span("spaced", at, at + size) for at in places]
        reaches = {term: _running_ends(places) for term, places in spans.items()}
        self.items = [
            hit
            for hit in self.items
            if hit.term.id not in wanted
            or not any(_covers(reaches.get(term), hit) for term in (_ANY_TERM, hit.term.id))
        ]


class Lexicon:
    """Signals `lexicon.<category>` with the severity as score; `value` is the term as written.

    `words` are what must stand in `padded` (see `Gate`) and `letters` what must stand in `packed`
    for a term to be there. Raises PolicyError, one problem for each entry that can never match or
    would match too much.
    """

    name = "lexicon"

    def __init__(self, entries: Sequence[LexiconEntry] = (), allow: Sequence[str] = ()) -> None:
        self._written: dict[str, list[Term]] = {}
        self._excuses: dict[str, list[int]] = {}
        self._letters = Letters()
        self._squashed = Letters()
        problems: list[str] = []
        if len(entries) > _MAX_TERMS:
            raise PolicyError((_too_many(entries),))
        for at, entry in enumerate(entries):
            problems += self._add(at, entry)
        for text in allow:
            if not self._excuse(_ANY_TERM, text):
                problems.append(f"allow: {text!r} has no letter or digit to allow")
        if problems:
            raise PolicyError(tuple(problems))
        if any(entry.match == "squashed" for entry in entries):
            for letter in _STRETCHED:
                self._letters.at((letter * 3).encode()).is_stretch = True
        self._letters.settle()
        self._squashed.settle()
        self.words = tuple(self._written)
        self.letters = self._letters.strings
        self._excusing = tuple(self._excuses)
        self._find_excuses = finder([text.encode() for text in self._excusing])
        self._find_shortened = finder(self._squashed.strings)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return a signal for each occurrence, in order of place."""
        words = self._gate.pick(text.padded)
        hits = self._find(text.packed)
        return self.judge(text, words, hits) if words or hits else _CLEAN

    def judge(self, text: Folded, words: Iterable[int], hits: list[Hit]) -> list[Signal]:
        """Do the same where some of `words` were picked, and `hits` are those of `letters`."""
        finds = _Finds()
        written = {
            self.words[number]: self._written[self.words[number]] for number in sorted(words)
        }
        if written:
            _find_written(text, written, finds)
        if hits:
            self._find_squashed(text, few_of(hits), finds)
        if not finds.items:
            return _CLEAN
        if self._excuses:
            finds.drop_excused(text, self._excuses_in(text))
        return [_signal(hit) for hit in _outermost(finds.items)] if finds.items else _CLEAN

    @cached_property
    def _gate(self) -> Gate:
        return Gate((), (), self.words)

    @cached_property
    def _find(self) -> Find:
        return finder(self.letters)

    def _add(self, at: int, entry: LexiconEntry) -> list[str]:
        """Put one entry where it is looked for; return what is wrong with it."""
        where = entry.where or f"term {at + 1}"
        readings = read_term(entry.term)
        if not readings[0].packed:
            return [f"{where}: {entry.term!r} has no letter or digit, so it can never match"]
        disguised = entry.match == "squashed"
        squashed = readings[0].squashed
        if disguised and len(squashed) < _MIN_LETTERS and not UNSPACED_CHAR.search(squashed):
            hint = "did you mean match: word?"
            return [f"{where}: {entry.term!r} is too short to be squashed; {hint}"]
        for folded in readings:
            term = make_term(at, entry, folded)
            if disguised:
                self._letters.at(folded.packed).squashed.append(term)
                self._squashed.at(folded.short).squashed.append(term)
            else:
                self._written.setdefault(term.written, []).append(term)
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
            self._excuses.setdefault(folded.spaced, []).append(term)
        return bool(folded.packed)

    def _excuses_in(self, text: Folded) -> list[tuple[int, str]]:
        """Return the excuses that stand in a text, each with the term that it excuses."""
        found = sorted({number for _, _, number in self._find_excuses(text.padded)})
        standing = [self._excusing[number] for number in found]
        return [(term, excuse) for excuse in standing for term in self._excuses[excuse]]

    def _find_squashed(self, text: Folded, hits: list[Hit], finds: _Finds) -> None:
        """Find squashed terms that begin and end where words do, also with letters repeated."""
        stretched = False
        for start, end, pattern in self._letters.locate(text.packed, hits):
            stretched = stretched or pattern.is_stretch
            terms = pattern.squashed
            if terms and not finds.is_enough(terms) and text.is_whole("packed", start, end):
                finds.add(text.span("packed", start, end), terms)
        if not stretched:
            return
        data = text.short
        for start, end, pattern in self._squashed.locate(data, self._find_shortened(data)):
            terms = pattern.squashed
            if not finds.is_enough(terms) and text.is_whole("squashed", start, end):
                runs = text.runs(start, end)
                terms = [term for term in terms if _is_stretch_of(term, runs)]
                finds.add(text.span("squashed", start, end), terms)


def _too_many(entries: Sequence[LexiconEntry]) -> str:
    where = entries[_MAX_TERMS].where or f"term {_MAX_TERMS + 1}"
    return f"{where}: {len(entries):,} terms together, at most {_MAX_TERMS:,}"


def _find_written(text: Folded, written: dict[str, list[Term]], finds: _Finds) -> None:
    """Find terms as they are written: a word between spaces, or beside a script without them."""
    spaced = text.spaced
    padded = f" {spaced} "
    parted = padded if spaced.isascii() else UNSPACED_CHAR.sub(" ", padded)
    for needle, terms in written.items():
        lead = int(needle.startswith(" "))
        size = len(needle) - 2 * lead
        places: Iterable[int] = _places(padded, needle)
        if lead and parted is not padded:
            places = sorted({*places, *_places(parted, needle)})
        for place in places:
            start = place - 1 + lead
            end = start + size
            if lead:
                finds.add(text.span("spaced", start, end), terms)
            elif whole := [term for term in terms if _has_edges(spaced, term, start, end)]:
                finds.add(text.span("spaced", start, end), whole)
            if finds.is_enough(terms):
                break


def _places(haystack: str, needle: str) -> Iterator[int]:
    """Yield every place of the needle, overlapping ones too."""
    at = haystack.find(needle)
    while at >= 0:
        yield at
        at = haystack.find(needle, at + 1)


def _has_edges(spaced: str, term: Term, start: int, end: int) -> bool:
    left, right = term.edges
    return (not left or _is_edge(spaced, start)) and (not right or _is_edge(spaced, end))


def _is_edge(spaced: str, at: int) -> bool:
    """Tell whether a word may begin or end before `spaced[at]`."""
    around = spaced[max(at - 1, 0) : at + 1]
    return at <= 0 or at >= len(spaced) or " " in around or UNSPACED_CHAR.search(around) is not None


def _is_stretch_of(term: Term, runs: list[int]) -> bool:
    """Tell whether letters were only added, and three or more: "gooood" is "god", "good" is not."""
    return not term.runs or all(
        run == letters or run > max(letters, 2)
        for run, letters in zip(runs, term.runs, strict=True)
    )


def _running_ends(spans: list[Span]) -> tuple[list[int], list[int]]:
    """Sort spans; return their starts, and how far any span up to each of them reaches."""
    spans.sort()
    return [start for start, _ in spans], list(accumulate((end for _, end in spans), max))


def _covers(reach: tuple[list[int], list[int]] | None, hit: _Found) -> bool:
    if reach is None:
        return False
    starts, ends = reach
    before = bisect_right(starts, hit.start)
    return before > 0 and ends[before - 1] >= hit.end


def _outermost(found: list[_Found]) -> list[_Found]:
    """Drop what lies inside a find of the same category at least as severe; cap the rest."""
    if len(found) == 1:
        return found
    found.sort(key=lambda hit: (hit.start, -hit.end, -hit.term.entry.severity))
    reach: dict[tuple[str, int], int] = {}
    times: dict[int, int] = {}
    kept = []
    for hit in found:
        entry = hit.term.entry
        levels = range(entry.severity, Severity.CRITICAL + 1)
        if any(reach.get((entry.category, level), -1) >= hit.end for level in levels):
            continue
        reach[entry.category, entry.severity] = hit.end
        times[hit.term.id] = times.get(hit.term.id, 0) + 1
        if times[hit.term.id] <= _MAX_TOLD:
            kept.append(hit)
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
