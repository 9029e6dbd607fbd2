"""Kicking, banning and cutting are a person's decision; a policy that automates them hears so."""

from __future__ import annotations

from seawall.actions import NEXT
from seawall.policy.draft import Pack, RuleDraft, WindowDraft
from seawall.policy.problems import Problems
from seawall.policy.streams import STREAM_SURFACES, Veto

__all__ = ["DANGEROUS", "dangerous_actions_are_for_people"]

DANGEROUS = frozenset({"kick", "ban", "cut"})


def dangerous_actions_are_for_people(pack: Pack, problems: Problems) -> None:
    """Add a warning for each dangerous action that would happen by itself."""
    climbs_to_cut = any(step.kind == "cut" for step in pack.manifest.stream_ladder.steps)
    for draft in pack.entries:
        for effect in draft.then if draft.stage == "act" else ():
            kind = "cut" if effect.kind == NEXT and climbs_to_cut else effect.kind
            if kind not in DANGEROUS:
                continue
            if kind == "cut" and _is_asked(draft, pack.manifest.media.veto):
                continue
            problems.warn(draft.where, f"{draft.name!r} does {kind} without a person's decision")
    for step in pack.manifest.ladder.steps:
        if step.kind in DANGEROUS:
            problems.warn(
                pack.manifest.where, f"the ladder does {step.kind} without a person's decision"
            )


def _is_asked(draft: RuleDraft | WindowDraft, usual: Veto) -> bool:
    """Say whether a cut happens only where a person wants it."""
    if not isinstance(draft, RuleDraft) or not draft.on <= STREAM_SURFACES or draft.at_once:
        return False
    return (draft.veto or usual).nobody != "cut"
