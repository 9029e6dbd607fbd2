"""What was said lately is known, and nothing else; memory is bounded."""

from __future__ import annotations

from detectors.lately import Lately


def met_twice(lately: Lately[int], text: str, known: int) -> None:
    lately.keep(text, known)
    lately.keep(text, known)


def test_what_is_said_once_is_not_kept() -> None:
    lately: Lately[int] = Lately()
    lately.keep("hello", 1)
    assert lately.find("hello") is None
    lately.keep("hello", 1)
    assert lately.find("hello") == 1


def test_what_is_said_again_and_again_is_never_forgotten() -> None:
    lately: Lately[int] = Lately(texts=4)
    met_twice(lately, "gg", 1)
    for number in range(100):
        met_twice(lately, f"text {number}", number)
        assert lately.find("gg") == 1


def test_no_more_than_two_halves_are_kept() -> None:
    lately: Lately[int] = Lately(texts=4)
    for number in range(100):
        met_twice(lately, f"text {number}", number)
    assert lately.find("text 99") == 99
    assert lately.find("text 91") is None


def test_long_texts_are_not_kept() -> None:
    lately: Lately[int] = Lately()
    met_twice(lately, "a" * 5_000, 1)
    assert lately.find("a" * 5_000) is None


def test_what_was_never_said_is_not_known() -> None:
    assert Lately[int]().find("hello") is None


def test_what_is_said_rarely_is_not_kept() -> None:
    lately: Lately[int] = Lately(texts=4)
    lately.keep("hello", 1)
    for number in range(100):
        lately.keep(f"text {number}", number)
    lately.keep("hello", 1)
    assert lately.find("hello") is None
