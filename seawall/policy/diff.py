"""What changes from one policy to another, in words, and whether it takes more from people.

Rules:
1. A change is `stricter` when it can only take more from people, `milder` when it can only take
   less, `changed` when that cannot be told from the text (another condition, another pattern).
2. It is `dangerous` when more may be taken without a human: it is stricter or changed, and what it
   concerns acts by more than a flag. New words and patterns are as dangerous as the worst rule that
   reads them; what is only in shadow never is.
3. Layout, comments, order and notes are no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from seawall.policy.diff_entries import entry_changes
from seawall.policy.diff_lists import list_changes
from seawall.policy.diff_streams import media_changes, stream_changes
from seawall.policy.diff_words import Change, Way, told
from seawall.policy.model import Budget, Policy, Rule, Tenant, Window

__all__ = ["Change", "diff", "is_dangerous"]

_WORDS = {"allow": 0, "hold": 1, "block": 2}


def diff(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return every change, by kind and name; a room's only where it is not everybody's."""
    everywhere = tuple(_changes(old, new))
    known = {(each.kind, each.name, each.told) for each in everywhere}
    rooms = [
        Change(each.kind, each.name, each.told, each.way, each.dangerous, room)
        for room in sorted({*old.rooms, *new.rooms})
        for each in _of_room(old.rooms.get(room, old), new.rooms.get(room, new))
        if (each.kind, each.name, each.told) not in known
    ]
    return (*everywhere, *rooms)


def is_dangerous(changes: Iterable[Change]) -> bool:
    """Say whether any change lets the policy take more from people by itself."""
    return any(each.dangerous for each in changes)


def _changes(old: Policy, new: Policy) -> Iterator[Change]:
    yield from _entries_and_budgets(old, new)
    yield from list_changes(old, new)
    yield from _notices(old.notices, new.notices)
    yield from _settings(old, new)


def _entries_and_budgets(old: Policy, new: Policy) -> Iterator[Change]:
    yield from entry_changes("rule", _rules(old), _rules(new))
    yield from entry_changes("window", _windows(old), _windows(new))
    yield from _budgets(old.budgets, new.budgets)
    for name in ("mode", "topic"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change("room", name, told(before or "none", after or "none"), "changed")


def _of_room(old: Policy, new: Policy) -> Iterator[Change]:
    yield from _entries_and_budgets(old, new)
    yield from media_changes(old.media, new.media)
    was, now = (set(each.emotes).difference(each.tenant.emotes) for each in (old, new))
    if was != now:
        yield Change("room", "emotes", told(f"{len(was)} words", f"{len(now)} words"), "changed")


def _rules(policy: Policy) -> dict[str, Rule]:
    return {rule.name: rule for rule in policy.rules}


def _windows(policy: Policy) -> dict[str, Window]:
    return {each.name: each for each in chain.from_iterable(policy.windows.values())}


def _budgets(old: Mapping[str, Budget], new: Mapping[str, Budget]) -> Iterator[Change]:
    for surface in sorted({*old, *new}):
        before, after = old.get(surface), new.get(surface)
        if before is None or after is None:
            what = "new" if before is None else "gone"
            yield Change("budget", surface, what, "changed")
            continue
        if before.ms != after.ms:
            yield Change(
                "budget", surface, told(f"{before.ms:g} ms", f"{after.ms:g} ms"), "changed"
            )
        for name, was, now in _words_of(before, after):
            way: Way = "stricter" if _WORDS[now] > _WORDS[was] else "milder"
            yield Change("budget", surface, f"{name}: {told(was, now)}", way, way == "stricter")


def _words_of(before: Budget, after: Budget) -> Iterator[tuple[str, str, str]]:
    """Yield every word that differs: its name, what it was and what it is."""
    if before.on_timeout != after.on_timeout:
        yield "on_timeout", before.on_timeout, after.on_timeout
    for name, was, now in (
        ("on_load", before.on_load, after.on_load),
        ("categories", before.categories, after.categories),
    ):
        for key in sorted({*was, *now}):
            first, second = was.get(key, before.on_timeout), now.get(key, after.on_timeout)
            if first != second:
                yield f"{name}.{key}", first, second


def _notices(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Iterator[Change]:
    for key in sorted({*old, *new}):
        before, after = old.get(key, {}), new.get(key, {})
        for what, tags in (
            ("new in", after.keys() - before.keys()),
            ("gone in", before.keys() - after.keys()),
            ("other words in", {t for t in before.keys() & after.keys() if before[t] != after[t]}),
        ):
            if tags:
                yield Change("notice", key, f"{what} {', '.join(sorted(tags))}", "changed")


def _settings(old: Policy, new: Policy) -> Iterator[Change]:
    if old.name != new.name:
        yield Change("policy", "name", told(old.name, new.name), "changed")
    if old.hold_s != new.hold_s:
        yield Change("policy", "hold.for", told(f"{old.hold_s:g}s", f"{new.hold_s:g}s"), "changed")
    if old.hold_expiry != new.hold_expiry:
        stricter = new.hold_expiry == "denied"
        text = told(old.hold_expiry, new.hold_expiry)
        way: Way = "stricter" if stricter else "milder"
        yield Change("policy", "hold.expiry", text, way, stricter)
    if old.ladder != new.ladder:
        yield Change("policy", "ladder", "other steps or another half-life", "changed", True)
    yield from stream_changes(old, new)
    if old.brake != new.brake:
        yield Change("policy", "brake", "the emergency brake is set otherwise", "changed", True)
    for name in ("slow", "slow_all", "shield_slow"):
        was, now = getattr(old.restrictions, name).spec, getattr(new.restrictions, name).spec
        if was != now:
            text = told(f"{was.per_ms / 1000:g}s", f"{now.per_ms / 1000:g}s")
            yield Change("policy", f"restrictions.{name}", text, _slower(was.per_ms, now.per_ms))
    if old.restrictions.newcomer_s != new.restrictions.newcomer_s:
        was_s, now_s = old.restrictions.newcomer_s, new.restrictions.newcomer_s
        text = told(f"{was_s:g}s", f"{now_s:g}s")
        yield Change("policy", "restrictions.newcomer", text, "changed")
    for name in Tenant.__struct_fields__:
        if name != "rooms" and getattr(old.tenant, name) != getattr(new.tenant, name):
            yield Change("tenant", name, "the tenant's own differ", "changed")


def _slower(was: int, now: int) -> Way:
    return "stricter" if now > was else "milder"
