"""A notice is for a category, a rule, a window or a restriction in force, and can be read."""

from __future__ import annotations

from seawall.actions import ROOM_ACTIONS, USER_ACTIONS
from seawall.notices import DEFAULT_LANGUAGE
from seawall.policy.draft import Pack
from seawall.policy.problems import Problems
from seawall.taxonomy import CATEGORY_NAMES

__all__ = ["notices_have_owners"]

_AT_ONCE = frozenset({"care", "warn", "verify"})
_RESTRICTIONS = frozenset(
    f"restriction.{kind}" for kind in (*USER_ACTIONS, *ROOM_ACTIONS) if kind not in _AT_ONCE
)
"""The rules named in findings of restrictions that are in force."""


def notices_have_owners(pack: Pack, problems: Problems) -> None:
    """Add a problem for each notice that nothing would ever show."""
    drafts = pack.entries
    owners = {*CATEGORY_NAMES, *_RESTRICTIONS}
    owners.update(draft.name for draft in drafts if draft.name)
    owners.update(draft.notice.value for draft in drafts if draft.notice is not None)
    for key, notice in pack.manifest.notices.items():
        if key not in owners:
            what = "category, rule, window or restriction"
            problems.unknown(notice.where, what, key, sorted(owners))
        if not notice.value:
            problems.add(notice.where, f"the notice {key!r} has no text")
        elif DEFAULT_LANGUAGE not in notice.value:
            problems.warn(notice.where, f"the notice {key!r} has no text in {DEFAULT_LANGUAGE!r}")
