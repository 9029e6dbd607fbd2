"""Tricks are checked when they are loaded and replaced longest first, with a way back."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.tricks import NO_TRICKS, Tricks
from seawall.errors import PolicyError
from seawall.fold import fold


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        ({"": "a"}, "is empty"),
        ({"a": ""}, "is read as nothing"),
        ({"a": "!"}, "is read as nothing"),
        ({"a": "a"}, "is read as itself"),
        ({"a" * 41: "b"}, "longer than"),
        ({"\ud800": "b"}, "is not text"),
    ],
)
def test_an_entry_that_says_nothing_is_refused(read: dict[str, str], wrong: str) -> None:
    with pytest.raises(PolicyError, match=wrong):
        Tricks(read)


def test_too_many_and_empty_cues_are_refused() -> None:
    with pytest.raises(PolicyError, match="more than"):
        Tricks({f"x{at}": "y" for at in range(20_001)})
    with pytest.raises(PolicyError, match="empty cue"):
        Tricks({}, [" "])


def test_the_longest_wins_and_words_stand_alone() -> None:
    tricks = Tricks({"tin": "tiny", "tin can": "canister", "💚": "微", "💚💬": "微信"})
    rewritten = tricks.rewrite("Tin can tins tin 💚💬💚")
    assert rewritten is not None
    assert rewritten.text == "canister tins tiny 微信微"
    assert rewritten.span(0, 8) == (0, 7)
    assert rewritten.span(len("canister tins "), len("canister tins tiny")) == (13, 16)
    assert tricks.rewrite("nothing of it") is None
    assert NO_TRICKS.rewrite("💚") is None


def test_a_cue_is_heard_as_words() -> None:
    tricks = Tricks({}, ["read it backwards", "倒着念"])
    assert tricks.is_backwards(fold("READ it, backwards!"))
    assert tricks.is_backwards(fold("（倒着念）"))
    assert not tricks.is_backwards(fold("bread it backwards"))


@given(st.text(st.sampled_from("ab💚İ \ud800微ß"), max_size=60))
def test_any_text_is_rewritten_within_bounds(text: str) -> None:
    rewritten = Tricks({"ab": "x", "💚": "green", "微": "薇"}).rewrite(text)
    if rewritten is not None:
        for at in range(len(rewritten.text)):
            start, end = rewritten.span(at, at + 1)
            assert 0 <= start <= end <= len(text)
