"""No handle and no number of a stream is ever used twice, whichever decoder lives."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from workers.streams.numbers import Numbers, stream_of


@given(st.integers(0, (1 << 40) - 1), st.lists(st.integers(0, 50), max_size=30))
def test_numbers_rise_over_lives(handle: int, counts: list[int]) -> None:
    numbers, seen, lives = Numbers(handle), list[int](), set[int]()
    for count in counts:
        assert stream_of(numbers.life) == handle
        assert numbers.life not in lives
        lives.add(numbers.life)
        for n in range(count):
            number = numbers.frame(n, numbers.life)
            assert number is not None
            seen.append(number)
        numbers.revive()
    assert seen == sorted(set(seen))


def test_answers_for_a_life_just_over_are_the_streams() -> None:
    numbers = Numbers(7)
    first = numbers.life
    assert numbers.frame(4, first) == 4
    numbers.revive()
    assert numbers.frame(4, first) == 4
    assert numbers.frame(0, numbers.life) == 5
    for _ in range(5):
        numbers.revive()
    assert numbers.frame(4, first) is None


def test_an_utterance_is_found_again() -> None:
    numbers = Numbers(7)
    numbers.utterance(2, numbers.life)
    numbers.revive()
    assert numbers.utterance(1, numbers.life) == 4
    assert numbers.find(4) == (numbers.life, 1)
    assert numbers.find(2) == (7, 2)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        Numbers(1).frame(-1, 1)
    with pytest.raises(ValueError, match="no handle"):
        Numbers(1 << 40)
