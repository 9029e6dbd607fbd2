"""Our hearing and our decoding beside the programs that others use, in turns on the same clip.

Both sides count CPU of their own process and both go by that clock, so that a busy neighbour makes
nobody late: ours is the real desk with the real networks on a simulated clock, one stream.
"""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path

import av
import msgspec
import numpy as np

from bench.live.clips import Clip, looped
from bench.live.figures import percentile
from bench.live.soundtrack import RATE, Track
from bench.media_decode import decoded_s
from bench.peers.media import FfmpegKeyframes, WhisperLoop
from bench.reports.statistics import ratio
from bench.shapes.result import Figure, Ratio
from bench.speech.scoring import errors, words_of
from bench.speech.simulation import BLOCK, Calls, Played, play
from workers.speech.models import Models, load_models
from workers.speech.options import SpeechOptions
from workers.streams.reports import Spoke
from workers.streams.units import Hearing

__all__ = ["Beside", "keyframes", "speech"]

_CORES = 2
_KEYFRAMES_LEAST = 0.87
"""Ours may take 1.15 times the CPU of the ffmpeg program."""
_AFTER_S = 6.0
"""What was said last has to be written down, too."""
_SETTLED_S = 0.2
_LANG = "en"

Turn = Callable[[str, int], None]
"""Is told what begins, and which turn it is."""


class Beside(msgspec.Struct, frozen=True):
    """What was found, or in `note` why nothing was."""

    ratios: list[Ratio] = []
    figures: list[Figure] = []
    note: str = ""


class _Heard(msgspec.Struct, frozen=True):
    """A track as we heard it: streams a core, seconds from each word's end to its first text."""

    streams_a_core: float
    lags_s: list[float]
    text: str


def keyframes(folder: Path, clip: Clip, pairs: int, turn: Turn) -> Beside:
    """Decode a clip's keyframes, ours with the gate for near duplicates. Raises PeerFailed."""
    peer = FfmpegKeyframes()
    if why := peer.absent():
        return Beside(note=f"{peer.name}: {why}")
    film = folder / "talk.mp4"
    film.write_bytes(b"".join(each.data for each in looped(clip, clip.seconds)))
    av.logging.set_level(None)
    ours, theirs = [], []
    for number in range(pairs):
        turn(peer.name, number + 1)
        ours.append(clip.seconds / decoded_s(film.read_bytes()))
        theirs.append(peer.run([film]).streams_a_core)
    metric = "streams a core, keyframes decoded"
    return Beside([ratio(metric, "seawall", peer.name, ours, theirs, _KEYFRAMES_LEAST)])


def speech(folder: Path, sound: Track, pairs: int, turn: Turn) -> Beside:
    """Write down one stream's sound. Raises PeerFailed, WeightsError."""
    peer = WhisperLoop()
    if why := peer.absent():
        return Beside(note=f"{peer.name}: {why}")
    tone = folder / "talk.wav"
    with wave.open(str(tone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.samples.tobytes())
    models = load_models(SpeechOptions(device="cpu"))
    ours, theirs = [], []
    for number in range(pairs):
        turn(peer.name, number + 1)
        ours.append(_heard(models, sound))
        theirs.append(peer.run([tone]))
    found = Beside([
        ratio(
            "streams a core, speech", "seawall fast", peer.name,
            [each.streams_a_core for each in ours], [each.streams_a_core for each in theirs],
        )
    ])  # fmt: skip
    rows = (
        ("seawall fast", ours[-1].lags_s, ours[-1].text),
        (peer.name, theirs[-1].lags_s, " ".join(theirs[-1].texts)),
    )
    for name, lags_s, text in rows:
        late = percentile(lags_s, 0.95)
        found.figures.append(Figure(f"{name}: speech to its text, p95, one stream", late, "s"))
        if (wrong := _wrong(sound, text)) is not None:
            found.figures.append(Figure(f"{name}: word error rate", 100 * wrong, "%"))
    return found


def _heard(models: Models, sound: Track) -> _Heard:
    """Hear a track once, to its end, in a process that is ours; nothing of it is remembered."""
    blocks = -(-(len(sound.samples) + int(_AFTER_S * RATE)) // BLOCK)
    samples = np.zeros(blocks * BLOCK, np.int16)
    samples[: len(sound.samples)] = sound.samples
    seconds, options = len(samples) / RATE, SpeechOptions(device="cpu")
    used = msgspec.structs.replace(models, small=None)
    stream = Played(samples, 0.0, Hearing(tiers=False))
    began = time.process_time()
    run = play(used, Calls(used), [stream], seconds, options, _CORES)
    spent = time.process_time() - began
    said = [(when, each) for when, each in run.told if isinstance(each, Spoke)]
    finals = sorted((each.from_, each.text) for _, each in said if each.final and not each.shaky)
    lags = []
    for end in (end for line in sound.lines for end in line.ends):
        holds = [
            when for when, each in said
            if each.from_ <= end <= each.to - (0.0 if each.final else _SETTLED_S) + 0.05
        ]  # fmt: skip
        lags += [min(holds) - end] if holds else []
    return _Heard(len(sound.samples) / RATE / spent, lags, " ".join(text for _, text in finals))


def _wrong(sound: Track, text: str) -> float | None:
    """Return the word error rate of a whole track; None where it is not known what is said."""
    if not sound.lines or not all(line.said for line in sound.lines):
        return None
    said = words_of(" ".join(line.said for line in sound.lines), _LANG)
    return errors(said, words_of(text, _LANG)) / len(said)
