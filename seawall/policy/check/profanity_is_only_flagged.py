"""Coarse language without a target is a matter of taste: it is flagged, nothing more."""

from __future__ import annotations

from seawall.actions import is_restriction
from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["profanity_is_only_flagged"]


def profanity_is_only_flagged(pack: Pack, problems: Problems) -> None:
    """Add a warning for each rule that restricts somebody for profanity."""
    for rule in pack.rules:
        if rule.category != "profanity" or rule.stage == "shadow":
            continue
        if rule.strikes or any(is_restriction(effect.kind) for effect in rule.then):
            problems.warn(rule.where, f"{rule.name!r} punishes profanity; consider `then: allow`")
