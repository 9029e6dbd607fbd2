"""Whose measurements count for a text: its script, its small words, and then the sender's word."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.models.language import UNKNOWN, language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("what are you doing there", "en"),
        ("kamu lagi di mana sih bang", "id"),
        ("hôm nay trời đẹp quá", "vi"),
        ("você não sabe o que está falando", "pt"),
        ("pero qué dices, no es así", "es"),
        ("bugün hava çok güzel değil mi", "tr"),
        ("je ne sais pas ce que tu veux", "fr"),
        ("das ist nicht mein Problem und ich weiß es", "de"),
        ("привет, как дела", "ru"),
        ("привіт, як твої справи", "uk"),
        ("今天天气很好", "zh"),
        ("今日はいい天気ですね", "ja"),
        ("오늘 날씨 좋네요", "ko"),
        ("الطقس جميل اليوم", "ar"),
        ("आज मौसम अच्छा है", "hi"),
        ("γειά σου φίλε", "other"),
        ("pog", UNKNOWN),
        ("", UNKNOWN),
        ("!!! 123", UNKNOWN),
    ],
)
def test_a_language_is_known_by_its_letters_and_small_words(text: str, code: str) -> None:
    assert language(text) == code


def test_the_senders_word_counts_where_the_text_says_nothing() -> None:
    assert language("pog", "pt") == "pt"
    assert language("pog", "pt-BR") == "pt"


def test_the_senders_word_does_not_outvote_the_text() -> None:
    assert language("what are you doing there", "vi") == "en"
    assert language("привет, как дела", "en") == "ru"


@given(st.text(st.characters(exclude_categories=())), st.text(max_size=5))
def test_any_text_has_a_language(text: str, told: str) -> None:
    assert isinstance(language(text, told), str)


@pytest.mark.parametrize("told", ["ru", "zh", "ar", "vi", "uk"])
def test_a_language_with_letters_of_its_own_is_not_believed_without_them(told: str) -> None:
    assert language("pog", told) == UNKNOWN
