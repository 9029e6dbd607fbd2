"""The source that is compiled holds nothing but what was checked."""

from __future__ import annotations

import pytest

from seawall.policy.emit import emit, python_source
from seawall.policy.expression import compile_expression
from seawall.policy.term import Constant, Read
from seawall.policy.vocabulary import Kind
from tests.seawall.policy.sentences import VOCABULARY
from tests.seawall.policy.writing import env


def source(text: str) -> str:
    return python_source(compile_expression(text, VOCABULARY).term)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("link.listed", "(e.scores.get('link.listed', 0.0) > 0.0)"),
        ("link.any >= high", "(e.scores.get('link.any', 0.0) >= 0.75)"),
        ("window.too_fast > 3", "(e.windows.get('too-fast', 0) > 3.0)"),
        ("room.viewers * 2 > 1", "((number(e.facts.viewers) * 2.0) > 1.0)"),
        ("-room.viewers + 1 > 1", "((number((-e.facts.viewers)) + 1.0) > 1.0)"),
        ("max(event.rev, 1) - 1 > 1", "((number(max(e.event.rev, 1.0)) - 1.0) > 1.0)"),
        (
            "(event.rev if user.verified else 1) * 2 > 1",
            "((number((e.event.rev if ('verified' in e.facts.user) else 1.0)) * 2.0) > 1.0)",
        ),
        (
            "user.strikes + link.any > 1",
            "((e.facts.strikes + e.scores.get('link.any', 0.0)) > 1.0)",
        ),
        ("room.mode in ['a', 'b']", "(e.facts.mode in {'a', 'b'})"),
        ("not (link.any and True)", "(not ((e.scores.get('link.any', 0.0) > 0.0) and True))"),
    ],
)
def test_a_condition_becomes_the_python_one_would_write(text: str, written: str) -> None:
    assert source(text) == written


def test_a_text_is_only_ever_a_text() -> None:
    text = "\"') or __import__('os').abort() or ('\" in room.topic"
    assert compile_expression(text, VOCABULARY).test(env()) is False


def test_the_function_has_no_builtins() -> None:
    term = Constant(True, Kind.YES_NO)
    test = emit(term, 600.0, "here")
    assert test(env()) is True
    assert test.__globals__["__builtins__"] == {}
    assert test.__code__.co_filename == "<policy here>"


def test_every_name_of_the_vocabulary_can_be_read() -> None:
    for written in VOCABULARY.words():
        name = VOCABULARY.get(written)
        if name is not None:
            emit(Read(name), 600.0, "here")(env())
