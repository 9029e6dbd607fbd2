"""Words lie in order within the voice."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.audio.words import estimate, weight

voices = st.lists(st.booleans(), max_size=80).map(bytes)


@given(st.text(max_size=60), voices)
def test_words_are_in_order_within_the_sound(text: str, voice: bytes) -> None:
    words = estimate(text, voice, 0.032)
    assert all(text[word.start : word.end] == word.text for word in words)
    times = [moment for word in words for moment in (word.from_s, word.to_s)]
    assert times == sorted(times)
    assert all(0 <= moment <= len(voice) * 0.032 + 1e-3 for moment in times)
    assert sum(len(word.text) for word in words) == len("".join(text.split()))


def test_letters_are_spread_over_the_voice_alone() -> None:
    voice = bytes([0, 0, 1, 1, 0, 0, 0, 1, 1, 0])
    one, two = estimate("ab cd", voice, 1.0)
    assert (one.from_s, one.to_s) == (2.0, 4.0)
    assert (two.from_s, two.to_s) == (7.0, 9.0)


def test_without_a_voice_they_are_spread_over_all() -> None:
    (word,) = estimate("word", bytes(4), 1.0)
    assert (word.from_s, word.to_s) == (0.0, 4.0)
    (word,) = estimate("word", b"", 1.0)
    assert (word.from_s, word.to_s) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("你好，世界", ["你", "好，", "世", "界"]),
        ("I'm 5 km away.", ["I'm", "5", "km", "away."]),
        ("リンゴ 武士", ["リ", "ン", "ゴ", "武", "士"]),
        ("그는 갔다", ["그는", "갔다"]),
    ],
)
def test_scripts_without_spaces_have_a_word_a_character(text: str, words: list[str]) -> None:
    assert [word.text for word in estimate(text, b"\1" * 9, 1.0)] == words


def test_words_weigh_alike_in_all_scripts() -> None:
    assert weight("one two three") == 3.0
    assert weight("你好世界哈") == pytest.approx(2.0)
