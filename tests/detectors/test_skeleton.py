"""What the eye makes of a name."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.skeleton import bare, outline, skeleton, strip_marks


@pytest.mark.parametrize(
    "written",
    [
        "PayPal",
        "paypa1",
        "PAYPAI",
        "p4yp4l",
        "раураl",
        "Ｐａｙ Ｐａｌ",
        "páypàl",
        "pay\u200bpal",
        "P@yp@l",
    ],
)
def test_what_looks_alike_is_one(written: str) -> None:
    assert skeleton(written) == skeleton("paypal")


def test_what_differs_stays_different() -> None:
    assert skeleton("paypal") != skeleton("payroll")
    assert bare("paypa1") != bare("paypal")


def test_a_word_of_another_script_is_left_alone() -> None:
    assert bare("Привет") == "привет"


def test_an_outline_joins_pairs() -> None:
    assert outline(skeleton("metarnask")) == outline(skeleton("metamask"))
    assert outline(skeleton("vvallet")) == outline(skeleton("wallet"))


def test_accents_go_and_syllables_stay() -> None:
    assert strip_marks("Chính Thức") == "Chinh Thuc"
    assert strip_marks("운영자 サポート") == "운영자 サポート"
    assert strip_marks("plain") == "plain"


@given(st.text(max_size=60))
def test_skeletons_hold_letters_and_digits_only(text: str) -> None:
    assert all(char.isalnum() for char in skeleton(text) + bare(text))
