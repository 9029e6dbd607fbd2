"""Who is read is asked: a rule that reads a model's signal finds nothing where nobody asks it."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems
from seawall.policy.tree import Where

__all__ = ["models_are_asked"]

_SHIPPED = ("linear", "opinion")
"""Encoders and services have names of their own, and share the names of their signals."""


def models_are_asked(pack: Pack, problems: Problems) -> None:
    """Add a problem for each model asked twice, and a warning for each read and never asked."""
    asked: dict[str, Where] = {}
    for ask in pack.asks:
        first = asked.setdefault(ask.model, ask.where)
        if first is not ask.where:
            problems.add(ask.where, f"the model {ask.model!r} is asked at {first} already")
    warned: set[str] = set()
    for rule in pack.rules:
        expression = pack.expressions.get(rule.name)
        for signal in sorted(expression.signals) if expression is not None else ():
            model = signal.partition(".")[0]
            if model in _SHIPPED and model not in asked and model not in warned:
                warned.add(model)
                problems.warn(rule.when.where, f"nobody asks the model {model!r}; see `asks.yaml`")
