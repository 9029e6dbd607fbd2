"""What is declared is used: a pattern or a category's terms that no condition reads do nothing."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["signals_are_read"]


def signals_are_read(pack: Pack, problems: Problems) -> None:
    """Add a warning for each pattern, and each category of terms, that no condition reads."""
    read = {signal for expression in pack.expressions.values() for signal in expression.signals}
    for pattern in pack.patterns:
        if f"pattern.{pattern.value.name}" not in read:
            problems.warn(pattern.where, f"no condition reads the pattern {pattern.value.name!r}")
    told: set[str] = set()
    for term in pack.terms:
        category = term.value.category
        if category and f"lexicon.{category}" not in read and category not in told:
            told.add(category)
            problems.warn(
                term.where, f"no condition reads lexicon.{category}; its terms do nothing"
            )
