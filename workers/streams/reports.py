"""What the workers that see and hear tell the gateway; `units` has the rest and the rules.

Everything that was announced (`units.Chosen`, `units.Heard`) is answered here, or is unchecked.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from workers.units import Said

__all__ = [
    "Align",
    "Aligned",
    "FromSpeech",
    "FromVision",
    "Listened",
    "Loaded",
    "Lost",
    "Matched",
    "Ready",
    "Saw",
    "Serve",
    "Spoke",
    "Stats",
    "Text",
    "Word",
]

_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Name = Annotated[str, msgspec.Meta(max_length=128)]


class Ready(msgspec.Struct, frozen=True, tag="ready", array_like=True):
    """The models are loaded and warm, or `problem` says why they never will be."""

    models: dict[str, str] = {}
    """Name and version (first 16 hex digits of the sha256) of each."""
    device: _Name = "cpu"
    problem: _Text = ""


class Loaded(msgspec.Struct, frozen=True, tag="loaded", array_like=True):
    """A spare has loaded its models and waits for `Serve`; then it says `Ready` as any other."""


class Serve(msgspec.Struct, frozen=True, tag="serve", array_like=True):
    """Gateway → spare: the worker before you is gone, take its place."""


class Text(msgspec.Struct, frozen=True, array_like=True):
    """Text found in a picture. `box` is left, top, right, bottom, each 0 to 1."""

    kind: Literal["ocr", "qr", "barcode"]
    text: _Text
    box: tuple[float, float, float, float]
    score: float = 1.0


class Saw(msgspec.Struct, frozen=True, tag="saw", array_like=True):
    """What a frame shows. `unit` "frame" for the image detectors and codes, "ocr" for read text.

    `still` is a JPEG of at most 100 KB, where a signal reached `still_from`. `unchecked` is empty,
    or why only a part was looked at: `load` (hashes and codes, but no image model), `error` (a
    detector failed), `limit` (more text or codes than are read of one frame). What was found counts
    all the same.
    """

    handle: int
    n: int
    at: float
    unit: Literal["frame", "ocr"]
    signals: list[Said]
    texts: list[Text] = []
    still: bytes = b""
    ms: dict[str, float] = {}
    unchecked: _Name = ""


class Lost(msgspec.Struct, frozen=True, tag="lost", array_like=True):
    """A frame was not looked at. `cause`: `superseded`, `late`, `full`, `error`, `load`."""

    handle: int
    n: int
    at: float
    unit: Literal["frame", "ocr"]
    cause: _Name


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word and when it was spoken; estimated unless it was aligned."""

    text: _Text
    from_: float
    to: float


class Spoke(msgspec.Struct, frozen=True, tag="spoke", array_like=True):
    """What was said. A provisional pass has `final` false and the `n` of the utterance it is of.

    `sure` is the model's mean log probability a token. `shaky` text failed a gate (noise, a loop):
    it is reported and nobody acts on it.
    """

    handle: int
    n: int
    from_: float
    to: float
    text: _Text
    words: list[Word]
    lang: _Name
    final: bool
    sure: float = 0.0
    shaky: str = ""
    tier: _Name = ""
    lag_s: float = 0.0
    """From the last sample's arrival at the worker to now."""


class Listened(msgspec.Struct, frozen=True, tag="listened", array_like=True):
    """Sound up to here is settled. `unchecked` is empty, or why it was not listened to.

    `what`: `speech`, or `none` (no speech found; that is not "clean").
    """

    handle: int
    from_: float
    to: float
    what: Literal["speech", "none"]
    unchecked: _Name = ""


class Matched(msgspec.Struct, frozen=True, tag="matched", array_like=True):
    """Sound that stands in a catalogue of fingerprints."""

    handle: int
    from_: float
    to: float
    list: _Name
    entry: _Name
    score: float


class Align(msgspec.Struct, frozen=True, tag="align", array_like=True):
    """Gateway → speech: say exactly when the words of this utterance were spoken."""

    handle: int
    n: int


class Aligned(msgspec.Struct, frozen=True, tag="aligned", array_like=True):
    """The words of an utterance with measured times; empty when it is too late to tell."""

    handle: int
    n: int
    words: list[Word]


class Stats(msgspec.Struct, frozen=True, tag="stats", array_like=True):
    """A worker's counts, once a second; also its sign of life."""

    depth: dict[str, int] = {}
    done: dict[str, int] = {}
    lost: dict[str, int] = {}
    busy_s: float = 0.0
    rss_mb: float = 0.0
    lag_s: float = 0.0
    hop_s: float = 0.0
    """How often open utterances are transcribed now; 0: only at their end."""
    weak: dict[str, _Text] = {}
    """What it does without now, or with an old one of, and why: `hash.NAME`, `catalogue`."""


FromVision = Ready | Loaded | Saw | Lost | Stats
FromSpeech = Ready | Loaded | Spoke | Listened | Matched | Aligned | Stats
