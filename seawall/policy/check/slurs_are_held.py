"""A slur is held, never blocked: the same word is quoted, reclaimed and reported."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["slurs_are_held"]


def slurs_are_held(pack: Pack, problems: Problems) -> None:
    """Add a warning for each rule that blocks hate for a word alone."""
    for rule in pack.rules:
        expression = pack.expressions.get(rule.name)
        if (
            rule.category == "hate"
            and rule.stage == "act"
            and expression is not None
            and "lexicon.hate" in expression.signals
            and any(effect.kind in ("block", "remove") for effect in rule.then)
        ):
            problems.warn(rule.where, f"{rule.name!r} blocks slurs; consider hold")
