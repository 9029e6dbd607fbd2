"""How right live texts are: beside what was said, and beside the same network offline; pure.

Pooled over recordings that lie wholly in a stretch. A text counts for the recording that it shares
most time with; what nobody relies on (`shaky`) counts as not heard.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import nan

import msgspec

from bench.live.watched import Answer
from bench.live.words import Spoken
from bench.speech.scoring import errors, words_of

__all__ = ["Rates", "rates"]

_LANG = "en"


class Rates(msgspec.Struct, frozen=True):
    """Word error rates, 0 to 1 and beyond; nan where there is nothing to compare with.

    `live` and `offline` are beside what was said, `beside` is live beside offline.
    """

    live: float
    offline: float
    beside: float


def rates(said: Sequence[Spoken], found: Iterable[Answer]) -> Rates:
    """Return the error rates of final texts (`speech`)."""
    texts: defaultdict[tuple[str, float], list[tuple[float, str]]] = defaultdict(list)
    by_stream: defaultdict[str, list[Spoken]] = defaultdict(list)
    for each in said:
        by_stream[each.stream].append(each)
    for answer in found:
        if answer.unit != "speech" or not answer.final or answer.unchecked:
            continue
        of = max(by_stream[answer.stream], key=lambda each: _shared(each, answer), default=None)
        if of is not None and _shared(of, answer) > 0:
            texts[of.stream, of.from_].append((answer.start, answer.text))
    live, offline, beside = _Pool(), _Pool(), _Pool()
    for each in said:
        heard = " ".join(text for _, text in sorted(texts[each.stream, each.from_]))
        if each.line.said:
            live.add(each.line.said, heard)
            offline.add(each.line.said, each.line.heard)
        beside.add(each.line.heard, heard)
    return Rates(live.rate, offline.rate, beside.rate)


class _Pool:
    def __init__(self) -> None:
        self._wrong = self._words = 0

    def add(self, said: str, heard: str) -> None:
        words = words_of(said, _LANG)
        self._wrong += errors(words, words_of(heard, _LANG))
        self._words += len(words)

    @property
    def rate(self) -> float:
        return self._wrong / self._words if self._words else nan


def _shared(each: Spoken, answer: Answer) -> float:
    return min(each.to, answer.end) - max(each.from_, answer.start)
