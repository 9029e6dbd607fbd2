"""A minute and more of somebody speaking, made of clips with pauses between them."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.speech.clips import Clip, clips

__all__ = ["Template", "templates"]

_BLOCK = 4096
_SPEECH_SHARE = 0.6
_SKIPPED = ("speech_recognition__", "free-spoken")  # one recording five times; single digits
_RATE_HZ = 16_000
_MANY = 2


class Template(msgspec.Struct, frozen=True):
    """Samples in whole blocks, where the clips lie in them, and what is said."""

    samples: NDArray[np.int16]
    utterances: tuple[NDArray[np.int16], ...]
    said: tuple[str, ...]
    speech_s: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / _RATE_HZ


def templates() -> list[Template]:
    """Return two templates of the English clips; none where there is no data."""
    spoken = [
        clip
        for clip in clips(most_s=29.0)
        if clip.kind == "speech" and clip.lang.startswith("en")
        and not clip.name.startswith(_SKIPPED)
    ]  # fmt: skip
    if not spoken:
        return []
    spoken.sort(key=lambda clip: -clip.seconds)
    return [_template(spoken[at::_MANY], seed=at) for at in range(_MANY)]


def _template(spoken: list[Clip], seed: int) -> Template:
    rng = np.random.default_rng(seed)
    order = [spoken[at] for at in rng.permutation(len(spoken))]
    speech_s = sum(clip.seconds for clip in order)
    pause_s = speech_s * (1 - _SPEECH_SHARE) / _SPEECH_SHARE / len(order)
    parts: list[NDArray[np.int16]] = []
    for clip in order:
        quiet = rng.uniform(0.6, 1.4) * pause_s
        # Real silence is not digital: a little noise, 70 dB below full scale.
        noise = rng.normal(0.0, 10.0, int(quiet * _RATE_HZ)).astype(np.int16)
        parts += [clip.samples, noise]
    samples = np.concatenate(parts)
    samples = samples[: len(samples) // _BLOCK * _BLOCK]
    cut = tuple(clip.samples[: 8 * _RATE_HZ] for clip in order)
    return Template(samples, cut, tuple(clip.said for clip in order), speech_s)
