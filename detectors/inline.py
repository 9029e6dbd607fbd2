"""The detectors that run inside the gateway, on every message, in one call of microseconds.

Most messages hold nothing that any of them looks for. So one automaton looks for the words that
patterns, links and contacts need, and a detector is asked only where its words or signs are there;
each says itself what those are. What is found is the same as if all were asked.
"""

from __future__ import annotations

from detectors.gate import Gate
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
        self._lexicon = Lexicon(tables.lexicon, tables.allow).detect
        links = Links(tables, tenant)
        self._links, self._may_link = links.detect, links.may_detect
        contacts = Contacts(tables.contacts, tenant)
        self._contacts, self._may_contact = contacts.detect, contacts.may_detect
        self._may_say_number = contacts.may_say_number
        patterns = Patterns(tables.patterns)
        self._patterns = patterns.judge
        self._repetition = Repetition(tenant.emotes).detect
        self._impersonation = Impersonation(tables, tenant).detect
        cues = (*links.cues, *contacts.cues, contacts.number_cue)
        self._pick = Gate(patterns.regexes, cues).pick
        first = len(patterns.regexes)
        last = first + len(links.cues)
        self._link_cues = frozenset(range(first, last))
        self._contact_cues = frozenset(range(last, last + len(contacts.cues)))
        self._number_cue = last + len(contacts.cues)

    def detect(self, folded: Folded, user: User) -> Signals:
        """Return what all of them say, in the order of the catalog; NO_SIGNALS for nothing."""
        picked = self._pick(folded.padded)
        lexicon = self._lexicon(folded, user)
        links = contacts = _NONE
        if self._may_link(folded) or (picked and not self._link_cues.isdisjoint(picked)):
            links = self._links(folded, user)
        if (
            self._may_contact(folded)
            or (picked and not self._contact_cues.isdisjoint(picked))
            or (self._number_cue in picked and self._may_say_number(folded))
        ):
            contacts = self._contacts(folded, user)
        patterns = self._patterns(folded, picked)
        repetition = self._repetition(folded, user)
        impersonation = self._impersonation(folded, user)
        if lexicon or links or contacts or patterns or repetition or impersonation:
            return Signals((*lexicon, *links, *contacts, *patterns, *repetition, *impersonation))
        return NO_SIGNALS
