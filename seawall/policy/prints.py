"""What each rule and window says and stands on, as a hash: whether its content has changed.

A rule stands on the patterns, terms and lists its condition reads: a new word in a lexicon makes
every rule fresh that the word can wake. Where a rule is written, whom it pages and its notice do
not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

from seawall.policy.model import Policy, Rule, Tables, Window

__all__ = ["prints_of"]

_SAID = ("where", "owner", "changed", "notice", "case", "test")
_OF_STREAMS = ("over", "flag", "flagged", "cooldown_s", "veto", "at_once", "timed")
"""Said only where there is something to say: a rule of messages is what it always was."""
_LISTS = {
    "link.listed": ("hosts_listed", "hosts_allowed"),
    "link.lookalike": ("brands", "hosts_allowed"),
    "link.shortener": ("shorteners",),
    "link.free_hosting": ("free_hosting",),
    "link.official": ("brands", "hosts_allowed"),
    "impersonation.brand": ("protected_names",),
}
"""Signals that stand on lists, and which; `contact.*` stand on the contacts' words."""


def prints_of(policy: Policy, rooms: Mapping[str, Policy]) -> dict[str, str]:
    """Return the hash of each rule and window by name, its readings in `rooms` included."""
    grounds = _Grounds(policy.tables)
    found: dict[str, list[str]] = {}
    for name, said in _entries(policy, grounds):
        found.setdefault(name, []).append(said)
    shared = {id(each) for each in _each(policy)}
    for other in rooms.values():
        for entry in _each(other):
            if id(entry) not in shared:
                found[entry.name].append(_print(entry, grounds))
    return {name: _hash("".join(sorted(set(said)))) for name, said in found.items()}


def _entries(policy: Policy, grounds: _Grounds) -> Iterator[tuple[str, str]]:
    for entry in _each(policy):
        yield entry.name, _print(entry, grounds)


def _each(policy: Policy) -> Iterator[Rule | Window]:
    yield from policy.rules
    yield from {id(window): window for each in policy.windows.values() for window in each}.values()


def _print(entry: Rule | Window, grounds: _Grounds) -> str:
    said = {
        name: _plain(getattr(entry, name))
        for name in entry.__struct_fields__
        if name not in _SAID and not callable(getattr(entry, name))
        if name not in _OF_STREAMS or getattr(entry, name)
    }
    signals = entry.signals if isinstance(entry, Rule) else grounds.read_by(entry.condition)
    stands = [grounds.of(signal) for signal in sorted(signals)]
    return _hash(msgspec.json.encode((said, stands), order="sorted").decode())


class _Grounds:
    """What signals stand on, hashed once for each."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[str, str] = {}
        self._terms: dict[str, list[object]] = {}
        for term in tables.lexicon:
            said = (term.term, int(term.severity), term.match, term.exceptions, term.lang)
            self._terms.setdefault(f"lexicon.{term.category}", []).append(said)
        self._patterns: dict[str, list[object]] = {}
        for pattern in tables.patterns:
            told = (pattern.regex, pattern.category, int(pattern.severity))
            self._patterns.setdefault(f"pattern.{pattern.name}", []).append(told)

    def of(self, signal: str) -> str:
        """Return the hash of what a signal stands on; of nothing where it is code alone."""
        known = self._known.get(signal)
        if known is None:
            known = self._known[signal] = self._hashed(signal)
        return known

    def read_by(self, condition: str) -> frozenset[str]:
        """Return the declared signals that stand in a window's condition."""
        if not condition:
            return frozenset()
        names = (*self._terms, *self._patterns, *_LISTS)
        return frozenset(name for name in names if name.replace("-", "_") in condition)

    def _hashed(self, signal: str) -> str:
        tables = self._tables
        stands: object = (self._terms.get(signal), self._patterns.get(signal))
        if signal in self._terms:
            stands = (stands, tables.allow)
        elif signal in _LISTS:
            stands = [_plain(getattr(tables, name)) for name in _LISTS[signal]]
        elif signal.startswith("contact."):
            stands = tables.contacts
        return _hash(msgspec.json.encode(stands, order="sorted").decode())


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
