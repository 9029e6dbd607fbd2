"""The words of an expression are those it can match."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.vocabulary import OPEN, TERM, expand, words_of


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        (r"\bwallets?\b", {"wallet", "wallets"}),
        (r"(?:seed|recovery) phrase", {"seed", "recovery", "phrase"}),
        (r"air ?drops?", {"airdrop", "airdrops", "air", "drop", "drops"}),
        (r"wom[ae]n", {"woman", "women"}),
        (r"забир[^ ]*", {f"забир{OPEN}"}),
        (r"send(?: [^ ]+){0,4} eth", {"send", "eth"}),
        (r"free.{0,10}nitro", {"free", "nitro"}),
        (r"加微信", set()),
        (r"a{2}b+", {"ab"}),
        (r"(?i:x\.y)", {"x", "y"}),
        (r"\p{L}+coin", set()),
    ],
)
def test_words_are_those_an_expression_can_match(regex: str, words: set[str]) -> None:
    assert expand(regex) == words


@given(st.text(st.sampled_from(r"ab(|)[]{}?*+\^.0: 微"), max_size=30))
def test_no_expression_is_too_odd(regex: str) -> None:
    assert all(word for word in expand(regex))


def test_alternatives_without_end_cost_no_end_of_words() -> None:
    regex = "(?:a|b|c|d|e|f|g|h)" * 30
    assert len(expand(regex)) < 10_000


def test_terms_weigh_more_than_words_of_expressions() -> None:
    words, stems = words_of(["bitch|batch", r"guarant[^ ]*"], ["You BITCH"])
    assert words["bitch"] == TERM + 1
    assert words["batch"] == 1
    assert stems["guarant"] == 1
