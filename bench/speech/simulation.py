"""Streams on a simulated clock, heard by the real desk and the real networks.

A pass lasts as long as the CPU time of that very call, measured; calls with the same sound are
made once and remembered. Looking for voices costs what it costs and delays the next pass. What is
written down together is charged the sum of its parts times a factor measured beforehand.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from itertools import count

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.audio.whisper import Whisper
from workers.speech.aligning import Aligning
from workers.speech.desk import Desk
from workers.speech.models import Models
from workers.speech.options import SpeechOptions
from workers.speech.transcribing import Piece, Text, hear
from workers.streams.reports import FromSpeech
from workers.streams.units import Hearing, Sound

__all__ = ["Calls", "Played", "Run", "play"]

BLOCK = 4096
"""Samples that arrive at once: 256 ms."""
_BLOCK_S = BLOCK / 16_000
_TICK_S = 0.05


class Calls:
    """The networks, whose calls are timed and remembered."""

    def __init__(self, models: Models, *, keep: bool = False) -> None:
        """`keep` every piece that was heard, in `heard`."""
        self.heard: list[Piece] = []
        self._keep = keep
        self._models = models
        self._known: dict[bytes, tuple[Text, float]] = {}
        self.made = 0
        self.factors = {1: 1.0}

    def hear(self, pieces: Sequence[Piece]) -> tuple[list[Text], float]:
        """Return what is written, and what it cost in seconds of CPU."""
        if self._keep:
            self.heard += pieces
        found = [self._one(piece) for piece in pieces]
        cost = sum(cost for _, cost in found)
        return [text for text, _ in found], cost * self._factor(len(pieces))

    def calibrate(self, pieces: Sequence[Piece], most: int) -> None:
        """Measure what writing down several at once saves."""
        for size in (2, 4, 8):
            if size > min(most, len(pieces)):
                break
            single = together = 0.0
            for at in range(0, len(pieces) - size + 1, size):
                group = pieces[at : at + size]
                single += sum(_timed(self._models.large, [one]) for one in group)
                together += _timed(self._models.large, group)
            self.factors[size] = together / single

    def again(self, piece: Piece) -> None:
        """Hear a piece once more, as it was, and forget what was written."""
        models = self._models
        hear(models.small if piece.small and models.small is not None else models.large, [piece])

    def _factor(self, size: int) -> float:
        return self.factors[max(each for each in self.factors if each <= size)]

    def _one(self, piece: Piece) -> tuple[Text, float]:
        guessed = piece.vote.language if piece.vote.settled else ""
        key = blake2b(piece.pcm, digest_size=16)
        key.update(repr((piece.final, piece.small, guessed, piece.vote.known)).encode())
        known = self._known.get(key.digest())
        if known is None:
            models = self._models
            whisper = models.small if piece.small and models.small is not None else models.large
            self.made += 1
            began = time.process_time()
            (text,) = hear(whisper, [piece])
            cost = time.process_time() - began
            known = msgspec.structs.replace(text, encoded=None), cost
            self._known[key.digest()] = known
        return known


class Played(msgspec.Struct, frozen=True):
    """One stream: samples that begin at `start_s`, again and again."""

    samples: NDArray[np.int16]
    start_s: float
    hearing: Hearing
    offset: int = 0
    """The block of the samples it begins with."""


class Run(msgspec.Struct):
    """What became of a run. `told` holds when each message was said."""

    told: list[tuple[float, FromSpeech]]
    busy_s: float
    voice_s: float
    span_s: float
    hops: dict[int, float]
    lost: dict[str, int]
    done: dict[str, int]


def play(models: Models, calls: Calls, streams: Sequence[Played], span_s: float,
         options: SpeechOptions, cores: int) -> Run:  # fmt: skip
    """Play streams for so long, on so many cores with a thread each."""
    return _Playing(models, calls, streams, span_s, options, cores).run()


class _Playing:
    """One run: what happens next, and what became of it."""

    def __init__(self, models: Models, calls: Calls, streams: Sequence[Played], span_s: float,
                 options: SpeechOptions, cores: int) -> None:  # fmt: skip
        self._desk = Desk(options, models.vad, 0.0, small=models.small is not None)
        self._calls = calls
        self._run = Run([], 0.0, 0.0, span_s, {}, {}, {})
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._idle = cores
        self._debt = 0.0
        for handle, stream in enumerate(streams, 1):
            self._desk.attach(handle, stream.hearing, 0.0)
            self._at(stream.start_s + _BLOCK_S, partial(self._arrive, handle, stream, 0))
        self._at(0.0, self._tick)

    def run(self) -> Run:
        """Let everything happen."""
        desk, run = self._desk, self._run
        while self._events:
            now, _, do = heapq.heappop(self._events)
            do(now)
            while self._idle and (job := desk.take(now)) is not None:
                if not isinstance(job, Aligning):
                    self._start(job, now)
            run.told += [(now, each) for each in desk.out]
            desk.out.clear()
        run.lost, run.done = dict(desk.lost), dict(desk.done_counts)
        return run

    def _at(self, when: float, do: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), do))

    def _arrive(self, handle: int, stream: Played, block: int, now: float) -> None:
        place = (stream.offset + block) % (len(stream.samples) // BLOCK) * BLOCK
        pcm = stream.samples[place : place + BLOCK].tobytes()
        began = time.process_time()
        self._desk.sound(handle, Sound(now - _BLOCK_S, pcm), now)
        cost = time.process_time() - began
        self._run.voice_s += cost
        self._debt += cost
        if now + _BLOCK_S < self._run.span_s:
            self._at(now + _BLOCK_S, partial(self._arrive, handle, stream, block + 1))

    def _start(self, job: tuple[Piece, ...], now: float) -> None:
        texts, cost = self._calls.hear(job)
        self._idle -= 1
        cost += self._debt
        self._debt = 0.0
        self._run.busy_s += cost
        self._at(now + cost, partial(self._through, job, texts))

    def _through(self, job: tuple[Piece, ...], texts: list[Text], now: float) -> None:
        self._idle += 1
        self._desk.done(job, texts, now)

    def _tick(self, now: float) -> None:
        self._desk.tick(now)
        hops, step = self._run.hops, self._desk.widening.step
        hops[step] = hops.get(step, 0.0) + _TICK_S
        if now < self._run.span_s:
            self._at(now + _TICK_S, self._tick)


def _timed(whisper: Whisper, pieces: Sequence[Piece]) -> float:
    began = time.process_time()
    hear(whisper, pieces)
    return time.process_time() - began
