"""Rooms that differ: a room's overrides laid over the policy's rules, windows and budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from seawall.policy.check import check_entries
from seawall.policy.conditions import compiled_conditions
from seawall.policy.draft import Pack, Placed, RoomDraft, RuleDraft, WindowDraft
from seawall.policy.problems import Problems
from seawall.policy.read_rules import read_rule, read_window
from seawall.policy.tree import Map, overlay
from seawall.policy.vocabulary import Vocabulary

__all__ = ["room_packs"]

Draft = TypeVar("Draft", RuleDraft, WindowDraft)


def room_packs(pack: Pack, vocabulary: Vocabulary, problems: Problems) -> dict[str, Pack]:
    """Return a whole pack for each room with overrides; what it does not change is the same object.

    A room named in both the manifest and the tenant file has the tenant's laid over the manifest's.
    """
    packs: dict[str, Pack] = {}
    for room in pack.rooms:
        packs[room.id] = _room_pack(packs.get(room.id, pack), room, vocabulary, problems)
    return packs


def _room_pack(base: Pack, room: RoomDraft, vocabulary: Vocabulary, problems: Problems) -> Pack:
    rules = _changed(base.rules, room.rules, "rule", read_rule, problems)
    windows = _changed(base.windows, room.windows, "window", read_window, problems)
    for window in base.windows:
        if window.name in windows:
            _keep_counts_apart(window, windows[window.name], problems)
    changed = replace(base, rules=tuple(rules.values()), windows=tuple(windows.values()))
    expressions = compiled_conditions(changed, vocabulary, problems)
    pack = replace(
        base,
        rules=tuple(rules.get(rule.name, rule) for rule in base.rules),
        windows=tuple(windows.get(window.name, window) for window in base.windows),
        expressions={**base.expressions, **expressions},
        manifest=replace(base.manifest, budgets={**base.manifest.budgets, **room.budgets}),
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
    named = {draft.name: draft for draft in drafts}
    changed: dict[str, Draft] = {}
    for name, override in overrides.items():
        if name not in named:
            problems.unknown(override.where, what, name, named)
        else:
            changed[name] = read(overlay(named[name].node, override.value), problems)
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
