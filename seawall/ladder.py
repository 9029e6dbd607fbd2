"""Strikes and what they lead to: a ladder of penalties, with decay.

Strikes halve every `half_life_s`. Whoever earns a new strike gets the penalty of the highest step
their running total reaches. Pure arithmetic: who has how many strikes is somebody else's memory.
"""

from __future__ import annotations

import msgspec

__all__ = ["NO_LADDER", "Ladder", "Step", "decayed", "penalty"]


class Step(msgspec.Struct, frozen=True):
    """From `strikes` on, do `kind` (a user action) for `for_s` seconds (None: until reversed)."""

    strikes: float
    kind: str
    for_s: float | None = None


class Ladder(msgspec.Struct, frozen=True):
    """Steps in ascending order of strikes, and how fast strikes fade."""

    steps: tuple[Step, ...] = ()
    half_life_s: float = 7 * 86400.0


NO_LADDER = Ladder()

FADED = 0.05
"""A total this little below a step reaches it: two strikes a minute apart are two."""


def decayed(strikes: float, age_s: float, half_life_s: float) -> float:
    """Return what is left of `strikes` after `age_s` seconds; a negative age decays nothing."""
    if age_s <= 0 or strikes <= 0:
        return max(strikes, 0.0)
    return float(strikes * 0.5 ** (age_s / half_life_s))


def penalty(ladder: Ladder, before: float, added: float) -> Step | None:
    """Return the highest step that `before + added` strikes reach; None when nothing was added."""
    if added <= 0:
        return None
    reached = [step for step in ladder.steps if step.strikes <= before + added + FADED]
    return max(reached, key=lambda step: step.strikes) if reached else None
