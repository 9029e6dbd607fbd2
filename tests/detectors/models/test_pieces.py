"""The cut into pieces is the likeliest one, and bounded."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given, strategies as st

from detectors.models.pieces import Pieces

_PIECES = ("", "<unk>", "▁", "a", "b", "ab", "ba", "▁a", "aba", "c")
_SCORES = (0.0, 0.0, -3.0, -2.0, -2.5, -3.0, -4.0, -2.2, -4.5, -6.0)
CUTTER = Pieces(_PIECES, _SCORES, 1, {ord("A"): "a", ord("ß"): "cc"}, most_chars=40)


def best(chars: str) -> float:
    """Try every cut."""
    found = -math.inf
    for cuts in range(2 ** (len(chars) - 1)):
        places = [0, *(at for at in range(1, len(chars)) if cuts >> (at - 1) & 1), len(chars)]
        parts = [chars[first:last] for first, last in pairwise(places)]
        total = 0.0
        for part in parts:
            if part in _PIECES[2:]:
                total += _SCORES[_PIECES.index(part)]
            else:
                total += min(_SCORES) - 10.0 if len(part) == 1 else -math.inf
        found = max(found, total)
    return found


@given(st.text("abcx ", max_size=8))
def test_no_other_cut_is_likelier(text: str) -> None:
    numbers = CUTTER.cut(text, 100)
    score = sum(_SCORES[number] if number != 1 else min(_SCORES) - 10.0 for number in numbers)
    assert math.isclose(score, best(CUTTER.normalised(text)), abs_tol=1e-9)


def test_a_text_is_replaced_and_marked_before_it_is_cut() -> None:
    assert CUTTER.normalised("A  ß") == "▁a▁cc"
    assert CUTTER.normalised(" a") == "▁a"
    assert CUTTER.normalised("") == "▁"


@given(st.text(max_size=300), st.integers(0, 50))
def test_any_text_is_cut_into_no_more_than_was_asked(text: str, most: int) -> None:
    assert len(CUTTER.cut(text, most)) <= most
    assert len(CUTTER.normalised(text)) <= 41
