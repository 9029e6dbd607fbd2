"""How much a rule may do by itself: what its brake and a diff of policies go by."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.actions import is_restriction
from seawall.policy.model import Danger, Effect, Policy, Rule, Stage, Window

__all__ = ["danger_of", "dangers"]

_RANK: dict[Danger, int] = {"": 0, "hold": 1, "act": 2}


def danger_of(effects: Iterable[Effect], stage: Stage) -> Danger:
    """Return the worst that effects can do in a stage."""
    if stage == "shadow":
        return ""
    harms = [effect for effect in effects if is_restriction(effect.kind)]
    if stage == "hold":
        return "hold" if any(effect.track == "message" for effect in harms) else ""
    if not harms:
        return ""
    return "hold" if all((e.track, e.kind) == ("message", "hold") for e in harms) else "act"


def dangers(policy: Policy) -> dict[str, Danger]:
    """Return the worst that each rule and window may do, in any room."""
    found: dict[str, Danger] = {}
    known: set[int] = set()  # rooms share what they do not change
    for each in (policy, *policy.rooms.values()):
        for rule in each.rules:
            if id(rule) not in known:
                _note(found, rule, rule.then, rule.strikes)
                known.add(id(rule))
        for window in (window for some in each.windows.values() for window in some):
            if id(window) not in known:
                _note(found, window, (Effect("message", window.message), *window.then), 0)
                known.add(id(window))
    return found


def _note(
    found: dict[str, Danger], entry: Rule | Window, effects: tuple[Effect, ...], strikes: int
) -> None:
    danger = danger_of(effects, entry.stage)
    if strikes and entry.stage == "act":
        danger = "act"
    if _RANK[danger] >= _RANK[found.get(entry.name, "")]:
        found[entry.name] = danger
