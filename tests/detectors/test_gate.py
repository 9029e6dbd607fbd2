"""The gate: it never keeps an expression from a text that it matches."""

from __future__ import annotations

import re2
from hypothesis import given, strategies as st

from detectors.gate import Gate
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


def test_a_gate_without_expressions_picks_nothing() -> None:
    assert Gate(()).pick(b" anything ") == set()
