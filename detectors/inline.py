"""The detectors that run inside the gateway, on every message, in one call of microseconds.

Most messages hold nothing that any of them looks for. So one automaton looks in the spaced form for
the words that lexicon, patterns, links and contacts need, a small one in the packed form for those
in disguise, and a detector is asked only where its words or signs are there; each says itself what
those are. What is found is the same as if all were asked, but for patterns that count only beside
something else (`detectors.late`): they are looked for when that is there, or joined to it. A
message in disguise is looked at once more as it is meant (`detectors.repair`); what that says comes
last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy

from msgspec.structs import replace

from detectors.gate import Cue, Gate
from detectors.hints import RUNS, is_apart, is_plain
from detectors.late import Late, waits_of
from detectors.lately import Lately
from detectors.repair import Reading, Repairer
from detectors.required import forget
from detectors.spotter import Hit, few_of, finder
from detectors.text.contacts import Contacts
from detectors.text.impersonation import Impersonation
from detectors.text.lexicon import Lexicon
from detectors.text.links import Links
from detectors.text.patterns import Patterns
from detectors.text.repetition import Repetition
from detectors.tricks import Tricks
from detectors.vocabulary import words_of
from seawall.events import User
from seawall.fold import Folded, fold
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS, Signal, Signals

__all__ = ["Examined", "InlineDetectors"]

Examined = tuple[Folded, Signals]
"""A text made comparable, and what is found in it."""

_NONE: list[Signal] = []
_NO_PATTERNS: dict[int, Signal] = {}
_NO_SCORES: dict[str, float] = {}
_NO_READINGS: tuple[Reading, ...] = ()
_LONG = 1_000
"""Characters up to which contacts are only looked for where there is a sign of one."""
_ROOM_TEXTS = 64
"""Remembered by a room's own: there may be a thousand rooms."""
_Looked = tuple[list[Signal], dict[int, Signal]]
"""What lexicon, links and contacts say of a text, and patterns by their number."""
_SILENT: _Looked = (_NONE, _NO_PATTERNS)


