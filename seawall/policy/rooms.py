"""Tenants and rooms that differ: overrides laid over the policy's rules, windows and budgets.

What a policy says holds for all; over it lies what the tenant file says for all of the tenant's
rooms, over that what the manifest says for one room, and at last what the tenant says for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from seawall.policy.check import check_entries
from seawall.policy.conditions import compiled_conditions
from seawall.policy.draft import Pack, Placed, RoomDraft, RuleDraft, WindowDraft
from seawall.policy.problems import Problems
from seawall.policy.read_rules import read_rule, read_window
from seawall.policy.read_streams import read_media
from seawall.policy.tree import Map, overlay
from seawall.policy.vocabulary import Vocabulary

__all__ = ["room_packs", "tenant_pack"]

Draft = TypeVar("Draft", RuleDraft, WindowDraft)


def tenant_pack(pack: Pack, vocabulary: Vocabulary, problems: Problems) -> Pack:
    """Return the pack with what its tenant has otherwise in all rooms; the same one for nothing."""
    for own in pack.rooms:
        if not own.id and (own.rules or own.windows or own.budgets or own.media):
            return _room_pack(pack, own, vocabulary, problems)
    return pack


def room_packs(pack: Pack, vocabulary: Vocabulary, problems: Problems) -> dict[str, Pack]:
    """Return a whole pack for each room with overrides; what it does not change is the same object.

    A room named in both the manifest and the tenant file has the tenant's laid over the manifest's.
    """
    packs: dict[str, Pack] = {}
    for room in filter(lambda room: room.id, pack.rooms):
        packs[room.id] = _room_pack(packs.get(room.id, pack), room, vocabulary, problems)
    return packs


def _room_pack(base: Pack, room: RoomDraft, vocabulary: Vocabulary, problems: Problems) -> Pack:
    rules = _changed(base.rules, room.rules, "rule", read_rule, problems)
    windows = _changed(base.windows, room.windows, "window", read_window, problems)
    for window in base.windows if room.id else ():
        if window.name in windows:
            _keep_counts_apart(window, windows[window.name], problems)
    changed = replace(base, rules=tuple(rules.values()), windows=tuple(windows.values()))
    expressions = compiled_conditions(changed, vocabulary, problems)
    pack = replace(
        base,
        rules=tuple(rules.get(rule.name, rule) for rule in base.rules),
        windows=tuple(windows.get(window.name, window) for window in base.windows),
        expressions={**base.expressions, **expressions},
        manifest=replace(
            base.manifest,
            budgets={**base.manifest.budgets, **room.budgets},
            media=read_media(room.media, problems, base.manifest.media),
            mode=room.mode or base.manifest.mode,
            topic=room.topic or base.manifest.topic,
            emotes=(*base.manifest.emotes, *room.emotes),
        ),
    )
    check_entries(replace(pack, rules=changed.rules), problems)
    return pack


def _changed(
    drafts: tuple[Draft, ...],
    overrides: Mapping[str, Placed[Map]],
    what: str,
    read: Callable[[Map, Problems], Draft],
    problems: Problems,
) -> dict[str, Draft]:
    named: dict[str, Draft] = {draft.name: draft for draft in drafts}
    changed: dict[str, Draft] = {}
    for name, override in overrides.items():
        if name not in named:
            problems.unknown(override.where, what, name, named)
        else:
            base: Draft = named[name]
            draft: Draft = read(overlay(base.node, override.value), problems)
            keys = ", ".join(entry.key.written for entry in override.value.entries)
            told = (*base.changed, f"{override.where}: {keys}")
            changed[name] = replace(draft, changed=told)
    return changed


def _keep_counts_apart(base: WindowDraft, room: WindowDraft, problems: Problems) -> None:
    """Refuse other arithmetic for a count that the room shares with other rooms."""
    shared = "room" not in base.key or "room" not in room.key
    if shared and _arithmetic(base) != _arithmetic(room):
        problems.add(
            room.where,
            f"{base.name!r} counts over all rooms, so one room cannot count it otherwise; "
            "add `room` to its key",
        )


def _arithmetic(window: WindowDraft) -> tuple[object, ...]:
    return window.key, window.of, window.accepted, window.limit, window.per_s
