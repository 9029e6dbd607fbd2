"""From which score on a signal is anything to a condition."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall.policy.expression import compile_expression
from seawall.policy.floors import floors
from seawall.policy.vocabulary import Vocabulary
from tests.seawall.policy.writing import env

VOCABULARY = Vocabulary(["a", "b"], ["crowd"])


def of(*texts: str) -> dict[str, float]:
    found = floors(*(compile_expression(text, VOCABULARY).term for text in texts))
    return {name.removeprefix("pattern."): floor for name, floor in found.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pattern.a >= 0.9", {"a": 0.9}),
        ("0.9 < pattern.a", {"a": 0.9}),
        ("0.3 <= pattern.a < 0.5", {"a": 0.3}),
        ("pattern.a >= 0.9 or pattern.a >= 0.7 and pattern.b", {"a": 0.7}),
        ("pattern.a >= 0.9 and not pattern.b > 0.2", {"a": 0.9, "b": 0.2}),
        ("pattern.a < 0.5", {"a": 0.5}),
        ("pattern.a >= medium", {"a": 0.5}),
        ("pattern.a", {}),
        ("pattern.a >= 0.9 or pattern.a", {}),
        ("pattern.a > 0", {}),
        ("pattern.a >= -1", {}),
        ("pattern.a == 0.5", {}),
        ("pattern.a + pattern.b >= 0.9", {}),
        ("max(pattern.a, pattern.b) >= 0.9", {}),
        ("pattern.a >= pattern.b", {}),
        ("window.crowd > 3", {}),
    ],
)
def test_floors(text: str, expected: dict[str, float]) -> None:
    assert of(text) == expected


def test_of_several_conditions_the_lowest_floor_counts() -> None:
    assert of("pattern.a >= 0.9", "pattern.a >= 0.4 and pattern.b >= 0.2") == {"a": 0.4, "b": 0.2}
    assert of("pattern.a >= 0.9", "pattern.a and pattern.b >= 0.2") == {"b": 0.2}


LEVELS = st.sampled_from([0.0, 0.2, 0.5, 0.9])
NAMES = st.sampled_from(["pattern.a", "pattern.b"])
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
COMPARED = st.builds(lambda n, s, v: f"{n} {s} {v}", NAMES, SIGNS, LEVELS)
MIRRORED = st.builds(lambda v, s, n: f"{v} {s} {n}", LEVELS, SIGNS, NAMES)
WORDS = st.sampled_from(["and", "or"])
CONDITIONS = st.recursive(
    COMPARED | MIRRORED | NAMES,
    lambda inner: (
        st.builds(lambda x, y, word: f"({x} {word} {y})", inner, inner, WORDS)
        | inner.map(lambda x: f"(not {x})")
    ),
    max_leaves=5,
)
SCORES = st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0])


@given(text=CONDITIONS, a=SCORES, b=SCORES)
def test_below_its_floor_a_signal_is_worth_what_none_is(text: str, a: float, b: float) -> None:
    expression = compile_expression(text, VOCABULARY)
    lowest = floors(expression.term)
    said = {"pattern.a": a, "pattern.b": b}
    heard = {name: score for name, score in said.items() if score >= lowest.get(name, 0.0)}
    whole, less = (msgspec.structs.replace(env(), scores=scores) for scores in (said, heard))
    assert expression.test(whole) == expression.test(less)
