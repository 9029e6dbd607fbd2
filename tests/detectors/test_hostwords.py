"""Cue words in hosts."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.hostwords import CUES, are_cues, cut


@pytest.mark.parametrize("text", ["", "login", "claimreward", "airdrop2024", "2x", "walletconnect"])
def test_cue_words_and_digits_are_cues(text: str) -> None:
    assert are_cues(text)


@pytest.mark.parametrize("text", ["bakery", "loginn", "xlogin", "-"])
def test_other_words_are_not(text: str) -> None:
    assert not are_cues(text)


def test_long_cue_words_are_counted_with_their_letters() -> None:
    assert cut("myclaimbakeryreward") == (2, 11)
    assert cut("bakery") == (0, 0)


@given(st.lists(st.sampled_from(sorted(CUES)), max_size=5))
def test_any_cue_words_in_a_row_are_cues(words: list[str]) -> None:
    assert are_cues("".join(words))
