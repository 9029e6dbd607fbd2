"""Which signals may wait for others before anybody looks for them."""

from __future__ import annotations

import pytest

from seawall.policy.expression import compile_expression
from seawall.policy.term import names_in
from seawall.policy.vocabulary import Vocabulary
from seawall.policy.waiting import needed

VOCABULARY = Vocabulary(["a", "b", "c", "d"], ["crowd"])


def needs(text: str) -> set[frozenset[str]]:
    return set(needed(compile_expression(text, VOCABULARY).term))


def some(*names: str) -> frozenset[str]:
    return frozenset(f"pattern.{name}" for name in names)


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("pattern.a", {some("a")}),
        ("pattern.a and not pattern.b", {some("a")}),
        ("pattern.a and (pattern.b or pattern.c)", {some("a"), some("b", "c")}),
        ("(pattern.a or pattern.b) and not pattern.c", {some("a", "b")}),
        ("pattern.a + pattern.b >= 1", {some("a", "b")}),
        ("min(pattern.a, pattern.b) > 0.5", {some("a", "b")}),
        ("0.3 <= pattern.a < 0.5", {some("a")}),
        ("not pattern.a", set()),
        ("pattern.a or user.new", set()),
        ("pattern.a < 0.5", set()),
        ("pattern.a and user.new", {some("a")}),
        ("window.crowd > 3", set()),
    ],
)
def test_without_one_of_these_it_cannot_hold(text: str, sets: set[frozenset[str]]) -> None:
    assert needs(text) == sets


def test_what_is_needed_is_read() -> None:
    expression = compile_expression("(pattern.a and pattern.b) or pattern.c", VOCABULARY)
    read = {name.signal for name in names_in(expression.term)}
    for names in needed(expression.term):
        assert names <= read
    assert set(needed(expression.term)) == {some("a", "c"), some("b", "c")}


def test_the_sets_kept_are_bounded() -> None:
    ways = " or ".join(["(pattern.a and pattern.b and pattern.c and pattern.d)"] * 12)
    assert 0 < len(needs(ways)) <= 16