class InlineDetectors:
    """The text detectors of one policy and tenant, built once when the policy goes live.

    Raises PolicyError for tables that cannot be compiled.
    """

    def __init__(self, policy: Policy) -> None:
        tables, tenant = policy.tables, policy.tenant
        lexicon = Lexicon(tables.lexicon, tables.allow)
        self._lexicon = lexicon.judge
        links = Links(tables, tenant)
        self._links, self._may_link = links.detect, links.may_detect
        contacts = Contacts(tables.contacts, tenant)
        self._contacts, self._may_contact = contacts.detect, contacts.may_detect
        self._may_say_number = contacts.may_say_number
        waits = waits_of(policy)
        patterns = Patterns(tables.patterns, {name for wait in waits for name in wait.waits})
        self._late = Late(patterns, waits) if waits else None
        self._patterns, self._open_patterns = patterns.judge, patterns.has_open
        self._repetition = Repetition(tenant.emotes).detect
        self._impersonation = Impersonation(tables, tenant).detect
        tricks = Tricks(tables.tricks, tables.backwards)
        cues = (*links.cues, *contacts.cues, contacts.number_cue, Cue(tricks.cues))
        self._pick = Gate(patterns.regexes, cues, lexicon.words, patterns.late, patterns.told).pick
        self._find = finder((*lexicon.letters, *contacts.letters, *RUNS))
        self._lexicon_letters = len(lexicon.letters)
        self._first_run = len(lexicon.letters) + len(contacts.letters)
        first = len(patterns.regexes)
        last = first + len(links.cues)
        self._link_cues = frozenset(range(first, last))
        self._contact_cues = frozenset(range(last, last + len(contacts.cues)))
        self._number_cue = last + len(contacts.cues)
        self._trick_cue = self._number_cue + 1
        self._readings = _repairer(policy, tricks).readings
        self._lately: Lately[Examined] = Lately()
        self._is_cued = tricks.is_cued
        forget()

    def with_emotes(self, emotes: Iterable[str]) -> InlineDetectors:
        """Return the same for a room with these emotes; all but what they change is shared."""
        other = copy(self)
        other._repetition = Repetition(emotes).detect
        other._lately = Lately(_ROOM_TEXTS)
        return other

    def examine(self, text: str, user: User) -> Examined:
        """Fold a text and detect; nobody may change what is returned."""
        return self.examine_all(((text, user),))[0]

    def examine_all(self, asked: Sequence[tuple[str, User]]) -> list[Examined]:
        """Do the same for many texts; what was said lately is not worked out again.

        A stage at a time: each finds its tables where the text before has left them, in the
        processor's caches. What a name says is asked anew each time. Raises what a detector does.
        """
        find, impersonation = self._lately.find, self._impersonation
        examined = [find(text) for text, _ in asked]
        new = [
            (at, fold(text), user)
            for at, ((text, user), known) in enumerate(zip(asked, examined, strict=True))
            if known is None or impersonation(known[0], user)
        ]
        pick, spot, keep = self._pick, self._find, self._lately.keep
        picks = [pick(folded.padded) for _, folded, _ in new]
        hits = [spot(folded.packed) for _, folded, _ in new]
        for (at, folded, user), picked, found in zip(new, picks, hits, strict=True):
            signals = self._detect(folded, user, picked, found)
            known = examined[at] = folded, signals
            if not signals.scores or not impersonation(folded, user):
                keep(folded.raw, known)
        return examined  # type: ignore[return-value]  # none is None now

    def detect(self, folded: Folded, user: User) -> Signals:
        """Return what all say, in the order of the catalog, then what readings say besides."""
        return self._detect(folded, user, self._pick(folded.padded), self._find(folded.packed))

    def _detect(self, folded: Folded, user: User, picked: Set[int], hits: list[Hit]) -> Signals:
        plain = is_plain(folded)
        level = folded.raw.isascii() and not (hits and self._is_stretched(hits))
        if plain and level and not picked and not hits and self._is_silent(folded):
            looked, readings = _SILENT, _NO_READINGS
        else:
            looked = self._look(folded, user, picked, hits, plain=plain)
            cued = not self._is_cued or self._trick_cue in picked
            readings = self._readings(folded, plain=plain, cued=cued, level=level)
        repetition = self._repetition(folded, user, level=level)
        impersonation = self._impersonation(folded, user)
        others, patterns = looked
        late = self._late
        if not (readings or others or patterns or repetition or impersonation):
            return NO_SIGNALS if late is None else _Unfinished(_NONE, self, folded, user)
        shape = [*repetition, *impersonation]
        seen = [looked, *(self._look_at(reading.folded, user) for reading in readings)]
        if late is None:
            return _signals(_in_order(seen, shape, readings))
        texts = (folded, *(reading.folded for reading in readings))
        seen = _with(seen, late.find(texts, _scores(seen, shape)))
        return _Unfinished(_in_order(seen, shape, readings), self, folded, user)

    def _is_silent(self, folded: Folded) -> bool:
        """Tell whether nobody need look at a plain ASCII text in which no automaton saw anything.

        What such a text can still be is long, or letters apart; its shape is another matter.
        """
        return len(folded.raw) <= _LONG and not self._open_patterns and not is_apart(folded)

    def _is_stretched(self, hits: list[Hit]) -> bool:
        return any(hit[2] >= self._first_run for hit in hits)

    def detect_whole(self, folded: Folded, user: User) -> list[Signal]:
        """Do the same, and look for every pattern, whatever else is there."""
        readings = self._readings(folded)
        texts = (folded, *(reading.folded for reading in readings))
        seen = [self._look_at(text, user) for text in texts]
        if self._late is not None:
            seen = _with(seen, self._late.find_all(texts))
        shape = [*self._repetition(folded, user), *self._impersonation(folded, user)]
        return _in_order(seen, shape, readings)

    def is_stirred(self, more: Iterable[Signal], scores: Mapping[str, float]) -> bool:
        """Tell whether what came to these scores makes patterns count that were left out."""
        return self._late is not None and self._late.stirs(more, scores)

    def _look_at(self, folded: Folded, user: User) -> _Looked:
        picked, hits = self._pick(folded.padded), self._find(folded.packed)
        return self._look(folded, user, picked, hits, plain=is_plain(folded))

    def _look(
        self, folded: Folded, user: User, picked: Set[int], hits: list[Hit], *, plain: bool
    ) -> _Looked:
        """Ask all but those that only look at a message as it was sent."""
        lexicon = links = contacts = _NONE
        if picked or hits:
            hits = few_of(hits)
            lexicon = self._judge_terms(folded, picked, hits)
        if self._has_link(folded, picked, plain=plain):
            links = self._links(folded, user)
        if (
            self._may_contact(folded, self._disguises(hits) if hits else hits, plain=plain)
            or (picked and not self._contact_cues.isdisjoint(picked))
            or (self._number_cue in picked and self._may_say_number(folded))
        ):
            contacts = self._contacts(folded, user)
        others = [*lexicon, *links, *contacts] if lexicon or links or contacts else _NONE
        if picked or self._open_patterns:
            return others, self._patterns(folded, picked)
        return others, _NO_PATTERNS

    def _has_link(self, folded: Folded, picked: Set[int], *, plain: bool) -> bool:
        """Tell whether there can be a link."""
        if picked and not self._link_cues.isdisjoint(picked):
            return True
        return not plain and self._may_link(folded)

    def _judge_terms(self, folded: Folded, picked: Set[int], hits: list[Hit]) -> list[Signal]:
        """Ask the lexicon about those of its words and letters that stand in the text."""
        first = self._trick_cue + 1
        words = [number - first for number in picked if number >= first]
        own = [hit for hit in hits if hit[2] < self._lexicon_letters]
        return self._lexicon(folded, words, own) if words or own else _NONE

    def _disguises(self, hits: list[Hit]) -> list[Hit]:
        """Return those of the letters found that are contacts' own."""
        first, last = self._lexicon_letters, self._first_run
        return [
            (start, end, number - first) for start, end, number in hits if first <= number < last
        ]

    def detect_lean(self, folded: Folded, user: User) -> Signals:
        """Return what must be found whatever the load: lexicon, links and protected names."""
        picked = self._pick(folded.padded)
        hits = few_of(self._find(folded.packed))
        lexicon = self._judge_terms(folded, picked, hits) if picked or hits else _NONE
        links = _NONE
        if self._has_link(folded, picked, plain=False):
            links = self._links(folded, user)
        impersonation = self._impersonation(folded, user)
        if lexicon or links or impersonation:
            return Signals((*lexicon, *links, *impersonation))
        return NO_SIGNALS


