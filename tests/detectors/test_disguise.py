"""Disguised dots are undone, and every place leads back."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import given, strategies as st

from detectors.disguise import CERTAIN, DISGUISE, SPOKEN, undisguise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("evil[.]com", "evil.com"),
        ("evil [ dot ] com", "evil.com"),
        ("evil(punto)com", "evil.com"),
        ("evil。com", "evil.com"),
        ("evil dot com", "evil.com"),
        ("evil点com", "evil.com"),
        ("evil . com", "evil.com"),
        ("evil .com", "evil.com"),
        ("evil. com", "evil.com"),
        ("e v i l . c o m", "evil.com"),
        ("go e v i l . c o m now", "go evil.com now"),
    ],
)
def test_a_disguise_is_undone(text: str, plain: str) -> None:
    assert undisguise(text).text == plain


@pytest.mark.parametrize(
    "text",
    ["yes dot so", "wait . what", "a b c d e f", "有点累", "a · b", "no dots"],
)  # fmt: skip
def test_what_is_none_is_left_alone(text: str) -> None:
    assert undisguise(text).text == text


def test_certainty_tells_a_hidden_dot_from_a_spoken_one() -> None:
    source = undisguise("one[.]com two dot com three.com")
    at = source.text.index
    assert source.certainty(at("one"), at("one") + 7) == CERTAIN
    assert source.certainty(at("two"), at("two") + 7) == SPOKEN
    assert source.certainty(at("three"), at("three") + 9) == 0.0


_PIECES = [
    "evil",
    "com",
    "[.]",
    "(dot)",
    " dot ",
    "点",
    " . ",
    ".",
    " ",
    "。",
    "x y z . c o",
    "точка",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=20).map("".join))
def test_letters_keep_their_places(text: str) -> None:
    source = undisguise(text)
    places = [source.origin(at) for at in range(len(source.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(text)
    for at, char in enumerate(source.text):
        if char not in ". ":
            assert text[places[at]] == char


@given(st.lists(st.sampled_from(_PIECES), max_size=20).map("".join))
def test_the_gate_lets_through_whatever_can_be_undone(text: str) -> None:
    if undisguise(text).text != text:
        assert re2.search(DISGUISE, text) is not None or re.search(r"\.\.", text)
