"""Kicking, banning and cutting are a person's decision; a policy that automates them hears so."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["DANGEROUS", "dangerous_actions_are_for_people"]

DANGEROUS = frozenset({"kick", "ban", "cut"})


def dangerous_actions_are_for_people(pack: Pack, problems: Problems) -> None:
    """Add a warning for each dangerous action that would happen by itself."""
    for draft in pack.entries:
        for effect in draft.then if draft.stage == "act" else ():
            if effect.kind in DANGEROUS:
                problems.warn(
                    draft.where, f"{draft.name!r} does {effect.kind} without a person's decision"
                )
    for step in pack.manifest.ladder.steps:
        if step.kind in DANGEROUS:
            problems.warn(
                pack.manifest.where, f"the ladder does {step.kind} without a person's decision"
            )
