"""Whether the words that matter are found: in the end, and before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from bench.speech.scoring import words_of
from bench.speech.simulation import Run
from workers.streams.reports import Spoke

__all__ = ["Found", "found"]

_LETTERS = 5


class Found(msgspec.Struct, frozen=True):
    """Shares: of what was said, found at last; of what was told early, right; of both, early."""

    recall: float
    precision: float
    early: float
    said: int
    told: int


def found(run: Run, said: Sequence[str]) -> Found:
    """Compare one stream that played its template once with what is said in it.

    Keywords are the words of five letters and more. What is told early is right where the final
    text of its utterance has it.
    """
    expected = Counter(word for text in said for word in words_of(text, "en") if _is_key(word))
    finals: dict[int, Counter[str]] = {}
    early: dict[int, set[str]] = {}
    for _, each in run.told:
        if isinstance(each, Spoke) and not each.shaky:
            words = [word for word in words_of(each.text, "en") if word in expected]
            if each.final:
                finals[each.n] = Counter(words)
            else:
                early.setdefault(each.n, set()).update(words)
    last = Counter[str]()
    for words_found in finals.values():
        last += words_found
    told = sum(map(len, early.values()))
    right = sum(len(early[n] & set(finals.get(n, ()))) for n in early)
    seen = sum(len(set(words) & early.get(n, set())) for n, words in finals.items())
    kinds = sum(len(set(words)) for words in finals.values())
    return Found(
        (expected & last).total() / max(expected.total(), 1),
        right / max(told, 1),
        seen / max(kinds, 1),
        expected.total(),
        told,
    )


def _is_key(word: str) -> bool:
    return len(word) >= _LETTERS and word.isalpha()
