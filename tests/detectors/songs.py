"""Made-up music for the tests of fingerprints: chords that change, the same for the same number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.chromaprint import RATE

__all__ = ["pcm", "song"]

_TONES = 220.0 * 2.0 ** (np.arange(24) / 12)


def song(number: int, seconds: float) -> npt.NDArray[np.float64]:
    """Return samples between -1 and 1."""
    rng = np.random.default_rng(number)
    beats = int(seconds * 4) + 1
    at = np.arange(RATE // 4) / RATE
    parts = []
    for _ in range(beats):
        tones = rng.choice(_TONES, 3, replace=False)
        loud = rng.uniform(0.1, 0.3, 3)
        parts.append((np.sin(2 * np.pi * tones[:, None] * at) * loud[:, None]).sum(axis=0))
    return np.concatenate(parts)[: int(seconds * RATE)]


def pcm(samples: npt.NDArray[np.float64]) -> bytes:
    """Return samples as the stream has them: 16 bits, little endian."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
