"""A rule reads a window's count only where that window counts."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["counts_are_taken_where_read"]


def counts_are_taken_where_read(pack: Pack, problems: Problems) -> None:
    """Add a problem for each rule that reads a window of other surfaces than all its own."""
    windows = {f"window.{window.name.replace('-', '_')}": window for window in pack.windows}
    for rule in pack.rules:
        expression = pack.expressions.get(rule.name)
        for name in expression.names if expression is not None else ():
            window = windows.get(name.name)
            if window is not None and rule.on.isdisjoint(window.on):
                problems.add(
                    rule.when.where,
                    f"{name.name} is not counted on {', '.join(sorted(rule.on))}, "
                    f"only on {', '.join(sorted(window.on))}",
                )
