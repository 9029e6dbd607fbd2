"""The gate: it never keeps an expression from a text that it matches."""

from __future__ import annotations

import re2
from hypothesis import given, strategies as st

from detectors.gate import Cue, Gate
from seawall.fold import fold

REGEXES = (
    r"\bsend(?: [^ ]+){0,4} (?:seed|recovery) phrase\b",
    r"(?:加|私).{0,4}(?:微信|电报)",
    r"(?:^| )(?:пиши|пишите)(?: [^ ]+){0,3} (?:тг|телеграм)(?: |$)",
    r"\$ [a-z]{2,6}\b",
    r"[0-9]{6}",
    r"\bcódigo\b|\bcodigo\b",
)
SAID = "please send me the seed recovery phrase now phrases sending $ABC 123456 código codigo"
OTHERS = "加 我 微信 加微信 пиши мне в тг"
WORDS = f"{SAID} {OTHERS}".split()
GATE = Gate(REGEXES)


def test_what_requires_no_literal_stays_open() -> None:
    assert GATE.open == (4,)


@given(words=st.lists(st.sampled_from(WORDS), max_size=8))
def test_whatever_matches_is_picked_or_open(words: list[str]) -> None:
    folded = fold(" ".join(words))
    picked = GATE.pick(folded.padded)
    for index, regex in enumerate(REGEXES):
        if index not in GATE.open and re2.search(regex, folded.spaced):
            assert index in picked


def test_a_text_with_half_of_what_is_required_is_not_tried() -> None:
    assert GATE.pick(fold("please send help").padded) == set()
    assert GATE.pick(b" ") == set()
    assert GATE.pick(fold("send us your recovery phrase").padded) == {0}


CUES = (
    Cue(frozenset({"tg", "telegram", "微信", "加v"}), whole=True),
    Cue(frozenset({" at ", " собака "}), frozenset({" dot ", " точка "})),
)
CUED = Gate(REGEXES[:2], CUES)


def test_cues_are_picked_after_the_expressions() -> None:
    assert CUED.pick(fold("my tg").padded) == {2}
    assert CUED.pick(fold("bob at example dot com").padded) == {3}
    assert CUED.pick(fold("bob собака example точка com").padded) == {3}
    assert CUED.pick(fold("bob at home").padded) == set()


def test_no_letter_touches_a_whole_word_that_ends_with_one() -> None:
    for text in ("tg", "x tg2", "2tg x", "@tg", "加tg", "tg加", "x加v", "x微信x"):
        assert 2 in CUED.pick(fold(text).padded), text
    for text in ("tgx", "xtg", "加vx", "last game", "lastgame да"):
        assert 2 not in CUED.pick(fold(text).padded), text


def test_a_flood_of_hits_hides_nothing() -> None:
    flood = "xtgx " * 400
    assert CUED.pick(fold(flood).padded) >= set()
    assert 2 in CUED.pick(fold(flood + "tg").padded)
    assert 3 in CUED.pick(fold(flood + "at x dot").padded)


def test_a_literal_inside_another_is_seen() -> None:
    gate = Gate(("phrase", "seed phrase", "rase"))
    assert gate.pick(b" my seed phrase ") == {0, 1, 2}
    assert gate.pick(b" a phrase ") == {0, 2}


def test_a_gate_without_expressions_picks_nothing() -> None:
    assert Gate(()).pick(b" anything ") == set()


WORDED = Gate(REGEXES[:1], CUES[:1], (" phrase ", " vx ", "加群", "se", " nitro vx "))


def test_words_are_picked_after_the_cues() -> None:
    assert WORDED.pick(fold("a phrase").padded) == {2, 5}
    assert WORDED.pick(fold("phrases").padded) == {5}
    assert WORDED.pick(fold("请加群").padded) == {4}
    assert WORDED.pick(fold("my tg").padded) == {1}


def test_a_word_inside_another_is_picked_too() -> None:
    assert WORDED.pick(fold("nitro vx").padded) == {3, 6}


def test_a_word_may_touch_a_script_without_spaces() -> None:
    for text in ("加vx吧", "vx加", "加vx", "加 vx"):
        assert 3 in WORDED.pick(fold(text).padded), text
    for text in ("加vxx", "дvx", "évx", "가vx"):
        assert 3 not in WORDED.pick(fold(text).padded), text


@given(
    words=st.lists(st.sampled_from((*WORDS, "vx", "一", "加群", "nitro")), max_size=8),
    gap=st.text(" 一x", max_size=1),
)
def test_every_word_that_stands_in_the_text_is_picked(words: list[str], gap: str) -> None:
    padded = fold(gap.join(words)).padded
    picked = WORDED.pick(padded)
    for index, word in enumerate((" phrase ", " vx ", "加群", "se", " nitro vx "), 2):
        assert index in picked or word.encode() not in padded
