"""What the classifier is told of a row: its own category, its group, and what nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.training.plain import plain_talk
from bench.training.rows import Row, is_coarse, read_rows, targets
from detectors.models.weights import HEADS


def told(row: Row) -> dict[str, int]:
    return dict(zip(HEADS, targets(row), strict=True))


def test_a_category_speaks_for_its_group_and_not_for_its_siblings() -> None:
    found = told(Row("some", "you fool", "en", "harassment", 0))
    assert found["abuse"] == found["harassment"] == 1
    assert found["profanity"] == -1
    assert found["spam"] == found["diversion"] == 0


def test_spam_without_a_category_of_its_own_is_known_as_a_group_only() -> None:
    found = told(Row("some", "win now", "en", "spam", 0))
    assert found["spam"] == 1
    assert found["scam.phishing"] == found["diversion"] == found["market.manipulation"] == -1
    assert found["abuse"] == 0


def test_benign_rows_are_benign_everywhere() -> None:
    assert set(told(Row("some", "good morning", "en", "", 0)).values()) == {0}


def test_a_coarse_line_of_chat_says_nothing_about_abuse() -> None:
    found = told(Row("ubuntu_irc", "this shit is broken", "en", "", 0))
    assert found["abuse"] == found["harassment"] == found["profanity"] == -1
    assert found["spam"] == 0


@pytest.mark.parametrize("text", ["WTF", "f.u.c.k this", "what a puss1", "such an ass"])
def test_coarse_words_are_known_in_disguise(text: str) -> None:
    assert is_coarse(text)


@pytest.mark.parametrize("text", ["the class passed", "good night", "peanut", "cuckoo clock"])
def test_words_that_hold_coarse_ones_are_not_coarse(text: str) -> None:
    assert not is_coarse(text)


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(tmp_path)


def test_plain_talk_is_benign_and_never_twice_the_same() -> None:
    rows = list(plain_talk())
    assert len({row.text for row in rows}) == len(rows)
    assert {row.category for row in rows} == {""}
