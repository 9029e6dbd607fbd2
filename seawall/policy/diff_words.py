"""A change of a policy, and the words for it."""

from __future__ import annotations

from typing import Literal

import msgspec

from seawall.policy.model import Effect

__all__ = ["Change", "Way", "duration", "effect_told", "told"]

Way = Literal["stricter", "milder", "changed"]
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "m"))


class Change(msgspec.Struct, frozen=True):
    """One thing that is otherwise. `room` is empty for what changes everywhere."""

    kind: str
    name: str
    told: str
    way: Way
    dangerous: bool = False
    room: str = ""


def told(before: object, after: object) -> str:
    """Return "from … to …"."""
    return f"from {before} to {after}"


def duration(seconds: float) -> str:
    """Return seconds in the largest unit that divides them."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def effect_told(effect: Effect) -> str:
    """Return an effect as it is written in a policy, in words."""
    name = f"stream.{effect.kind}" if effect.track == "stream" else effect.kind
    return name if effect.for_s is None else f"{name} for {duration(effect.for_s)}"
