"""The clips speech is measured on: those of the data folder's manifest, as 16 kHz samples."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Clip", "as_files", "clips", "samples_of"]

_KINDS = ("speech", "noise", "silence", "music")

Samples = NDArray[np.int16]


class Clip(msgspec.Struct, frozen=True):
    """One clip: what it is, and what is said in it where that is known."""

    name: str
    kind: str
    lang: str
    said: str
    keywords: tuple[str, ...]
    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / 16_000


def clips(most_s: float = 70.0) -> list[Clip]:
    """Return the sound clips that decode, each cut to `most_s`; none where there is no data."""
    folder = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "media"
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return []
    found = []
    for line in manifest.read_text("utf-8").splitlines():
        row = json.loads(line)
        robot = "formant" in (row.get("note") or "")  # nobody understands it, nor any network
        if row["kind"] in _KINDS and row["expect"] == "ok" and not robot:
            samples = samples_of(folder / row["file"])[: int(most_s * 16_000)]
            keywords = tuple(row.get("keywords") or ())
            said = row.get("transcript") or ""
            lang = row.get("lang") or ""
            found.append(Clip(row["file"], row["kind"], lang, said, keywords, samples))
    return found


def samples_of(path: Path) -> Samples:
    """Return a file's sound."""
    resampler = av.AudioResampler("s16", "mono", 16_000)
    parts = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray().ravel() for each in resampler.resample(frame)]
        parts += [each.to_ndarray().ravel() for each in resampler.resample(None)]
    return np.concatenate(parts).astype(np.int16) if parts else np.zeros(0, np.int16)


def as_files(weights: Mapping[str, bytes]) -> dict[str, bytes | io.BytesIO]:
    """Return weights as stock faster-whisper takes them from memory."""
    return {
        name: content if name == "tokenizer.json" else io.BytesIO(content)
        for name, content in weights.items()
    }
