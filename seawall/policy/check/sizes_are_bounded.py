"""A policy stays small enough to be asked for every message, and to be swapped while serving."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["PATTERNS", "RULES", "TERMS", "WINDOWS", "sizes_are_bounded"]

RULES = 5_000
WINDOWS = 32
"""Windows of one surface: each is read for every message there."""
PATTERNS = 10_000
TERMS = 200_000


def sizes_are_bounded(pack: Pack, problems: Problems) -> None:
    """Add a problem for each bound that the policy is over."""
    where = pack.manifest.where
    for what, count, most in (
        ("rules", len(pack.rules), RULES),
        ("patterns", len(pack.patterns), PATTERNS),
        ("terms", len(pack.terms), TERMS),
    ):
        if count > most:
            problems.add(where, f"the policy has {count} {what}; at most {most} are allowed")
    for surface in sorted({surface for window in pack.windows for surface in window.on}):
        count = sum(surface in window.on for window in pack.windows)
        if count > WINDOWS:
            problems.add(where, f"{count} windows count {surface}; at most {WINDOWS} may")
