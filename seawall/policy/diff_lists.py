"""Changes of what detectors are given: terms, patterns, lists of hosts, brands, contacts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from seawall.policy.diff_entries import acts
from seawall.policy.diff_words import Change, Way
from seawall.policy.model import LexiconEntry, Pattern, Policy

__all__ = ["SHOWN", "list_changes"]

SHOWN = 8
"""Entries of a list that are named; the rest are counted."""
Said = tuple[object, ...]
_TURNS = re.compile(r"\bnot\b|\belse\b|<|==|!=|-")
"""Where one of these stands in a condition, more of a signal need not make it true."""


def list_changes(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield what the tables have more, less or otherwise."""
    readers = _Readers(new)
    yield from _terms(old, new, readers)
    yield from _patterns(old, new, readers)
    was, now = old.tables, new.tables
    for name, before, after, signal, grows in (
        ("hosts.listed", was.hosts_listed, now.hosts_listed, "link.listed", "stricter"),
        ("hosts.allowed", was.hosts_allowed, now.hosts_allowed, "link.", "milder"),
        ("hosts.shorteners", was.shorteners, now.shorteners, "link.shortener", "stricter"),
        ("hosts.free_hosting", was.free_hosting, now.free_hosting, "link.free_hosting", "stricter"),
        ("names", was.protected_names, now.protected_names, "impersonation.brand", "stricter"),
        ("allow", was.allow, now.allow, "lexicon.", "milder"),
        ("brands", was.brands, now.brands, "link.lookalike", "changed"),
        ("contacts", was.contacts, now.contacts, "contact.", "changed"),
    ):
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _maps(name, before, after, readers, signal)
        else:
            yield from _sets(name, before, after, readers, signal, grows)


class _Readers:
    """Who reads a signal: whether a rule that acts does, and whether more of it is always worse."""

    def __init__(self, policy: Policy) -> None:
        self._conditions: dict[str, list[str]] = {}
        self._windows: list[str] = []
        for each in (policy, *policy.rooms.values()):
            for rule in each.rules:
                if acts(rule):
                    for signal in rule.signals:
                        self._conditions.setdefault(signal, []).append(rule.when)
            windows = (window for some in each.windows.values() for window in some)
            self._windows += [window.condition for window in windows if acts(window)]

    def change(self, kind: str, name: str, text: str, way: Way, signal: str) -> Change:
        """Return a change of what a signal stands on; a name that ends in a dot is all of a kind.

        Where a condition reads it as an excuse or a measure, more of it may take less.
        """
        conditions = self._of(signal)
        if any(_TURNS.search(condition) for condition in conditions):
            way = "changed"
        return Change(kind, name, text, way, bool(conditions) and way != "milder")

    def _of(self, signal: str) -> list[str]:
        written = signal.replace("-", "_")
        found = [condition for condition in self._windows if written in condition]
        for name, conditions in self._conditions.items():
            if name == signal or (signal.endswith(".") and name.startswith(signal)):
                found += conditions
        return found


def _terms(old: Policy, new: Policy, readers: _Readers) -> Iterator[Change]:
    before, after = _by_place(old), _by_place(new)
    groups: dict[tuple[str, str, Way], list[str]] = {}
    for key in sorted({*before, *after}):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        lang, term, category = key
        place = f"{lang or 'any'} {category}"
        if was is None:
            groups.setdefault((place, "new", "stricter"), []).append(term)
        elif now is None:
            groups.setdefault((place, "gone", "milder"), []).append(term)
        else:
            groups.setdefault((place, "otherwise", "changed"), []).append(term)
    for (place, what, way), terms in groups.items():
        signal = f"lexicon.{place.partition(' ')[2]}"
        yield readers.change("terms", place, f"{_many(terms, 'term')} {what}", way, signal)


def _by_place(policy: Policy) -> dict[tuple[str, str, str], Said]:
    found: dict[tuple[str, str, str], Said] = {}
    for term in policy.tables.lexicon:
        found[term.lang, term.term, term.category] = _said(term)
    return found


def _said(term: LexiconEntry) -> Said:
    return int(term.severity), term.match, frozenset(term.exceptions)


def _patterns(old: Policy, new: Policy, readers: _Readers) -> Iterator[Change]:
    before, after = _by_name(old.tables.patterns), _by_name(new.tables.patterns)
    for name in sorted({*before, *after}):
        was, now = before.get(name, frozenset()), after.get(name, frozenset())
        if was == now:
            continue
        text, way = _of_pattern(was, now)
        yield readers.change("pattern", name, text, way, f"pattern.{name}")


def _of_pattern(was: frozenset[Said], now: frozenset[Said]) -> tuple[str, Way]:
    if not was:
        return "new", "stricter"
    if not now:
        return "gone", "milder"
    if now > was:
        return f"{len(now - was)} more", "stricter"
    if now < was:
        return f"{len(was - now)} fewer", "milder"
    return "written otherwise", "changed"


def _by_name(patterns: tuple[Pattern, ...]) -> dict[str, frozenset[Said]]:
    found: dict[str, frozenset[Said]] = {}
    for each in patterns:
        said = (each.regex, each.category, int(each.severity))
        found[each.name] = found.get(each.name, frozenset()) | {said}
    return found


def _sets(
    name: str,
    old: Collection[str],
    new: Collection[str],
    readers: _Readers,
    signal: str,
    grows: str,
) -> Iterator[Change]:
    before, after = set(old), set(new)
    ways: tuple[Way, Way] = ("stricter", "milder")
    more, fewer = ways if grows == "stricter" else ways[::-1]
    for items, what, way in ((after - before, "new", more), (before - after, "gone", fewer)):
        if items:
            text = f"{_many(sorted(items), 'entry')} {what}"
            yield readers.change("list", name, text, way, signal)


def _maps(
    name: str,
    old: Mapping[str, object],
    new: Mapping[str, object],
    readers: _Readers,
    signal: str,
) -> Iterator[Change]:
    for what, keys in (
        ("new", sorted(new.keys() - old.keys())),
        ("gone", sorted(old.keys() - new.keys())),
        ("otherwise", sorted(key for key in old.keys() & new.keys() if old[key] != new[key])),
    ):
        if keys:
            text = f"{_many(keys, 'entry')} {what}"
            yield readers.change("list", name, text, "changed", signal)


def _many(items: list[str], what: str) -> str:
    plural = {"entry": "entries"}.get(what, f"{what}s")
    shown = ", ".join(repr(item) for item in items[:SHOWN])
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{len(items)} {what if len(items) == 1 else plural} ({shown}{more})"
