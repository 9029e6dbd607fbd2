"""What one stream says, passage by passage: utterances joined with the one before, hits told once.

Rules:
1. A phrase may be split over two utterances: the newest is judged together with the one committed
   before it. What lies wholly in the earlier one was judged then, and is left out.
2. Provisional passes of an utterance and its committed text are one and the same: what was told of
   it once (by rule and what was matched) is not told again.
3. Words that are far apart in time are not joined: nobody says a phrase over a minute.
4. Utterances are heard side by side, so a long one may be committed after the one behind it. It is
   judged by itself then, whatever came meanwhile; only what itself was committed is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from seawall.signals import Signal, Signals, Span
from seawall.verdicts import Verdict
from workers.streams.reports import Spoke, Word

__all__ = ["Hearing", "Passage"]

JOIN_S = 15.0
"""Utterances further apart than this are not judged joined."""
_TEXT = 4000
_UTTERANCES = 64
"""Utterances of which it is remembered what was told."""

_Hit = tuple[str, str]


class Passage(msgspec.Struct, frozen=True):
    """A text to be judged: from `start` on it is the newest utterance. `words` with their places.

    `first` and `last` are capture times of the newest utterance's beginning and end.
    """

    text: str
    start: int
    words: tuple[tuple[int, Word], ...]
    first: float
    last: float

    def times(self, spans: Iterable[Span | None]) -> tuple[float, float]:
        """Return from when to when what lies at these places was said."""
        hit = [
            word
            for span in spans
            if span is not None
            for at, word in self.words
            if at < span[1] and span[0] < at + max(1, len(word.text))
        ]
        if not hit:
            return self.first, self.last
        return min(word.from_ for word in hit), max(word.to for word in hit)

    def aligned(self, words: Sequence[Word]) -> Passage:
        """Return it with the newest utterance's words as they were measured."""
        earlier = tuple(each for each in self.words if each[0] < self.start)
        placed = _placed(self.text, self.start, words)
        return msgspec.structs.replace(self, words=(*earlier, *placed)) if placed else self


class Hearing:
    """The speech of one stream."""

    def __init__(self) -> None:
        self._before: tuple[str, tuple[Word, ...], float] = ("", (), 0.0)
        self._told: dict[int, dict[_Hit, bool]] = {}
        self._newest = -1
        self._done: set[int] = set()
        """What is committed, of the last `_UTTERANCES` numbers."""

    def passage(self, spoke: Spoke) -> Passage | None:
        """Return what to judge of a pass; None for one whose utterance is committed already.

        Provisional passes of what lies behind the newest are too old to be worth a judgement.
        """
        too_old = spoke.n < self._newest - (_UTTERANCES if spoke.final else 0)
        if too_old or spoke.n in self._done:
            return None
        text = spoke.text.strip()[:_TEXT]
        before, words, ended = self._before
        if before and 0 <= spoke.from_ - ended <= JOIN_S:
            start = len(before) + 1
            whole = f"{before} {text}"
            placed = _placed(whole, 0, words)
        else:
            start, whole, placed = 0, text, ()
        placed = (*placed, *_placed(whole, start, spoke.words))
        return Passage(whole, start, placed, spoke.from_, spoke.to)

    def commit(self, spoke: Spoke) -> None:
        """Take an utterance as said: what comes next is joined with it."""
        self._done.add(spoke.n)
        if spoke.n < self._newest:
            return
        self._newest = spoke.n
        self._before = (spoke.text.strip()[:_TEXT], tuple(spoke.words), spoke.to)
        oldest = self._newest - _UTTERANCES
        self._done = {n for n in self._done if n >= oldest}
        for old in [n for n in self._told if n < oldest]:
            del self._told[old]

    def fresh(self, signals: Signals, start: int) -> Signals:
        """Return the signals without those that lie wholly in the earlier utterance."""
        if not start:
            return signals
        kept = [each for each in signals.items if _reaches(each, start)]
        return signals if len(kept) == len(signals.items) else Signals(kept)

    def is_news(self, n: int, verdict: Verdict) -> bool:
        """Say whether a verdict finds anything that was not told of this utterance before.

        What was told and did nothing then (it waited, the text could still change) is news once it
        does something.
        """
        told = self._told.setdefault(n, {})
        news = False
        for finding in verdict.reasons:
            hit, acts = (finding.rule, finding.value), not finding.eased
            news = news or hit not in told or (acts and not told[hit])
            told[hit] = acts or told.get(hit, False)
        return news


def _reaches(signal: Signal, start: int) -> bool:
    return signal.span is None or signal.span[1] > start


def _placed(text: str, start: int, words: Sequence[Word]) -> tuple[tuple[int, Word], ...]:
    """Return words with where they stand in a text from `start` on, as far as they do."""
    found, at = [], start
    for word in words:
        bare = word.text.strip()
        place = text.find(bare, at) if bare else -1
        if place >= 0:
            found.append((place, word))
            at = place + len(bare)
    return tuple(found)
