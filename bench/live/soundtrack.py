"""What is said in a clip, and when: whole recordings with pauses between them.

Recordings are whole, so that what is said in each is known; where there is no data the demo's own
voice speaks, and nobody knows what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.speech.clips import clips

__all__ = ["RATE", "Hear", "Line", "Samples", "Track", "recorded", "track"]

RATE = 16_000
_SHORTEST_S, _LONGEST_S = 2.0, 12.0
_REPEATED = ("speech_recognition__", "free-spoken")
"""One recording five times; single digits."""
_NOISE = 10.0
"""Real silence is not digital: 70 dB below full scale."""

Samples = NDArray[np.int16]
Hear = Callable[[Samples], tuple[str, tuple[float, ...]]]
"""Writes down a recording: the text, and when each word of it ends (`offline.Offline.hear`)."""


class Line(msgspec.Struct, frozen=True):
    """One recording in a track: seconds from the track's beginning.

    `said` is what was said, empty where nobody knows; `heard` what the offline network wrote, and
    `ends` when each of those words ends.
    """

    from_: float
    to: float
    said: str
    heard: str = ""
    ends: tuple[float, ...] = ()


class Track(msgspec.Struct, frozen=True):
    """Sound at 16 kHz, mono, and what is said in it."""

    samples: Samples
    lines: tuple[Line, ...] = ()


def track(
    seconds: float,
    voices: Sequence[tuple[Samples, str]],
    hear: Hear,
    seed: int,
    duty: float = 0.6,
) -> Track:
    """Have somebody speak for `duty` of the time, whole recordings only, in an order of the seed's.

    `voices` are recordings and what is said in each.
    """
    random = np.random.default_rng(seed)
    samples = _noise(seconds, random)
    lines: list[Line] = []
    at = 0.5
    while True:
        order = random.permutation(len(voices))
        fits = [voices[n] for n in order if at + len(voices[n][0]) / RATE + 0.5 <= seconds]
        if not fits:
            return Track(samples, tuple(lines))
        voice, said = fits[0]
        heard, ends = hear(voice)
        first = int(at * RATE)
        samples[first : first + len(voice)] = voice
        to = at + len(voice) / RATE
        lines.append(Line(at, to, said, heard, tuple(at + end for end in ends)))
        at = to + max(1.0, (to - at) * (1 / duty - 1) * float(random.uniform(0.6, 1.4)))


def recorded() -> list[tuple[Samples, str]]:
    """Return the English recordings of the data folder whose words are known; none without data."""
    return [
        (each.samples, each.said)
        for each in clips(most_s=_LONGEST_S + 1.0)
        if each.kind == "speech"
        and each.lang == "en"
        and each.said
        and _SHORTEST_S <= each.seconds <= _LONGEST_S
        and not each.name.startswith(_REPEATED)
    ]


def _noise(seconds: float, random: np.random.Generator) -> Samples:
    return random.normal(0.0, _NOISE, int(seconds * RATE)).astype(np.int16)
