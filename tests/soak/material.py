"""The real media of SEAWALL_DATA (default `../shared/data`), and how each file should end."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from random import Random

import msgspec

from tests.mediagateway import Sent

__all__ = ["FOLDER", "Entry", "entries", "sample", "wrong"]

FOLDER = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "media"
ENOUGH = 0.99
_HURRIED = ("load", "late", "superseded")
"""Causes that tell of a machine with too little time, not of the stream."""
_GOP_S = 2.6
"""What may lie behind the last frame that is looked at, and is told nothing of."""


class Track(msgspec.Struct):
    """One track, as ffprobe has it."""

    codec_type: str = ""
    codec_name: str = ""


class Probe(msgspec.Struct):
    """What ffprobe says of a file."""

    duration: float | None = None
    streams: list[Track] = []


class Entry(msgspec.Struct):
    """One file."""

    file: str
    kind: str
    expect: str
    keywords: list[str] = []
    probe: Probe | None = None

    @property
    def path(self) -> Path:
        """Where it is."""
        return FOLDER / self.file

    @property
    def seconds(self) -> float:
        """How long it plays, 0 where nobody knows."""
        return (self.probe.duration if self.probe is not None else None) or 0.0

    @property
    def is_sound(self) -> bool:
        """Whether sound is all there is."""
        return self.kind != "video"

    @property
    def is_plain(self) -> bool:
        """Whether there is one track of a kind at most: another may play longer, unheard."""
        tracks = self.probe.streams if self.probe is not None else []
        kinds = [each.codec_type for each in tracks]
        return len(kinds) == len(set(kinds))

    @property
    def has_sound(self) -> bool:
        """Whether there is sound."""
        tracks = self.probe.streams if self.probe is not None else []
        return self.is_sound or any(each.codec_type == "audio" for each in tracks)


@cache
def entries() -> tuple[Entry, ...]:
    """Return all files, none where the data is absent."""
    manifest = FOLDER / "manifest.jsonl"
    if not manifest.is_file():
        return ()
    lines = manifest.read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=Entry) for line in lines)


def sample(count: int, seed: int, most_s: float) -> list[Entry]:
    """Return so many short files: of each kind and end, then any; the same for the same seed."""
    short = [each for each in entries() if each.seconds <= most_s]
    Random(seed).shuffle(short)
    first: dict[tuple[str, str, bool], Entry] = {}
    for each in short:
        first.setdefault((each.kind, each.expect, bool(each.keywords)), each)
    chosen = [*first.values()]
    return [*chosen, *(each for each in short if each not in chosen)][:count]


def wrong(entry: Entry, sent: Sent, hurried: bool) -> str:
    """Say what is wrong with the way a stream ended, "" for nothing.

    `hurried` forgives frames that nobody had the time to look at: they were told.
    """
    told = bool(sent.unchecked) or any(each["to"] > each["from"] for each in sent.of("coverage"))
    if entry.expect not in ("ok", "tiny"):
        clear = sent.failed.startswith("WireError") or (not sent.failed and told)
        return "" if clear else f"no clear end: {sent.failed or 'nothing was told'}"
    if sent.failed:
        return "" if entry.expect == "tiny" and "WireError" in sent.failed else sent.failed
    if entry.expect == "tiny":
        return ""
    whole = sent.seconds
    if entry.is_sound and abs(whole - entry.seconds) > 0.1 + (1 - ENOUGH) * entry.seconds > 0.1:
        return f"coverage tells of {whole:.2f} of {entry.seconds:.2f} s"
    if not entry.is_sound and entry.is_plain and whole < entry.seconds * ENOUGH - _GOP_S:
        return f"coverage tells of {whole:.2f} of {entry.seconds:.2f} s"
    if entry.has_sound and sent.share("speech") < ENOUGH:
        return f"{sent.share('speech'):.3f} of the sound was listened to"
    if entry.is_sound:
        return ""
    missed = sent.missed_s("frames")
    if hurried:
        missed -= sent.missed_s("frames", _HURRIED)
    share = 1 - missed / whole if whole else 1.0
    return "" if share >= ENOUGH else f"{share:.3f} of the frames was looked at"
