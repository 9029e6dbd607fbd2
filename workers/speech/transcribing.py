"""One pass from sound to text: heard, doubted, heard once more where that may help.

Runs in the transcribing threads; knows no stream, no clock and no socket.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from detectors.audio.gates import agree, cut_repeats, doubt
from detectors.audio.language import Guesses, Vote
from detectors.audio.whisper import CONTEXT, LONG, RATE_HZ, Ask, Encoded, Heard, Samples, Whisper
from detectors.audio.words import weight

__all__ = ["Piece", "Text", "floats", "hear", "is_silent"]

SHORT = 600
"""The context of a provisional pass of no more than 5 s: two thirds of the cost."""
_SHORT_S = 5.0
_LOUD_ENOUGH = 1e-3
_SURE_UNVOICED, _SURE_LANGUAGE = -0.8, 0.5
"""What is written where nobody seems to speak must be likelier, and in some language."""
_ALIKE = 0.6


class Piece(msgspec.Struct, frozen=True):
    """The sound of one pass: 16 kHz mono s16 from frame `start` of its stream."""

    handle: int
    n: int
    final: bool
    small: bool
    start: int
    pcm: bytes
    voice: bytes
    """One byte a frame of 512 samples, 1 where there was a voice."""
    vote: Vote
    at: float
    """When its first sample was captured."""
    to: float
    """When its last one was."""
    arrived: float
    """When that arrived here; monotonic."""
    voiced: bool = True

    @property
    def end(self) -> int:
        """One past its last frame."""
        return self.start + len(self.voice)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / RATE_HZ


class Text(msgspec.Struct, frozen=True):
    """What a pass wrote. `shaky` says why it may not be relied on, "" where it may."""

    text: str
    tokens: tuple[int, ...]
    sure: float
    language: str
    guesses: Guesses
    shaky: str
    encoded: Encoded | None
    tries: int = 1


def hear(whisper: Whisper, pieces: Sequence[Piece]) -> list[Text]:
    """Write down pieces of sound, together where that is cheaper. Raises RuntimeError."""
    asks = [_ask(whisper, piece) for piece in pieces]
    context = max(_context(piece) for piece in pieces)
    heard = whisper.hear(asks, context)
    return [
        _judged(whisper, piece, ask, each)
        for piece, ask, each in zip(pieces, asks, heard, strict=True)
    ]


def floats(pcm: bytes) -> Samples:
    """Return samples from -1 to 1."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)


def _context(piece: Piece) -> int:
    return SHORT if not piece.final and piece.seconds <= _SHORT_S else CONTEXT


def _ask(whisper: Whisper, piece: Piece) -> Ask:
    samples = floats(piece.pcm)
    if not whisper.multilingual or piece.vote.known:
        return Ask(samples, piece.vote.known or "en")
    return Ask(samples, "", lambda guesses: piece.vote.choose(guesses, piece.seconds))


def _judged(whisper: Whisper, piece: Piece, ask: Ask, first: Heard) -> Text:
    why = _doubt(piece, first)
    if why == "empty" or not piece.final or (not why and piece.voiced):
        return _text(first, why, 1)
    other = first.language
    if first.guesses and not piece.vote.known:
        other = first.guesses[0][0]
    (second,) = whisper.hear([Ask(ask.samples, other)], LONG)
    again = _doubt(piece, second)
    why = _spoken(again, first, second) if piece.voiced else _sung(why, again, first, second)
    better = second if not why or second.sure >= first.sure else first
    return _text(msgspec.structs.replace(better, guesses=first.guesses), why, 2)


def _spoken(again: str, first: Heard, second: Heard) -> str:
    """Believe a second hearing that is not doubted, or that repeats what the first one does."""
    repeats = again in ("loop", "compression")
    return "" if repeats and agree(first.text, second.text) else again


def _sung(why: str, again: str, first: Heard, second: Heard) -> str:
    """Believe two hearings that are both not doubted and much alike: nobody seems to speak."""
    return why or again or ("" if agree(first.text, second.text, _ALIKE) else "unsure")


def _doubt(piece: Piece, heard: Heard) -> str:
    text, _ = cut_repeats(heard.text)
    if not any(each.isalnum() for each in text):
        return "empty"
    if not piece.voiced and (heard.sure < _SURE_UNVOICED or _likeliest(heard) < _SURE_LANGUAGE):
        return "unsure"
    return doubt(heard.text, heard.sure, weight(heard.text), piece.seconds)


def _likeliest(heard: Heard) -> float:
    return heard.guesses[0][1] if heard.guesses else 1.0


def _text(heard: Heard, why: str, tries: int) -> Text:
    text, _ = cut_repeats(heard.text)
    shaky = "" if why == "empty" else why
    return Text(
        "" if why == "empty" else text,
        heard.tokens,
        round(heard.sure, 3),
        heard.language,
        heard.guesses,
        shaky,
        heard.encoded,
        tries,
    )


def is_silent(pcm: bytes) -> bool:
    """Tell whether there is nothing to be heard in a sound: below -60 dB of full scale."""
    samples = floats(pcm)
    return not len(samples) or float(np.sqrt(np.mean(samples * samples))) < _LOUD_ENOUGH
