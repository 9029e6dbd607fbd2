"""The laws a policy must keep, one a file, each named as what it says.

A law adds a problem where a policy cannot go live and a warning where its owner should look twice.
`WHOLE_LAWS` look at a policy as a whole; `ENTRY_LAWS` look at each rule and window for itself, and
are asked again for what a room changes.
"""

from __future__ import annotations

from collections.abc import Callable

from seawall.policy.check.acts_imply_flags import acts_imply_flags
from seawall.policy.check.blocks_rest_on_evidence import blocks_rest_on_evidence
from seawall.policy.check.care_is_never_a_penalty import care_is_never_a_penalty
from seawall.policy.check.counts_are_taken_where_read import counts_are_taken_where_read
from seawall.policy.check.cuts_are_sure import cuts_are_sure
from seawall.policy.check.dangerous_actions_are_for_people import dangerous_actions_are_for_people
from seawall.policy.check.duplicates_are_long import duplicates_are_long
from seawall.policy.check.hosts_are_of_one_kind import hosts_are_of_one_kind
from seawall.policy.check.models_are_asked import models_are_asked
from seawall.policy.check.names_are_unique import names_are_unique
from seawall.policy.check.nobody_passes_listed_links import nobody_passes_listed_links
from seawall.policy.check.notices_exist import notices_exist
from seawall.policy.check.notices_have_owners import notices_have_owners
from seawall.policy.check.profanity_is_only_flagged import profanity_is_only_flagged
from seawall.policy.check.signals_are_read import signals_are_read
from seawall.policy.check.sizes_are_bounded import sizes_are_bounded
from seawall.policy.check.slurs_are_held import slurs_are_held
from seawall.policy.check.streams_have_a_past import streams_have_a_past
from seawall.policy.check.terms_are_distinct import terms_are_distinct
from seawall.policy.check.terms_are_words import terms_are_words
from seawall.policy.check.windows_can_count import windows_can_count
from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["ENTRY_LAWS", "WHOLE_LAWS", "Law", "check_entries", "check_pack"]

Law = Callable[[Pack, Problems], None]

ENTRY_LAWS: tuple[Law, ...] = (
    acts_imply_flags,
    blocks_rest_on_evidence,
    care_is_never_a_penalty,
    counts_are_taken_where_read,
    cuts_are_sure,
    dangerous_actions_are_for_people,
    duplicates_are_long,
    nobody_passes_listed_links,
    notices_exist,
    profanity_is_only_flagged,
    slurs_are_held,
    streams_have_a_past,
    windows_can_count,
)
WHOLE_LAWS: tuple[Law, ...] = (
    hosts_are_of_one_kind,
    models_are_asked,
    names_are_unique,
    notices_have_owners,
    signals_are_read,
    sizes_are_bounded,
    terms_are_distinct,
    terms_are_words,
)


def check_pack(pack: Pack, problems: Problems) -> None:
    """Ask every law about a policy."""
    for law in (*WHOLE_LAWS, *ENTRY_LAWS):
        law(pack, problems)


def check_entries(pack: Pack, problems: Problems) -> None:
    """Ask the laws about single rules and windows, as for a room's overrides."""
    for law in ENTRY_LAWS:
        law(pack, problems)
