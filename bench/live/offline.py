"""What the stock offline network makes of a recording: the text, and when each word ends.

It gets the recording alone and whole, and knows nothing of how our side cuts and hears the same
sound: the same weights, another way. It stands beside ours for the error rate, and says when words
are over.
"""

from __future__ import annotations

import numpy as np
from faster_whisper import WhisperModel

from bench.live.soundtrack import Samples
from bench.speech.clips import as_files
from detectors.models.registry import load

__all__ = ["Offline"]


class Offline:
    """Stock faster-whisper with the network that streams are heard by, a recording at a time."""

    def __init__(self) -> None:
        """Load it. Raises WeightsError where the weights are not here."""
        self._stock = WhisperModel(
            "base",
            device="cpu",
            compute_type="int8",
            cpu_threads=1,
            files=as_files(load("whisper-base")),
        )
        self._known: dict[bytes, tuple[str, tuple[float, ...]]] = {}

    def hear(self, samples: Samples) -> tuple[str, tuple[float, ...]]:
        """Return what is said, and when each word of it ends."""
        key = samples.tobytes()
        if key not in self._known:
            segments, _ = self._stock.transcribe(
                samples.astype(np.float32) / np.float32(32768.0),
                language="en",
                beam_size=1,
                temperature=0.0,
                condition_on_previous_text=False,
                word_timestamps=True,
            )
            found = [word for segment in segments for word in segment.words or ()]
            text = "".join(word.word for word in found).strip()
            self._known[key] = text, tuple(float(word.end) for word in found)
        return self._known[key]
