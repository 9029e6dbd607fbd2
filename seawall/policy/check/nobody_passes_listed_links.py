"""A hijacked moderator is the commonest attack: no role passes listed links or look-alikes."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["nobody_passes_listed_links"]


def nobody_passes_listed_links(pack: Pack, problems: Problems) -> None:
    """Add a warning for each rule on listed links or look-alikes that exempts a role."""
    for rule in pack.rules:
        expression = pack.expressions.get(rule.name)
        read = expression.signals if expression is not None else frozenset()
        if rule.exempt and not read.isdisjoint({"link.listed", "link.lookalike"}):
            roles = ", ".join(sorted(rule.exempt))
            problems.warn(
                rule.where,
                f"{rule.name!r} lets {roles} post listed links; such accounts are hijacked too",
            )
