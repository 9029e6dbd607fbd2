"""How long after a word was spoken the first message came that holds it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from bench.speech.simulation import BLOCK, Calls, Played, Run, play
from bench.speech.templates import Template
from workers.speech.models import Models
from workers.speech.options import SpeechOptions
from workers.speech.transcribing import Piece, hear
from workers.streams.reports import Spoke
from workers.streams.units import Hearing

__all__ = ["Lag", "lag_of", "spoken_pieces", "spoken_words"]

_SETTLED_S = 0.2
_WARM_S = 12.0


class Lag(msgspec.Struct, frozen=True):
    """Seconds; `slope` is by how much the lag grows a second."""

    p50: float
    p95: float
    most: float
    slope: float
    words: int
    unheard: int
    """Words no message holds; they are in no other figure."""


def spoken_pieces(models: Models, template: Template) -> list[Piece]:
    """Return the utterances a template is cut into."""
    calls = Calls(models, keep=True)
    played = [Played(template.samples, 0.0, Hearing(profile="thrifty"))]
    play(models, calls, played, template.seconds, SpeechOptions(device="cpu"), 2)
    return calls.heard


def spoken_words(models: Models, template: Template) -> list[float]:
    """Return when each word of a template ends, as the network aligns what is final."""
    ends: list[float] = []
    for piece in spoken_pieces(models, template):
        (text,) = hear(models.large, [piece])
        if text.text and not text.shaky and text.encoded is not None:
            words = models.large.align(text.encoded, text.tokens)
            ends += [piece.at + word.to_s for word in words]
    return sorted(ends)


def lag_of(run: Run, streams: Sequence[Played], spoken: Sequence[Sequence[float]],
           made: Sequence[Template]) -> Lag:  # fmt: skip
    """Return the lag of all words of all streams, after a little while to warm up."""
    lags: list[tuple[float, float]] = []
    unheard = 0
    for handle, stream in enumerate(streams, 1):
        which = (handle - 1) % len(made)
        whole, first = len(stream.samples) / 16_000, stream.offset * BLOCK / 16_000
        told = sorted(
            (when, said.from_, said.to - (0.0 if said.final else _SETTLED_S))
            for when, said in run.told
            if isinstance(said, Spoke) and said.handle == handle
        )
        loops = int(run.span_s / whole) + 2
        ends = [
            end - first + loop * whole + stream.start_s
            for loop in range(loops)
            for end in spoken[which]
        ]
        for end in ends:
            if _WARM_S < end < run.span_s - _WARM_S:
                holds = [when for when, since, to in told if since <= end <= to + 0.05]
                if holds:
                    lags.append((end, min(holds) - end))
                else:
                    unheard += 1
    if not lags:
        return Lag(0.0, 0.0, 0.0, 0.0, 0, unheard)
    found = np.array(lags)
    slope = float(np.polyfit(found[:, 0], found[:, 1], 1)[0]) if len(found) > 2 else 0.0
    p50, p95 = (float(each) for each in np.percentile(found[:, 1], (50, 95)))
    return Lag(p50, p95, float(found[:, 1].max()), slope, len(found), unheard)
