"""What goes over the sockets between the gateway, the decoders and the workers that see and hear.

    gateway ── ToDecoder ──► decoder (one process a stream) ── Shown, pcm ──► vision, speech worker
       ▲◄──── FromDecoder ──────┘                                                    │
       └◄────────────────── FromVision, FromSpeech (`reports`) ──────────────────────┘

Frames are a length (four bytes, little endian) and MessagePack, as for the text models. Pixels lie
in shared memory and are named here by their slot; samples travel as they are: 32 KB a second.

1. `handle` names a stream within one gateway process, and is never used again.
2. `at` is the capture time by the server's clock (seconds since the epoch), `pts` the stream's own.
3. Everything chosen is announced by the decoder (`Chosen`, `Heard`) and answered by the worker
   (`reports`: `Saw`, `Lost`, `Spoke`, `Listened`). What is never answered is unchecked.
4. No numeric library is needed to read this file: the gateway does.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = [
    "Attach",
    "Bytes",
    "Chosen",
    "Detach",
    "Ended",
    "Failed",
    "Finish",
    "Freed",
    "FromDecoder",
    "Heard",
    "Hearing",
    "Missed",
    "Opened",
    "Pace",
    "Same",
    "Sampling",
    "Shown",
    "Sound",
    "Start",
    "ToDecoder",
    "ToSpeech",
    "ToVision",
    "Took",
    "Track",
]

_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Name = Annotated[str, msgspec.Meta(max_length=128)]


class Sampling(msgspec.Struct, frozen=True):
    """Which frames of a stream are looked at. Times in seconds of the stream."""

    max_gap_s: float = 10.0
    """The longest time without a chosen frame: then frames are decoded through until one is had."""
    min_gap_s: float = 0.5
    """Keyframes that come faster than this are thinned."""
    random: bool = True
    """Whether a frame that is no keyframe is looked at, at a random moment of each `max_gap_s`."""
    promoted_s: float = 0.5
    """While promoted, a frame at least this often, whatever its kind."""
    read_every_s: float = 5.0
    """Text in frames is read at most so often."""
    side: int = 1280
    """Frames are scaled down to this, on their longer side, before they are handed on."""
    alike: float = 0.02
    """Mean difference (0 to 1) of 32x18 luma below which a frame is the same as the one before."""
    most_pixels: int = 7680 * 4320
    most_fps: float = 240.0
    most_tracks: int = 32


class Hearing(msgspec.Struct, frozen=True):
    """How a stream's speech is listened to."""

    profile: Literal["fast", "thrifty", "off"] = "fast"
    hop_s: float = 1.5
    """`fast`: an open utterance is transcribed provisionally so often."""
    utterance_s: float = 8.0
    """The longest utterance; it is cut at the quietest point before."""
    music: bool = False
    """Whether what is no speech to the voice detector is transcribed all the same (song)."""
    language: str = ""
    """The language, where it is known beforehand; else it is voted."""
    tiers: bool = True
    """Whether English is heard provisionally by the small model."""
    fingerprints: bool = True


# -- gateway → decoder -----------------------------------------------------------------------------


class Start(msgspec.Struct, frozen=True, tag="start", array_like=True):
    """First frame: decode this stream. `vision` and `speech` are unix sockets, "" for none."""

    handle: int
    container: _Name
    sampling: Sampling
    hearing: Hearing
    vision: str = ""
    speech: str = ""
    seed: int = 0


class Bytes(msgspec.Struct, frozen=True, tag="bytes", array_like=True, gc=False):
    """A piece of the container. `gap`: pieces before it are missing. `at`: its capture time."""

    seq: int
    at: float
    data: bytes
    gap: bool = False


class Pace(msgspec.Struct, frozen=True, tag="pace", array_like=True):
    """Look closer (`promoted`), or as usual again."""

    promoted: bool


class Finish(msgspec.Struct, frozen=True, tag="finish", array_like=True):
    """Nothing more comes: decode what is there, then say `Ended`."""


ToDecoder = Start | Bytes | Pace | Finish

# -- decoder → gateway -----------------------------------------------------------------------------


