"""A name means one thing: rules and windows share theirs, since both stand in reasons.

A pattern's name may be given many times: its expressions are alternatives, mostly one a language.
The same expression twice is a slip.
"""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems
from seawall.policy.tree import Where

__all__ = ["names_are_unique"]


def names_are_unique(pack: Pack, problems: Problems) -> None:
    """Add a problem for each name that is given twice."""
    named: dict[str, Where] = {}
    for draft in pack.entries:
        _claim(draft.name, draft.where, named, problems)
    patterns: dict[tuple[str, str], Where] = {}
    for pattern in pack.patterns:
        key = (pattern.value.name, pattern.value.regex)
        first = patterns.setdefault(key, pattern.where)
        if first is not pattern.where:
            problems.add(pattern.where, f"the pattern {key[0]!r} says the same as at {first}")


def _claim(name: str, where: Where, taken: dict[str, Where], problems: Problems) -> None:
    first = taken.setdefault(name, where)
    if name and first is not where:
        problems.add(where, f"the name {name!r} is taken by {first}")
