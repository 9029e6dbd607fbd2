"""The same message keeps its names under disguise; another one does not share them."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, strategies as st

from seawall.fingerprint import fingerprint, sketch
from seawall.fold import fold

ADVERT = "Claim your free airdrop tokens before midnight, join the telegram channel!"
WORDS = [f"{first}{last}" for first in ("alpha", "bravo", "delta", "golf") for last in "aeiouklmn"]


@pytest.mark.parametrize(
    "copy",
    [
        ADVERT.upper(),
        ADVERT.replace(" ", "  ").replace(",", " -"),
        ADVERT + " 🔥🔥 k3x9q 8817",
        "1777 " + ADVERT,
        ADVERT.replace("free", "freeeeee").replace("join", "jooin"),
        ADVERT.replace("a", "\uff41"),
        ADVERT.replace("e", "e\u200b"),
        "𝓒𝓵𝓪𝓲𝓶" + ADVERT[5:],
        "сlаim" + ADVERT[5:],
    ],
)
def test_a_copy_in_disguise_has_the_fingerprint_of_the_original(copy: str) -> None:
    assert fingerprint(fold(copy)) == fingerprint(fold(ADVERT)) is not None


def test_another_message_has_another_fingerprint() -> None:
    texts = [
        ADVERT,
        ADVERT.replace("midnight", "morning"),
        "hello everybody in the chat",
        "привет всем в чате",
    ]
    names = [fingerprint(fold(text)) for text in texts]
    assert None not in names
    assert len(set(names)) == len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gg",
        "hi all 12",
        "1234567890 1234567890",
        "🔥" * 40,
        "looooooooooooooooool",
        "Kappa Kappa Kappa Kappa Kappa",
        "$$$ %%% +++ @@@ $$$ %%%",
    ],
)
def test_small_talk_numbers_and_cheers_have_none(text: str) -> None:
    assert fingerprint(fold(text)) is None
    assert sketch(fold(text)) is None


def test_emotes_say_nothing() -> None:
    emotes = frozenset({b"kappa", b"pogchamp", b"lul"})
    assert fingerprint(fold("Kappa PogChamp LUL Kappa LUL"), emotes) is None
    plain = fold("buy followers at my channel")
    assert fingerprint(fold("Kappa buy followers LUL at my channel"), emotes) == fingerprint(plain)


def test_a_digit_in_every_word_is_no_way_around() -> None:
    name = fingerprint(fold("fr33 n1tr0 cl1ck h3re n0w"))
    assert name is not None
    assert name == fingerprint(fold("FR33  N1TR0, cl1ck... h3re n0w!"))


def test_short_lines_of_a_script_without_spaces_count_their_characters_twice() -> None:
    assert (
        fingerprint(fold("加我微信领福利")) == fingerprint(fold("加我微信,领福利 8812")) is not None
    )
    assert fingerprint(fold("早上好")) is None


def test_names_are_short_and_the_same_in_every_process() -> None:
    folded = fold("a fixed text with several telling words in it")
    assert fingerprint(folded) == "5ad948c0.1a040f4b.24"
    assert sketch(folded) == "0d2852d43b8ba7c76efd1c8f"


@given(st.lists(st.sampled_from(WORDS), min_size=6, max_size=14, unique=True), st.randoms())
def test_a_sketch_does_not_see_the_order_of_words(words: list[str], chance: random.Random) -> None:
    moved = list(words)
    chance.shuffle(moved)
    assert sketch(fold(" ".join(words))) == sketch(fold(", ".join(moved).upper())) is not None


def test_a_sketch_survives_an_added_or_changed_word_as_often_as_promised() -> None:
    chance = random.Random(7)
    added = changed = 0
    for _ in range(2_000):
        words = ["".join(chance.choices("bcdfghklmnprst", k=8)) for _ in range(13)]
        name = sketch(fold(" ".join(words[:12])))
        added += name == sketch(fold(" ".join(words)))
        changed += name == sketch(fold(" ".join(words[1:])))
    assert 0.74 <= added / 2_000 <= 0.80
    assert 0.53 <= changed / 2_000 <= 0.60


def test_few_telling_words_have_no_sketch() -> None:
    assert sketch(fold("we all go to the big one")) is None
    assert sketch(fold("only four telling words")) is None


def test_a_sketch_works_without_spaces() -> None:
    name = sketch(fold("限时领取免费空投代币马上加入电报群"))
    assert name is not None
    assert name == sketch(fold("限时领取免费空投代币,马上加入电报群 123"))


@given(st.text(st.one_of(st.sampled_from("a b微1$\ud800\u0301é"), st.characters()), max_size=60))
def test_any_text_has_names_or_none(text: str) -> None:
    folded = fold(text)
    for name in (fingerprint(folded), sketch(folded)):
        assert name is None or re.fullmatch(r"[0-9a-f.]{3,32}", name)
