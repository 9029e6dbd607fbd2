"""What was not spoken is doubted; nobody gets past by repeating himself."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.audio.gates import agree, cut_repeats, doubt

words = st.lists(st.sampled_from(["we", "you", "Will", "win", "now", "好"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "cut", "times"),
    [
        ("", "", 1),
        ("no no", "no no", 1),
        ("no, no, no, thank you", "no, thank you", 3),
        ("I am here. I am here. I am here.", "I am here.", 3),
        ("哈哈哈哈哈", "哈", 5),
        ("I saw a dog. I saw a dog. I saw", "I saw a dog.", 3),
        ("I saw a dog. I saw a dog. I", "I saw a dog. I saw a dog. I", 1),
        ("I saw a dog. I saw", "I saw a dog. I saw", 1),
        ("so it is a b a b a b a b then", "so it is a b then", 4),
    ],
)
def test_what_stands_three_times_stands_once(text: str, cut: str, times: int) -> None:
    assert cut_repeats(text) == (cut, times)


@given(words)
def test_cutting_keeps_what_was_said_and_adds_nothing(said: list[str]) -> None:
    text = " ".join(said)
    cut, times = cut_repeats(text)
    assert set(cut.split()) == set(said)
    assert len(cut) <= len(text)
    assert (times >= 3) == (cut != text)


@pytest.mark.parametrize(
    ("text", "sure", "count", "why"),
    [
        ("", -0.1, 0, "empty"),
        ("   ", -0.1, 0, "empty"),
        ("we are here", -1.1, 3, "unsure"),
        ("we are here", -0.9, 3, ""),
        ("a lot of words", -0.1, 19, "dense"),
        ("go go go", -0.1, 3, "loop"),
        (
            "one two three four five six seven eight " * 2 + "one two three four " * 9,
            -0.1,
            3,
            "loop",
        ),
        ("abcdefgh" * 20, -0.1, 1, "compression"),
    ],
)
def test_a_text_is_doubted_for_a_reason(text: str, sure: float, count: float, why: str) -> None:
    assert doubt(text, sure, count, 3.0) == why


def test_two_hearings_agree_on_words_not_on_how_they_are_written() -> None:
    assert agree("Go, go, go!", "go go go go")
    assert not agree("go go go", "no no no")
    assert not agree("", "")
    assert not agree("...", "!")
    assert agree("let us go fishing", "let us go swimming", 0.6)
    assert not agree("let us go fishing", "a b c d", 0.6)
