"""Letters apart become the syllables they spell; laughter stays laughter."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given, strategies as st

from detectors.jamo import JAMO, syllables


@pytest.mark.parametrize(
    ("letters", "whole"),
    [
        ("ㅈㅣㄱㅏㅂ", "지갑"),
        ("ㅇㅔ", "에"),
        ("ㅎㅏㄴㄱㅜㄱ", "한국"),
        ("ㄷㅏㄹㄱ", "달ㄱ"),
        ("ㄸㅏ", "따"),
    ],
)
def test_letters_become_syllables(letters: str, whole: str) -> None:
    assert syllables(letters) == whole


@pytest.mark.parametrize("text", ["ㅋㅋㅋ", "ㅠㅠ", "ㅇㅇ", "한국어"])
def test_letters_that_spell_nothing_are_left(text: str) -> None:
    assert JAMO.search(text) is None


@given(st.text(st.sampled_from("ㄱㅏㅂㅣㅇㅔㄸㅢ"), max_size=20))
def test_the_result_is_composed(text: str) -> None:
    whole = syllables(text)
    assert whole == normalize("NFC", whole)
    assert len(whole) <= len(text)
