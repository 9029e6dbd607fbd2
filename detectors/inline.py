"""The detectors that run inside the gateway, on every message, in one call of microseconds.

Most messages hold nothing that any of them looks for. So one automaton looks in the spaced form for
the words that lexicon, patterns, links and contacts need, a small one in the packed form for those
in disguise, and a detector is asked only where its words or signs are there; each says itself what
those are. What is found is the same as if all were asked.
"""

from __future__ import annotations

from collections.abc import Set

from detectors.gate import Gate
from detectors.spotter import Hit, finder
from detectors.text.contacts import Contacts
from detectors.text.impersonation import Impersonation
from detectors.text.lexicon import Lexicon
from detectors.text.links import Links
from detectors.text.patterns import Patterns
from detectors.text.repetition import Repetition
from seawall.events import User
from seawall.fold import Folded
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS, Signal, Signals

__all__ = ["InlineDetectors"]

_NONE: list[Signal] = []


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
        patterns = Patterns(tables.patterns)
        self._patterns, self._open_patterns = patterns.judge, patterns.has_open
        self._repetition = Repetition(tenant.emotes).detect
        self._impersonation = Impersonation(tables, tenant).detect
        cues = (*links.cues, *contacts.cues, contacts.number_cue)
        self._pick = Gate(patterns.regexes, cues, lexicon.words).pick
        self._find = finder((*lexicon.letters, *contacts.letters))
        self._lexicon_letters = len(lexicon.letters)
        first = len(patterns.regexes)
        last = first + len(links.cues)
        self._link_cues = frozenset(range(first, last))
        self._contact_cues = frozenset(range(last, last + len(contacts.cues)))
        self._number_cue = last + len(contacts.cues)

    def detect(self, folded: Folded, user: User) -> Signals:
        """Return what all of them say, in the order of the catalog; NO_SIGNALS for nothing."""
        picked = self._pick(folded.padded)
        hits = self._find(folded.packed)
        lexicon = self._judge_terms(folded, picked, hits) if picked or hits else _NONE
        links = contacts = _NONE
        if self._may_link(folded) or (picked and not self._link_cues.isdisjoint(picked)):
            links = self._links(folded, user)
        if (
            self._may_contact(folded, self._disguises(hits) if hits else hits)
            or (picked and not self._contact_cues.isdisjoint(picked))
            or (self._number_cue in picked and self._may_say_number(folded))
        ):
            contacts = self._contacts(folded, user)
        patterns = self._patterns(folded, picked) if picked or self._open_patterns else _NONE
        repetition = self._repetition(folded, user)
        impersonation = self._impersonation(folded, user)
        if lexicon or links or contacts or patterns or repetition or impersonation:
            return Signals((*lexicon, *links, *contacts, *patterns, *repetition, *impersonation))
        return NO_SIGNALS

    def _judge_terms(self, folded: Folded, picked: Set[int], hits: list[Hit]) -> list[Signal]:
        """Ask the lexicon about those of its words and letters that stand in the text."""
        first = self._number_cue + 1
        words = [number - first for number in picked if number >= first]
        own = [hit for hit in hits if hit[2] < self._lexicon_letters]
        return self._lexicon(folded, words, own) if words or own else _NONE

    def _disguises(self, hits: list[Hit]) -> list[Hit]:
        """Return those of the letters found that are contacts' own."""
        first = self._lexicon_letters
        return [(start, end, number - first) for start, end, number in hits if number >= first]

    def detect_lean(self, folded: Folded, user: User) -> Signals:
        """Return what must be found whatever the load: lexicon, links and protected names."""
        picked = self._pick(folded.padded)
        hits = self._find(folded.packed)
        lexicon = self._judge_terms(folded, picked, hits) if picked or hits else _NONE
        links = _NONE
        if self._may_link(folded) or (picked and not self._link_cues.isdisjoint(picked)):
            links = self._links(folded, user)
        impersonation = self._impersonation(folded, user)
        if lexicon or links or impersonation:
            return Signals((*lexicon, *links, *impersonation))
        return NO_SIGNALS
