"""A desk without networks: loud is a voice, and what is written is made up."""

from __future__ import annotations

import numpy as np

from detectors.audio.vad import FRAME, Memory
from detectors.audio.whisper import Samples
from workers.speech.desk import Desk, Job
from workers.speech.options import SpeechOptions
from workers.speech.transcribing import Text
from workers.streams.units import Sound

__all__ = ["Loud", "answer", "desk", "loud", "quiet", "sound", "text"]


class Loud:
    """Finds a voice where the sound is loud."""

    def listen(self, memory: Memory, samples: Samples) -> list[float]:
        """Return the loudness of each frame."""
        return [float(each) for each in np.abs(samples.reshape(-1, FRAME)).max(axis=1)]


def desk(*, small: bool = False, **options: float) -> Desk:
    """Return a desk that begins at 100 s."""
    return Desk(SpeechOptions(**options), Loud(), 100.0, small=small)  # type: ignore[arg-type]  # by name


def loud(seconds: float) -> bytes:
    """Return sound with a voice."""
    return np.full(int(seconds * 16_000), 30_000, "<i2").tobytes()


def quiet(seconds: float) -> bytes:
    """Return sound without one."""
    return bytes(int(seconds * 16_000) * 2)


def sound(at: float, pcm: bytes, *, jump: bool = False) -> Sound:
    """Return sound as a decoder sends it."""
    return Sound(at, pcm, jump)


def text(written: str = "hello there", language: str = "en", shaky: str = "") -> Text:
    """Return what a pass may write."""
    guesses = [(language, 0.99)]
    return Text(written, (1, 2), -0.2, language, guesses, shaky, None)


def answer(desk: Desk, now: float, written: Text | None = None, most: int = 1000) -> list[Job]:
    """Do what there is to be done, at once."""
    jobs: list[Job] = []
    while len(jobs) < most and (job := desk.take(now)) is not None:
        jobs.append(job)
        if isinstance(job, tuple):
            desk.done(job, [written or text()] * len(job), now)
        else:
            desk.aligned(job, [("hello", 0.1, 0.3)])
    return jobs
