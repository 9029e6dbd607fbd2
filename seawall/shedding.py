"""What is left out when there is too much to do, in the order it is: one published table.

Under load a gateway goes lean: units of this table are left out and reported as `unchecked`, with
their name and the cause `load`. What is not here is never left out, because a flood must not buy a
way around it: windows, lexicons, links, hashes, and who is in force against whom.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["MODEL_SIGNALS", "SHED_ORDER", "TEXT_UNITS", "Unit", "shed_signals"]


class Unit(msgspec.Struct, frozen=True):
    """Something that may be left out.

    `signals` are the beginnings of the names it may emit. `media` units are shed by workers when
    they are behind; `text` units all together when the edge goes lean.
    """

    name: str
    of: Literal["media", "text"]
    signals: tuple[str, ...]
    about: str


MODEL_SIGNALS = ("linear.", "opinion.", "encoder.", "vendor.")
"""The beginnings of the names that models in text workers emit."""
SHED_ORDER: tuple[Unit, ...] = (
    Unit("ocr", "media", (), "text in frames"),
    Unit("image", "media", (), "image models"),
    Unit("speech", "media", (), "transcription: first its width, then its hop"),
    Unit("ml_text", "text", MODEL_SIGNALS, "text classifiers"),
    Unit(
        "parts",
        "text",
        ("lexicon.", "link.", "contact.", "pattern."),
        "a user's last short messages, joined",
    ),
    Unit("patterns", "text", ("pattern.",), "named expressions"),
    Unit("contacts", "text", ("contact.",), "handles and numbers"),
    Unit("repetition", "text", ("repeat.", "shape."), "repetition and shape"),
)
"""First what is left out first."""
TEXT_UNITS: tuple[str, ...] = ("ml_text", "parts", "patterns", "contacts", "repetition")
"""What a lean gateway leaves out of a message."""


def shed_signals() -> tuple[str, ...]:
    """Return the beginnings of the signals that a lean gateway may miss."""
    found = [unit.signals for unit in SHED_ORDER if unit.name in TEXT_UNITS]
    return tuple(sorted({name for names in found for name in names}))
