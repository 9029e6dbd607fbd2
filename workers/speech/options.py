"""What the process that listens is told first: its weights, its device, its bounds.

The gateway writes it too, so no numeric library is needed to read this file.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = ["SpeechOptions"]

_Name = Annotated[str, msgspec.Meta(max_length=128)]
_Path = Annotated[str, msgspec.Meta(max_length=4096)]


class SpeechOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a speech worker is told at its start."""

    weights: _Path = ""
    """A folder of weights; "" where only packages and the hub's cache are looked into."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    """So many passes run at once, on one copy of the weights."""
    model: _Name = "whisper-base"
    """Hears what is final, and what is provisional where there is no smaller one."""
    small: _Name = "whisper-tiny.en"
    """Hears English provisionally; "" for none."""
    vad: _Name = "silero-vad"
    catalogue: _Path = ""
    """A folder of recordings whose sound is looked for; "" for none."""
    late_s: Annotated[float, msgspec.Meta(gt=0.0, le=120.0)] = 8.0
    """What waited so long after it was spoken is no longer listened to, and that is said."""
    batch: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    """At most so many utterances are written down together when many wait."""
    streams: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 512
    """So many decoders may be connected."""
    queued_mb: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 64
    """Sound that waits may take so much memory; what is beyond is `full`."""
    ahead_s: Annotated[float, msgspec.Meta(gt=0.0, le=600.0)] = 60.0
    """A stream that comes faster than it was spoken is read no further than so much ahead."""
