"""A term is written once, and is long enough to be looked for with its separators squashed."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems
from seawall.policy.tree import Where

__all__ = ["terms_are_distinct"]

_SHORTEST_SQUASHED = 4


def terms_are_distinct(pack: Pack, problems: Problems) -> None:
    """Add a warning for each term that is there twice, or too short for how it is matched."""
    seen: dict[tuple[str, str, str], Where] = {}
    for placed in pack.terms:
        entry = placed.value
        first = seen.setdefault((entry.term.casefold(), entry.category, entry.match), placed.where)
        if first is not placed.where:
            problems.warn(placed.where, f"the term {entry.term!r} is already at {first}")
        if (
            entry.match == "squashed"
            and entry.term.isascii()
            and len(entry.term) < _SHORTEST_SQUASHED
        ):
            problems.warn(
                placed.where, f"the term {entry.term!r} is short enough to be found inside words"
            )
