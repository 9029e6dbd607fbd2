"""A notice is for a category, a rule or a window, and can be read."""

from __future__ import annotations

from seawall.notices import DEFAULT_LANGUAGE
from seawall.policy.draft import Pack
from seawall.policy.problems import Problems
from seawall.taxonomy import CATEGORY_NAMES

__all__ = ["notices_have_owners"]


def notices_have_owners(pack: Pack, problems: Problems) -> None:
    """Add a problem for each notice that nothing would ever show."""
    drafts = pack.entries
    owners = set(CATEGORY_NAMES).union(draft.name for draft in drafts if draft.name)
    owners.update(draft.notice.value for draft in drafts if draft.notice is not None)
    for key, notice in pack.manifest.notices.items():
        if key not in owners:
            problems.unknown(notice.where, "category, rule or window", key, sorted(owners))
        if not notice.value:
            problems.add(notice.where, f"the notice {key!r} has no text")
        elif DEFAULT_LANGUAGE not in notice.value:
            problems.warn(notice.where, f"the notice {key!r} has no text in {DEFAULT_LANGUAGE!r}")
