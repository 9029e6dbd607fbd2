"""Short texts repeat by chance: a window over equal texts looks at long ones only."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["duplicates_are_long"]


def duplicates_are_long(pack: Pack, problems: Problems) -> None:
    """Add a warning for each window over equal texts that takes any length."""
    for window in pack.windows:
        if not {"fingerprint", "sketch"}.intersection(window.key):
            continue
        expression = pack.expressions.get(window.name)
        names = expression.names if expression is not None else ()
        if all(name.name != "text.length" for name in names):
            problems.warn(
                window.where,
                f"{window.name!r} counts short texts too; consider `when: text.length >= 12`",
            )
