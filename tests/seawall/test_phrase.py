"""A phrase is found however it is written, and not in what merely looks a little like it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.fold import fold
from seawall.phrase import ANYWHERE, Phrase

LETTERS = "abcdefghijkmnoprstuvwxyz"
WORD = st.text(LETTERS, min_size=2, max_size=7)
LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}
HIDDEN = ("", "\u200b", "\u200d", "\u2060")


def found(phrase: str, text: str) -> str | None:
    """Return what of the text the phrase was found in."""
    span = Phrase(phrase).find(fold(text))
    return None if span is None else text[span[0] : span[1]]


@st.composite
def disguised(draw: st.DrawFn, phrase: str) -> str:
    """Write a phrase in another case, in leet, with marks nobody sees and runs of a letter."""
    written = []
    for char in phrase:
        upper, leet = draw(st.booleans()), draw(st.booleans())
        shown = LEET.get(char, char) if leet else char.upper() if upper else char
        times = draw(st.integers(1, 3)) if char in LETTERS else 1
        written.append(shown * times + draw(st.sampled_from(HIDDEN)))
    return "".join(written)


@given(words=st.lists(WORD, min_size=1, max_size=4), data=st.data())
def test_words_are_found_in_any_case_and_among_any_others(
    words: list[str], data: st.DataObject
) -> None:
    phrase = " ".join(words)
    before = data.draw(st.lists(WORD, max_size=3))
    after = data.draw(st.lists(WORD, max_size=3))
    text = " ".join([*before, phrase.upper(), *after])
    assert found(phrase, text) is not None


@given(words=st.lists(WORD, min_size=2, max_size=4), data=st.data())
def test_a_long_phrase_is_found_in_any_disguise(words: list[str], data: st.DataObject) -> None:
    phrase = " ".join(words)
    if not Phrase(phrase).is_telling:
        return
    assert found(phrase, f"now {data.draw(disguised(phrase))} here") is not None
    assert found(phrase, " ".join(phrase.replace(" ", ""))) is not None


@given(st.text(max_size=60), st.text(min_size=2, max_size=20))
def test_whatever_is_found_stands_where_it_says(text: str, phrase: str) -> None:
    try:
        wanted = Phrase(phrase)
    except ValueError:
        return
    span = wanted.find(fold(text))
    if span is not None:
        assert 0 <= span[0] <= span[1] <= len(text)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("free nitro", "get FREE   N1TR0 now", "FREE   N1TR0"),
        ("free nitro", "f r e e n i t r o", "f r e e n i t r o"),
        ("free nitro", "xXfreenitroXx", "freenitro"),
        ("free nitro", "ｆｒｅｅ nitrо!", "ｆｒｅｅ nitrо"),
        ("cat", "a cat sat", "cat"),
        ("cat", "concatenate", None),
        ("cat", "c a t", None),
        ("nitro", "get n1tr0 now", "n1tr0"),
        ("nitro", "nitrogen", None),
        ("1000", "io", None),
        ("🎉🎉", "party 🎉🎉🎉", "🎉🎉"),
        ("🎉🎉", "party 🎉 🎉", None),
        ("加群", "快来加群吧", "加群"),
        ("hail!hydra", "hail hydra", "hail hydra"),
    ],
)
def test_examples(phrase: str, text: str, expected: str | None) -> None:
    assert found(phrase, text) == expected


@pytest.mark.parametrize("phrase", ["  ", "\u200b\u200b", "\n\t"])
def test_what_nobody_sees_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="seen"):
        Phrase(phrase)


def test_only_a_long_phrase_is_telling() -> None:
    assert Phrase("free nitro").is_telling
    assert not Phrase("a" * ANYWHERE).is_telling, "a run is one letter"
