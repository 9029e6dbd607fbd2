"""Problems are told once each, in order, with the word that was probably meant."""

from __future__ import annotations

import pytest

from seawall.errors import PolicyError
from seawall.policy.problems import PROBLEMS_SHOWN, Problems, closest
from seawall.policy.tree import Where


def test_problems_stand_by_file_and_line() -> None:
    problems = Problems()
    problems.add(Where("b.yaml", 2), "second")
    problems.add(Where("a.yaml", 10), "tenth")
    problems.add(Where("a.yaml", 9), "ninth")
    problems.add(Where("a.yaml", 9), "ninth")
    problems.told(["a.yaml:1: told elsewhere", "nowhere: told"])
    assert problems.errors == (
        "a.yaml:1: told elsewhere",
        "a.yaml:9: ninth",
        "a.yaml:10: tenth",
        "b.yaml:2: second",
        "nowhere: told",
    )
    with pytest.raises(PolicyError) as raised:
        problems.raise_if_any()
    assert raised.value.problems == problems.errors


def test_an_unknown_word_gets_the_nearest_known_one() -> None:
    problems = Problems()
    problems.unknown(Where("a.yaml"), "category", "scam.phising", ["scam.phishing", "spam"])
    problems.unknown(Where("a.yaml", 2), "category", "z" * 100, ["spam"])
    assert problems.errors == (
        "a.yaml:1: unknown category 'scam.phising'; did you mean 'scam.phishing'?",
        f"a.yaml:2: unknown category '{'z' * 63}…'; known are spam",
    )


def test_warnings_keep_nothing_back() -> None:
    problems = Problems()
    problems.warn(Where("a.yaml", 3), "look twice")
    problems.raise_if_any()
    assert problems.warnings == ("a.yaml:3: look twice",)


def test_a_flood_of_problems_is_counted() -> None:
    problems = Problems()
    for line in range(PROBLEMS_SHOWN + 5):
        problems.add(Where("a.yaml", line + 1), "wrong")
    assert len(problems.errors) == PROBLEMS_SHOWN + 1
    assert problems.errors[-1] == "… and 5 more problems"


def test_nothing_is_near_to_nonsense() -> None:
    assert closest("qqqq", ["block", "hold"]) is None
