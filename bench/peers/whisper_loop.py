"""What most people run: one faster-whisper network and a loop over the streams.

The streams are clips, live at once: whenever a piece of one has come in, `transcribe()` is called
on it, the stream that has waited longest first, one at a time. The model is the one the product
hears with, its options those the library has by default but for the language, which is told.

The streams' clock is not this machine's: it goes on by the CPU time a call took (on a GPU, by how
long it took), so that a busy neighbour does not make anybody late. Prints a MediaRun as JSON.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from faster_whisper import WhisperModel

from bench.peers.media import MediaRun
from bench.speech.clips import Samples, as_files, samples_of
from detectors.models.device import for_ctranslate2
from detectors.models.registry import load
from seawall.errors import SeawallError

__all__ = ["main", "played"]

RATE_HZ = 16_000

Heard = list[tuple[float, str]]
"""Segments: when each ends, seconds from the start of the piece, and its text."""


def played(
    streams: Sequence[Samples], piece_s: float, hear: Callable[[Samples], tuple[Heard, float]]
) -> tuple[list[float], list[str], int]:
    """Have streams heard, all live from 0; return lags, a text a stream, how many pieces.

    `hear` returns what it heard in a piece and the seconds it took.
    """
    size = int(piece_s * RATE_HZ)
    waiting = [
        (min(begin + size, len(sound)) / RATE_HZ, at, begin)
        for at, sound in enumerate(streams)
        for begin in range(0, len(sound), size)
    ]
    now = 0.0
    lags: list[float] = []
    texts = [""] * len(streams)
    for there, at, begin in sorted(waiting):
        heard, took = hear(streams[at][begin : begin + size])
        now = max(now, there) + took
        for end, text in heard:
            lags.append(now - begin / RATE_HZ - min(end, there - begin / RATE_HZ))
            texts[at] += text
    return lags, [text.strip() for text in texts], len(waiting)


def main() -> int:
    """Transcribe the clips given; 1 where the model is not there."""
    options = argparse.ArgumentParser(prog="whisper_loop", description=__doc__)
    options.add_argument("--piece", type=float, default=5.0, help="seconds (%(default)s)")
    options.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")
    options.add_argument("--model", default="whisper-base")
    options.add_argument("clips", nargs="+", type=Path)
    given = options.parse_args()
    began = time.perf_counter()
    try:
        compute = for_ctranslate2(given.device)
        weights = as_files(load(given.model))
    except SeawallError as error:
        print(error, file=sys.stderr)
        return 1
    network = WhisperModel(
        "base", device=compute.device, compute_type=compute.kind, cpu_threads=1, files=weights
    )
    clock = time.perf_counter if compute.device == "cuda" else time.process_time

    def hear(sound: Samples) -> tuple[Heard, float]:
        start = clock()
        segments, _ = network.transcribe(sound.astype(np.float32) / 32768.0, language="en")
        heard = [(float(segment.end), str(segment.text)) for segment in segments]
        return heard, clock() - start

    streams = [samples_of(clip) for clip in given.clips]
    load_s = time.perf_counter() - began
    before, began = time.process_time(), time.perf_counter()
    lags, texts, pieces = played(streams, given.piece, hear)
    run = MediaRun(
        "whisper-loop",
        len(streams),
        sum(map(len, streams)) / RATE_HZ,
        time.process_time() - before,
        time.perf_counter() - began,
        pieces,
        lags,
        texts,
        load_s,
    )
    sys.stdout.buffer.write(msgspec.json.encode(run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
