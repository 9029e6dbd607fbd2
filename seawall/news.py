"""Which restrictions of a verdict change anything, and which waves are not over yet.

Rules:
1. While a flood goes on every message over the window asks for the same restriction. What would not
   noticeably change what is in force is dropped: no label, no command, no row in the record.
2. A change is dropped when the same label is in force until reversed, or has at least half of the
   new duration left. So at any time the label in force lasts at least until the latest end any
   change asked for, less half of that change's duration.
3. Under `<label>_off`, a human's switch, nothing sets the label.
4. What a window raised for a room stays while the window's count is at least half of its limit.
   It ends by itself once the count has stayed below that for between half of the restriction's
   duration and the whole of it, so it does not flap around the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from seawall.actions import Action, Target
from seawall.events import Joined, Message
from seawall.policy.model import Effect, Facts, Window
from seawall.verdicts import Change, Finding, Verdict

__all__ = ["is_news", "news", "only_news", "wave"]

Told = tuple[str, str | None, str | None, str]


def is_news(change: Change, facts: Facts, now: float) -> bool:
    """Say whether a change makes a difference to what `facts` say is in force (rules 2 and 3)."""
    labels = facts.room if change.kind == "room" else facts.user
    if f"{change.label}_off" in labels:
        return False
    standing = labels.get(change.label)
    if standing is None:
        return True
    if standing.until is None:
        return False
    return change.until is None or (standing.until - now) * 2 < change.until - now


def news(
    changes: Iterable[Change], commands: Iterable[Action], facts: Facts, now: float
) -> tuple[tuple[Change, ...], tuple[Action, ...]]:
    """Return the changes that make a difference, and the commands without those of the others.

    Commands that set no label are kept.
    """
    kept: list[Change] = []
    dropped: set[Told] = set()
    for change in changes:
        if is_news(change, facts, now):
            kept.append(change)
        else:
            dropped.add(_of_change(change))
    return tuple(kept), tuple(each for each in commands if _of_action(each) not in dropped)


def only_news(verdict: Verdict, facts: Facts, now: float) -> Verdict:
    """Return the verdict without the restrictions of users and rooms that are no news."""
    changes, commands = news(verdict.changes, verdict.commands, facts, now)
    if len(changes) == len(verdict.changes):
        return verdict
    _, actions = news(verdict.changes, verdict.actions, facts, now)
    return msgspec.structs.replace(verdict, changes=changes, commands=commands, actions=actions)


def wave(
    event: Message | Joined,
    windows: Sequence[Window],
    counts: Sequence[int],
    facts: Facts,
    policy: str,
) -> Verdict | None:
    """Return the verdict that prolongs what a window raised for the room; None if none does.

    Asked of every event of a restricted room. Windows of single users raise no waves (rule 4), and
    neither does a count of one.
    """
    found: Verdict | None = None
    for window, count in zip(windows, counts, strict=True):
        if count < 2 or count * 2 < window.spec.limit or window.stage != "act":
            continue
        if "user" in window.key:
            continue
        for effect in window.then:
            label = facts.room.get(effect.kind) if effect.track == "room" else None
            if label is not None and label.because == window.name:
                found = _prolonged(found, event, window, effect, policy)
    return found


def _prolonged(
    verdict: Verdict | None,
    event: Message | Joined,
    window: Window,
    effect: Effect,
    policy: str,
) -> Verdict:
    action = Action(Target("room", event.room), effect.kind, effect.for_s)
    until = None if effect.for_s is None else event.at + effect.for_s
    room, name = event.room, window.name
    change = Change("room", room, room, effect.kind, until, name, window.category)
    why = Finding(name, window.category, window.severity, (effect,), "window")
    if verdict is None:
        verdict = Verdict(policy)
    return msgspec.structs.replace(
        verdict,
        actions=(*verdict.actions, action),
        commands=(*verdict.commands, action),
        changes=(*verdict.changes, change),
        reasons=(*verdict.reasons, why),
    )


def _of_change(change: Change) -> Told:
    if change.kind == "room":
        return "room", change.room, None, change.label
    return "user", change.room, change.id, change.label


def _of_action(action: Action) -> Told:
    target = action.target
    return target.kind, target.room, target.id, action.kind
