"""Whoever is restricted is told why: a notice that is named exists, and a restriction has one."""

from __future__ import annotations

from seawall.actions import is_restriction
from seawall.policy.draft import Pack, RuleDraft, WindowDraft
from seawall.policy.problems import Problems

__all__ = ["notices_exist"]


def notices_exist(pack: Pack, problems: Problems) -> None:
    """Add a problem for each named notice there is not, a warning for each restriction without."""
    notices = pack.manifest.notices
    for draft in pack.entries:
        named = draft.notice
        if named is not None and named.value not in notices:
            problems.unknown(named.where, "notice", named.value, notices)
        elif (
            named is None
            and draft.name not in notices
            and draft.category not in notices
            and _restricts(draft)
        ):
            problems.warn(
                draft.where,
                f"{draft.name!r} restricts, and neither it nor {draft.category} has a notice",
            )


def _restricts(draft: RuleDraft | WindowDraft) -> bool:
    if draft.stage == "shadow":
        return False
    if isinstance(draft, WindowDraft) and "join" not in draft.on and draft.message != "allow":
        return True
    return any(is_restriction(effect.kind) for effect in draft.then)
