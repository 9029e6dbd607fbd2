"""When the words of an utterance were spoken, estimated: letters spread evenly over its voice.

Measured against alignment by the network, the end of a word is off by 0.2 s in the mean, 0.4 s at
the 95th percentile. Scripts without spaces have one word a character here.
"""

from __future__ import annotations

import re

import msgspec

__all__ = ["Timed", "estimate", "weight"]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u30fc\u3099-\u309c"
_WORD = re.compile(rf"[{_UNSPACED}][{_MARKS}]*[^\w\s]*|[^\s{_UNSPACED}]+", re.UNICODE)
_UNSPACED_ONE = re.compile(rf"[{_UNSPACED}]")
_UNSPACED_WEIGHT = 0.4
"""A character of these counts so much of a word: people speak about as many syllables a second."""


class Timed(msgspec.Struct, frozen=True):
    """A word, its place in the text, and when it was spoken: seconds from the first frame."""

    text: str
    start: int
    end: int
    from_s: float
    to_s: float


def estimate(text: str, voice: bytes, frame_s: float) -> list[Timed]:
    """Return the words of a text that was spoken while `voice` (one byte a frame) is not 0.

    Without any voice the words are spread over all of it.
    """
    found = list(_WORD.finditer(text))
    voiced = [at for at, there in enumerate(voice) if there] or list(range(len(voice)))
    letters = sum(match.end() - match.start() for match in found)
    if not voiced or not letters:
        return [Timed(match[0], match.start(), match.end(), 0.0, 0.0) for match in found]
    timed, passed, share = [], 0, len(voiced) / letters
    for match in found:
        first = passed * share
        passed += match.end() - match.start()
        spoken = (_moment(voiced, first), _moment(voiced, passed * share, end=True))
        times = (round(moment * frame_s, 3) for moment in spoken)
        timed.append(Timed(match[0], match.start(), match.end(), *times))
    return timed


def weight(text: str) -> float:
    """Return how many words a text counts as, comparable between scripts."""
    return sum(
        _UNSPACED_WEIGHT if _UNSPACED_ONE.match(match[0]) else 1.0 for match in _WORD.finditer(text)
    )


def _moment(voiced: list[int], at: float, *, end: bool = False) -> float:
    """Return the frame, with its part, at which so much of the voice had passed."""
    whole = min(int(at), len(voiced) - 1)
    if end and at == whole and whole:  # not after the pause that follows
        return voiced[whole - 1] + 1.0
    return voiced[whole] + min(at - whole, 1.0)
