"""A frame on its way through the vision worker, and the slot it lies in until it was copied."""

from __future__ import annotations

from math import isfinite
from typing import Literal

import numpy as np

from detectors.pictures import Picture
from workers.streams.mailbox import Gallery
from workers.streams.reports import Lost
from workers.streams.units import Shown

__all__ = ["FRAME", "HORIZON_S", "OCR", "Frame", "Unit"]

Unit = Literal["frame", "ocr"]
FRAME: Unit = "frame"
OCR: Unit = "ocr"
HORIZON_S = 30.0
"""No deadline lies farther ahead."""


class Frame:
    """One frame of one stream. `holds` names the units that still need the slot.

    Only the thread that talks to the decoders changes `holds`; any thread may copy the pixels as
    long as its unit stands there.
    """

    __slots__ = (
        "_rows", "at", "came", "closer", "every_s", "handle", "holds", "n", "slot", "until",
    )  # fmt: skip

    def __init__(
        self, handle: int, shown: Shown, gallery: Gallery, came: float, every_s: float = 0.0
    ) -> None:
        """Raises ValueError for a slot, a size or a time that cannot be.

        `every_s`: how often its stream is read at most; 0 for as often as usual.
        """
        if not (isfinite(shown.until) and isfinite(shown.at)):
            raise ValueError("a time that is none")
        self._rows = gallery.rows(shown.slot, shown.width, shown.height)
        self.handle, self.n, self.at = handle, shown.n, shown.at
        self.slot = shown.slot
        self.until = min(shown.until, came + HORIZON_S)
        self.came = came
        self.every_s = every_s
        self.closer = shown.closer
        self.holds: set[Unit] = set()

    def copied(self) -> Picture:
        """Return the pixels, out of the slot: nobody changes them any more."""
        return np.array(self._rows)

    def lost(self, unit: Unit, cause: str) -> Lost:
        """Return the message that a unit of it was not looked at."""
        return Lost(self.handle, self.n, self.at, unit, cause)
