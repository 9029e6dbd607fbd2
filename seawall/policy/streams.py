"""What policy says of live streams: rules over time, their ladder and veto, how media is examined.

All times are in seconds. Names that workers use too are the same there.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "NO_STREAM_LADDER",
    "PROMOTIONS",
    "STREAM_SURFACES",
    "MediaPolicy",
    "Nobody",
    "Over",
    "Profile",
    "Promotion",
    "StreamLadder",
    "StreamStep",
    "Veto",
]

STREAM_SURFACES = frozenset({"frame", "speech"})
Nobody = Literal["keep", "case", "cut"]
"""What becomes of a cut that nobody decided on: nothing, a case, or the cut. Mildest first."""
Profile = Literal["fast", "thrifty", "off"]
Promotion = Literal["report", "scene", "text", "qr"]
PROMOTIONS: tuple[Promotion, ...] = ("report", "scene", "text", "qr")


class Over(msgspec.Struct, frozen=True):
    """How often a rule must be met: in `hits` of the last `of` units examined, within `within_s`.

    A unit is a frame or an utterance. For a rule that reads text, units without text do not count.
    """

    hits: int
    of: int
    within_s: float


class Veto(msgspec.Struct, frozen=True):
    """How long a cut waits for a human's veto, and what happens where none decides."""

    for_s: float = 20.0
    nobody: Nobody = "case"


class StreamStep(msgspec.Struct, frozen=True):
    """One step of the streams' ladder: a stream action, for so long (None: until reversed)."""

    kind: str
    for_s: float | None = None


class StreamLadder(msgspec.Struct, frozen=True):
    """What `stream.next` does: the steps, mildest first.

    A stream that takes no step for `memory_s` goes one step back. After a step no other is taken
    for `pause_s`, so that a streamer has time to react.
    """

    steps: tuple[StreamStep, ...] = ()
    memory_s: float = 1800.0
    pause_s: float = 20.0


NO_STREAM_LADDER = StreamLadder()


class MediaPolicy(msgspec.Struct, frozen=True):
    """How a room's streams are examined.

    `profile`: speech is transcribed while it is spoken (`fast`), at the end of each utterance
    (`thrifty`), or not at all (`off`). Frames: at least one every `max_gap_s`, none closer than
    `min_gap_s`; text in them is read every `ocr_every_s` at most. `music` transcribes song too.
    A stream is looked at closer for `promote_s` on what `promote_on` names. Its last `evidence_s`
    lie ready; what becomes evidence is kept for `keep_s`. `veto` is for cuts of rules that do not
    say. The budget of a frame is that of the surface.
    """

    profile: Profile = "fast"
    max_gap_s: float = 10.0
    min_gap_s: float = 0.5
    ocr_every_s: float = 5.0
    hop_s: float = 1.5
    utterance_s: float = 8.0
    music: bool = False
    language: str = ""
    tiers: bool = True
    fingerprints: bool = True
    promote_on: frozenset[Promotion] = frozenset(PROMOTIONS)
    promote_s: float = 60.0
    evidence_s: float = 30.0
    keep_s: float = 30 * 86400.0
    veto: Veto = Veto()
