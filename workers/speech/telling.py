"""From what a pass wrote to what the gateway is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.audio.words import Timed, estimate
from media.utterances import FRAME_S
from workers.speech.transcribing import Piece, Text
from workers.streams.reports import Spoke, Word

__all__ = ["CAUSES", "final", "provisional"]

CAUSES = {"unsure": "noise", "loop": "loop", "compression": "loop", "dense": "loop"}
"""What is said of a text that failed a gate."""
_SETTLED_S = 0.2
_MOST_CHARACTERS = 4000


def provisional(piece: Piece, text: Text, now: float) -> Spoke | None:
    """Tell what was heard so far, without a last word that may not be complete; None for nothing.

    What failed a gate is not told before its time.
    """
    if text.shaky or not text.text:
        return None
    words = estimate(text.text, piece.voice, FRAME_S)
    if words and words[-1].to_s > piece.seconds - _SETTLED_S:
        words = words[:-1]
    if not words:
        return None
    shown = text.text[: words[-1].end]
    return _spoke(piece, text, shown, words, now, final=False)


def final(piece: Piece, text: Text, now: float) -> Spoke:
    """Tell what was heard of an utterance that has ended."""
    words = estimate(text.text, piece.voice, FRAME_S)
    return _spoke(piece, text, text.text, words, now, final=True)


def _spoke(
    piece: Piece, text: Text, shown: str, words: Sequence[Timed], now: float, *, final: bool
) -> Spoke:
    at = piece.at
    return Spoke(
        piece.handle,
        piece.n,
        at,
        piece.to,
        shown[:_MOST_CHARACTERS],
        [Word(each.text, at + each.from_s, at + each.to_s) for each in words],
        text.language,
        final,
        text.sure,
        CAUSES.get(text.shaky, text.shaky),
        "small" if piece.small else "large",
        round(max(now - piece.arrived, 0.0), 3),
    )
