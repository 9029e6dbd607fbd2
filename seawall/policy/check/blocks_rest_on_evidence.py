"""A block rests on a list, a severe term or a pattern; what is merely likely is held or flagged."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.kleene import UNKNOWN, Unknown, value_given
from seawall.policy.problems import Problems
from seawall.policy.term import Value
from seawall.policy.vocabulary import LEVELS, Name

__all__ = ["blocks_rest_on_evidence"]

_LISTS = ("link.listed", "link.lookalike")


def blocks_rest_on_evidence(pack: Pack, problems: Problems) -> None:
    """Add a warning for each rule that could block without any of these."""
    for rule in pack.rules:
        blocks = any(effect.kind in ("block", "remove") for effect in rule.then)
        expression = pack.expressions.get(rule.name)
        if not blocks or rule.stage != "act" or expression is None:
            continue
        if value_given(expression.term, _without_evidence) is not False:
            problems.warn(
                rule.when.where,
                f"{rule.name!r} may block without a list, a severe term or a pattern; "
                "consider hold",
            )


def _without_evidence(name: Name) -> Value | Unknown:
    """Take lists and patterns for silent, and terms for no more than medium."""
    signal = name.signal or ""
    if signal.startswith("lexicon."):
        return LEVELS["medium"]
    return 0.0 if signal in _LISTS or signal.startswith("pattern.") else UNKNOWN
