"""Text becomes a small tree, or a complaint that says why not."""

from __future__ import annotations

import ast
import warnings

import pytest

from seawall.policy.grammar import DEPTH, LENGTH, NODES, Complaint, parse


def complaint(text: str) -> str:
    refused = parse(text)
    assert isinstance(refused, Complaint)
    return refused.message


def test_a_text_becomes_its_tree() -> None:
    assert isinstance(parse("link.any or link.listed"), ast.BoolOp)


def test_lines_may_be_broken_and_commented() -> None:
    assert isinstance(parse("  link.any\n  or\n  link.listed  # both\n"), ast.BoolOp)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_is_no_condition(text: str) -> None:
    assert complaint(text) == "the condition is empty"


@pytest.mark.parametrize("text", ["a) or (b", "a)(b", ") or ("])
def test_a_text_cannot_close_the_parenthesis_it_stands_in(text: str) -> None:
    assert "cannot be read" in complaint(text)


def test_too_long_is_told() -> None:
    assert complaint("a" * (LENGTH + 1)) == (
        f"the condition has {LENGTH + 1} characters; at most {LENGTH} are allowed"
    )


def test_too_deep_is_told() -> None:
    assert complaint("-" * DEPTH + "1") == f"the condition is nested deeper than {DEPTH} levels"


def test_too_many_parts_are_told() -> None:
    assert complaint("a," * (NODES // 2)) == f"the condition has more than {NODES} parts"


@pytest.mark.parametrize("text", ["a\x00b", "'\\d' in a", "0_", "'\ud800' in (", "=", "a b"])
def test_what_the_parser_does_not_like_is_a_complaint(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert complaint(text).startswith("the condition cannot be read")
