"""Every message that was sent gets one answer: what is missing, too many or unknown is found."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, strategies as st

from bench.load.ledger import Ledger


@given(
    st.lists(st.booleans(), min_size=1, max_size=40),
    st.lists(st.integers(0, 200), max_size=80),
    st.integers(1, 3),
)
def test_the_ledger_counts_as_one_would_by_hand(
    sent: list[bool], numbers: list[int], parts: int
) -> None:
    part = parts - 1
    mine = {part + place * parts: place for place, was in enumerate(sent) if was}
    ledger = Ledger(np.array(sent), np.array(numbers, dtype=np.int64), part, parts)
    by_hand = Counter(number for number in numbers if number in mine)
    assert ledger.unknown == sum(number not in mine for number in numbers)
    assert ledger.unanswered().tolist() == [
        place for number, place in mine.items() if not by_hand[number]
    ]
    assert int(ledger.doubled().sum()) == sum(count - 1 for count in by_hand.values())
    assert int(ledger.first.sum()) == len(by_hand)
    seen: set[int] = set()
    for number, first in zip(numbers, ledger.first.tolist(), strict=True):
        assert first == (number in mine and number not in seen)
        seen.add(number)
