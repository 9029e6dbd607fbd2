"""Sounds that tests listen to, and the networks that listen: made once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from detectors.audio.whisper import RATE_HZ, Samples
from tests.detectors.audio.make_spoken import FIRST, SECOND
from workers.speech.models import Models, load_models
from workers.speech.options import SpeechOptions

__all__ = ["FIRST", "SECOND", "models", "noise", "pcm", "silence", "spoken", "tone"]


@cache
def models() -> Models:
    """Load the real networks."""
    return load_models(SpeechOptions(device="cpu"))


@cache
def spoken() -> Samples:
    """Return both sentences with a second of silence around each."""
    resampler = av.AudioResampler("s16", "mono", RATE_HZ)
    parts = []
    with av.open(str(Path(__file__).with_name("spoken.ogg"))) as container:
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray().ravel() for each in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.float32) / np.float32(32768.0)


def silence(seconds: float) -> Samples:
    """Return nothing at all."""
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def noise(seconds: float, level: float = 0.05) -> Samples:
    """Return white noise, the same each time."""
    rng = np.random.default_rng(3)
    return rng.normal(0.0, level, int(seconds * RATE_HZ)).astype(np.float32)


def tone(seconds: float, hertz: float = 440.0) -> Samples:
    """Return a sine."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (0.3 * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def pcm(samples: Samples) -> bytes:
    """Return samples as they travel: 16 bits, little endian."""
    whole: NDArray[np.int16] = np.clip(samples * 32767.0, -32768, 32767).astype("<i2")
    return whole.tobytes()
