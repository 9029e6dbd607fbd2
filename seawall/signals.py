"""What detectors say: a name from a fixed vocabulary, a score, a place.

A signal's name is `detector.kind` (`link.listed`, `contact.telegram`) or, for lexicons and
classifiers, `detector.category` (`lexicon.scam.phishing`). Policy expressions use these names.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from seawall.taxonomy import Severity

__all__ = ["NO_SIGNALS", "Signal", "Signals", "Span"]

Span = tuple[int, int]
"""[start, end) in code points of the text as sent."""


class Signal(msgspec.Struct, frozen=True, gc=False):
    """One thing a detector noticed.

    `score` 0…1. `value` is what was matched in comparable form (term id, host, handle kind), for
    the record and for `policy explain`. `parts` are the ids of earlier messages of the same user
    that the match spreads over (split messages), oldest first; empty for a match in one message.
    """

    name: str
    score: float
    detector: str
    category: str | None = None
    severity: Severity | None = None
    span: Span | None = None
    value: str = ""
    parts: tuple[str, ...] = ()


class Signals:
    """All signals of one event, and the best score of each name.

    `scores` maps a name to its highest score; `best(name)` gives the signal that reached it
    (the first of equals). Immutable by convention: detectors return lists, this is built once.
    """

    __slots__ = ("items", "scores")

    def __init__(self, items: Iterable[Signal] = ()) -> None:
        self.items: tuple[Signal, ...] = tuple(items)
        scores: dict[str, float] = {}
        for item in self.items:
            if item.score > scores.get(item.name, -1.0):
                scores[item.name] = item.score
        self.scores = scores

    def best(self, name: str) -> Signal | None:
        """Return the highest-scoring signal of that name, or None when there is none."""
        score = self.scores.get(name)
        if score is None:
            return None
        return next(item for item in self.items if item.name == name and item.score == score)

    def joined(self, more: Iterable[Signal]) -> Signals:
        """Return these and what is found besides: in other messages, or by those who were asked.

        Always use it: detectors may leave out what counts only beside something else.
        """
        return Signals((*self.items, *more))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signals) and self.items == other.items

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return f"Signals({list(self.items)!r})"


NO_SIGNALS = Signals()
"""The signals of a clean message, shared so that it costs nothing."""
