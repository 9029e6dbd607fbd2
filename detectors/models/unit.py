"""What a text model is asked about, and what every text model promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from seawall.signals import Signal

__all__ = ["TextModel", "Unit"]


class Unit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One text to judge. `lang` is the sender's word for its language; "" when there is none."""

    id: int
    text: str
    lang: str = ""
    surface: str = "chat"


class TextModel(Protocol):
    """A model that judges text in batches; only a worker holds one.

    `version` is the first 16 hex digits of the SHA-256 of its weights.
    """

    name: str
    version: str

    def judge(self, units: Sequence[Unit]) -> Sequence[Sequence[Signal] | None]:
        """Return what the model says of each unit, in their order.

        [] means nothing to say, None that a unit could not be examined: nobody may take it for
        clean.
        """
        ...