class _Unfinished(Signals):
    """Signals that leave patterns out of which nothing could come with these signals alone.

    `more` are those among them that came from elsewhere.
    """

    __slots__ = ("_detectors", "_folded", "_more", "_user")

    def __init__(
        self,
        items: Iterable[Signal],
        detectors: InlineDetectors,
        folded: Folded,
        user: User,
        more: tuple[Signal, ...] = (),
    ) -> None:
        if items:
            super().__init__(items)
        else:
            self.items, self.scores = (), _NO_SCORES
        self._detectors, self._folded, self._user, self._more = detectors, folded, user, more

    def joined(self, more: Iterable[Signal]) -> Signals:
        """Return these and what is found besides, with the patterns that count beside it."""
        more = tuple(more)
        others = (*self._more, *more)
        detectors, folded, user = self._detectors, self._folded, self._user
        joined = _Unfinished((*self.items, *more), detectors, folded, user, others)
        if not detectors.is_stirred(more, joined.scores):
            return joined
        return Signals((*detectors.detect_whole(folded, user), *others))


def _scores(seen: list[_Looked], shape: list[Signal]) -> dict[str, float]:
    found: dict[str, float] = {}
    for signal in shape:
        found[signal.name] = max(signal.score, found.get(signal.name, 0.0))
    for others, patterns in seen:
        for some in (others, patterns.values()):
            for signal in some:
                found[signal.name] = max(signal.score, found.get(signal.name, 0.0))
    return found


def _with(seen: list[_Looked], late: list[dict[int, Signal]]) -> list[_Looked]:
    if not late:
        return seen
    return [(others, patterns | more) for (others, patterns), more in zip(seen, late, strict=True)]


def _in_order(
    seen: list[_Looked], shape: list[Signal], readings: Sequence[Reading]
) -> list[Signal]:
    """Return what was found in the message, then what readings of it say besides."""
    others, patterns = seen[0]
    found = [*others, *(patterns[number] for number in sorted(patterns)), *shape]
    for reading, (others, patterns) in zip(readings, seen[1:], strict=True):
        known = {(each.name, each.value) for each in found}
        found += [
            each if each.span is None else replace(each, span=reading.span(*each.span))
            for each in (*others, *(patterns[number] for number in sorted(patterns)))
            if (each.name, each.value) not in known
        ]
    return found


def _signals(found: list[Signal]) -> Signals:
    return Signals(found) if found else NO_SIGNALS


def _repairer(policy: Policy, tricks: Tricks) -> Repairer:
    """Make known what the policy looks for, so that it is seen in disguise as well."""
    tables, tenant = policy.tables, policy.tenant
    texts = [
        *(entry.term for entry in tables.lexicon),
        *(word for words in tables.contacts.values() for word in words),
        *tables.brands,
        *tables.protected_names,
        *tables.tricks.values(),
        *tenant.brands,
        *tenant.hosts,
        *tenant.staff,
    ]
    words, stems = words_of((pattern.regex for pattern in tables.patterns), texts)
    return Repairer(words, stems, tricks)
