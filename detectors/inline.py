"""The detectors that run inside the gateway, on every message, in one call of microseconds."""

from __future__ import annotations

from detectors.text.contacts import Contacts
from detectors.text.impersonation import Impersonation
from detectors.text.lexicon import Lexicon
from detectors.text.links import Links
from detectors.text.patterns import Patterns
from detectors.text.repetition import Repetition
from seawall.events import User
from seawall.fold import Folded
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS, Signals

__all__ = ["InlineDetectors"]


class InlineDetectors:
    """The text detectors of one policy and tenant, built once when the policy goes live.

    Raises PolicyError for tables that cannot be compiled.
    """

    def __init__(self, policy: Policy) -> None:
        tables, tenant = policy.tables, policy.tenant
        self._lexicon = Lexicon(tables.lexicon, tables.allow).detect
        self._links = Links(tables, tenant).detect
        self._contacts = Contacts(tables.contacts, tenant).detect
        self._patterns = Patterns(tables.patterns).detect
        self._repetition = Repetition(tenant.emotes).detect
        self._impersonation = Impersonation(tables, tenant).detect

    def detect(self, folded: Folded, user: User) -> Signals:
        """Return what all of them say, in the order of the catalog; NO_SIGNALS for nothing."""
        lexicon = self._lexicon(folded, user)
        links = self._links(folded, user)
        contacts = self._contacts(folded, user)
        patterns = self._patterns(folded, user)
        repetition = self._repetition(folded, user)
        impersonation = self._impersonation(folded, user)
        if lexicon or links or contacts or patterns or repetition or impersonation:
            return Signals((*lexicon, *links, *contacts, *patterns, *repetition, *impersonation))
        return NO_SIGNALS
