"""A person at risk gets care: where a category is not penal, nothing is taken from anybody."""

from __future__ import annotations

from seawall.actions import is_restriction
from seawall.policy.draft import Pack, RuleDraft
from seawall.policy.problems import Problems
from seawall.taxonomy import CATEGORIES

__all__ = ["NOT_PENAL", "care_is_never_a_penalty"]

NOT_PENAL = frozenset(category.name for category in CATEGORIES if not category.penal)


def care_is_never_a_penalty(pack: Pack, problems: Problems) -> None:
    """Add a problem for each penalty of a category that is not penal."""
    for draft in pack.entries:
        if draft.category not in NOT_PENAL:
            continue
        for effect in draft.then:
            if is_restriction(effect.kind):
                problems.add(
                    draft.where,
                    f"{draft.category} is never penal: {draft.name!r} may give care, "
                    f"not {effect.kind}",
                )
        if isinstance(draft, RuleDraft):
            if draft.strikes:
                problems.add(draft.where, f"{draft.category} never strikes: {draft.name!r} does")
            if draft.stage == "hold":
                problems.add(
                    draft.where,
                    f"{draft.category} is never penal: stage hold would hold what {draft.name!r} "
                    "finds",
                )
        elif draft.message != "allow":
            problems.add(
                draft.where, f"{draft.category} is never penal: {draft.name!r} needs message: allow"
            )