class Track(msgspec.Struct, frozen=True, array_like=True):
    """One track that is decoded; `width`, `height` 0 for sound."""

    kind: Literal["video", "audio"]
    codec: _Name
    width: int = 0
    height: int = 0
    rate: float = 0.0
    """Frames a second, or samples a second."""
    channels: int = 0


class Opened(msgspec.Struct, frozen=True, tag="opened", array_like=True):
    """The container was understood; also when its tracks change."""

    tracks: list[Track]
    container: _Name = ""
    """What it is; another than announced where the sender lied."""


class Took(msgspec.Struct, frozen=True, tag="took", array_like=True, gc=False):
    """Bytes that were read: so much credit may be given back."""

    seq: int
    bytes: int


class Chosen(msgspec.Struct, frozen=True, tag="chosen", array_like=True, gc=False):
    """A frame was handed to the vision worker."""

    n: int
    at: float
    pts: float
    why: Literal["first", "key", "gap", "random", "scene", "promoted"]
    changed: bool = False
    """Whether it shows another scene than the frame that was looked at before."""


class Same(msgspec.Struct, frozen=True, tag="same", array_like=True, gc=False):
    """A chosen frame looks like chosen frame `n`: what was said of that holds for it."""

    n: int
    at: float
    pts: float


class Heard(msgspec.Struct, frozen=True, tag="heard", array_like=True, gc=False):
    """Sound was handed to the speech worker up to here. Times as in `at`."""

    from_: float
    to: float


class Missed(msgspec.Struct, frozen=True, tag="missed", array_like=True):
    """A part of the stream nobody can examine.

    `cause`: `damaged` (bytes that are no media), `gap` (missing pieces), `full` (no room to hand it
    over), `down` (nobody to hand it to), `limit` (beyond what is allowed), `late` (dropped to keep
    up), `unsupported`, `encrypted`.
    """

    unit: Literal["frames", "speech"]
    from_: float
    to: float
    cause: _Name
    due: bool = False
    """Whether frames were to be looked at there: nobody looked until the next one that is said."""


class Failed(msgspec.Struct, frozen=True, tag="failed", array_like=True):
    """The stream cannot be decoded, or no longer. `code` is one of the wire's error codes."""

    code: _Name
    message: _Text


class Ended(msgspec.Struct, frozen=True, tag="ended", array_like=True):
    """Everything was decoded; what it was, in numbers."""

    frames_seen: int = 0
    frames_decoded: int = 0
    frames_chosen: int = 0
    frames_same: int = 0
    video_s: float = 0.0
    audio_s: float = 0.0
    worst_gap_s: float = 0.0
    """The longest time of video between two frames that were looked at."""
    errors: int = 0
    cpu_s: float = 0.0


FromDecoder = Opened | Took | Chosen | Same | Heard | Missed | Failed | Ended

# -- decoder → vision, speech ----------------------------------------------------------------------


class Attach(msgspec.Struct, frozen=True, tag="attach", array_like=True):
    """First frame of a decoder to a worker. To vision, the shared memory's descriptor comes with it
    (SCM_RIGHTS): `slots` slots of `slot_bytes` each."""

    handle: int
    slots: int = 0
    slot_bytes: int = 0
    hearing: Hearing = Hearing()
    read_every_s: float = 0.0
    """To vision: text is read at most so often; 0: as the worker usually does."""


class Shown(msgspec.Struct, frozen=True, tag="shown", array_like=True, gc=False):
    """A frame lies in a slot: RGB rows without padding. Seen by `until` (monotonic), or lost."""

    n: int
    at: float
    slot: int
    width: int
    height: int
    until: float
    changed: bool = True
    """Whether the picture changed enough since its text was read last."""
    closer: bool = False
    """Whether the stream is promoted: look harder for small text and codes."""


class Sound(msgspec.Struct, frozen=True, tag="sound", array_like=True, gc=False):
    """16 kHz mono, 16 bits, little endian. `at` is when its first sample was captured.

    `jump` says that time between it and the sound before is missing.
    """

    at: float
    pcm: bytes
    jump: bool = False


class Detach(msgspec.Struct, frozen=True, tag="detach", array_like=True):
    """Nothing more comes of this stream."""


ToVision = Attach | Shown | Detach
ToSpeech = Attach | Sound | Detach


class Freed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Vision worker → decoder: a slot may be written again."""

    slot: int
