"""A message as it reads, and the way there and back."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.legible import Legible


def test_signs_stay_and_styles_go() -> None:
    assert Legible("See HTTPS://Evil.COM/a_b!").text == "see https://evil.com/a_b!"
    assert Legible("ｅｖｉｌ．ｃｏｍ ⓐⓑ 𝐱").text == "evil.com ab x"
    assert Legible("e\u200bvil。com").text == "evil。com"
    assert Legible("１２３ ٤٥").text == "123 45"


def test_places_lead_back_to_the_message() -> None:
    message = "日本 e\u200bv㎏l.com"
    legible = Legible(message)
    start = legible.text.index("e")
    first, last = legible.span(start, legible.text.index("l.") + 1)
    assert message[first:last] == "e\u200bv㎏l"
    assert legible.find(first) == start


def test_an_empty_span_is_a_place() -> None:
    assert Legible("é").span(0, 0) == (0, 0)
    assert Legible("é").span(1, 1) == (0, 0)
    assert Legible("abc").span(1, 1) == (1, 1)


@given(st.text(max_size=100))
def test_every_character_came_from_somewhere(message: str) -> None:
    legible = Legible(message)
    for at in range(len(legible.text)):
        first, last = legible.span(at, at + 1)
        assert 0 <= first < last <= len(message)
        assert legible.find(first) <= at
