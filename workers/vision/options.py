"""What the process that sees is told first: which detectors, their files, its device, its bounds.

The gateway writes it too, so no numeric library is needed to read this file.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detectors.models.image import ImageModel

__all__ = ["DETECTORS", "Detector", "HashFile", "VisionOptions"]

Detector = Literal["pdq", "codes", "nudity", "safety", "ocr"]
DETECTORS: tuple[Detector, ...] = ("pdq", "codes", "nudity", "safety", "ocr")

_Path = Annotated[str, msgspec.Meta(max_length=4096)]
_Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class HashFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of PDQ hashes: `hash.NAME` is said of pictures near one of its entries."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
    path: _Path
    category: Annotated[str, msgspec.Meta(max_length=40)] = ""
    """What its entries are; "" for none."""
    threshold: Annotated[int, msgspec.Meta(ge=0, le=64)] = 31
    """How many of 256 bits may differ."""


class VisionOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a vision worker is told at its start."""

    detectors: tuple[Detector, ...] = DETECTORS
    """Those that look; `ocr` has its own queue and its own lag."""
    images: tuple[ImageModel, ...] = ()
    """The operator's own classifiers."""
    hashes: tuple[HashFile, ...] = ()
    weights: _Path = ""
    """A folder of weights; "" where only packages and the hub's cache are looked into."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    least: _Share = 0.1
    """Scores of the image models below this are not told."""
    still_from: _Share = 0.6
    """From this score on a frame's still is sent along."""
    still_width: Annotated[int, msgspec.Meta(ge=64, le=1280)] = 640
    ocr_every_s: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 3.0
    """A stream's text is read at most so often."""
    ocr_wait_s: Annotated[float, msgspec.Meta(gt=0.0, le=60.0)] = 6.0
    """A frame that waited so long beyond its turn is not read any more, and that is said."""
    ocr_lines: Annotated[int, msgspec.Meta(ge=1, le=200)] = 32
    """Lines read of one frame, the largest first."""
    streams: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 512
    """So many decoders may be connected."""
    stuck_s: Annotated[float, msgspec.Meta(gt=0.0, le=600.0)] = 20.0
    """A detector that computes longer on one call ends the process; another is started."""
