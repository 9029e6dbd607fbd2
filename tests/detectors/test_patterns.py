"""Patterns: all asked at once, refused when loaded, placed in the raw text."""

from __future__ import annotations

import pytest

from detectors.text.patterns import Patterns
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Pattern
from seawall.signals import Signal
from seawall.taxonomy import Severity

USER = User(id="u")


def pattern(name: str, regex: str, category: str | None = "scam.phishing") -> Pattern:
    return Pattern(name, regex, category, Severity.HIGH, where=f"rules.yaml:{len(name)}")


def detect(text: str, *patterns: Pattern) -> list[Signal]:
    return Patterns(patterns).detect(fold(text), USER)


def test_a_match_carries_the_patterns_own_words() -> None:
    [signal] = detect(
        "please SEND me your Seed  Phrase", pattern("seed-ask", r"send .{0,20}seed phrase")
    )
    assert signal.name == "pattern.seed-ask"
    assert signal.score == 0.75
    assert signal.category == "scam.phishing"
    assert signal.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("please send the seed phrase now", "send the seed phrase"),
        ("日本語 и вот SEND the seed  PHRASE 😀", "SEND the seed  PHRASE"),
        ("please\u200b s\u200bend the seed phrase", "s\u200bend the seed phrase"),
    ],
)
def test_the_span_is_the_match_in_the_raw_text(text: str, covered: str) -> None:
    [signal] = detect(text, pattern("seed", r"send .{0,20}seed phrase"))
    assert signal.span is not None
    start, end = signal.span
    assert text[start:end] == covered


def test_every_matching_pattern_speaks_once_in_policy_order() -> None:
    patterns = [pattern("b", "two"), pattern("a", "one"), pattern("c", "three")]
    assert [s.value for s in detect("one two one two", *patterns)] == ["b", "a"]


def test_a_pattern_without_category_is_context_and_has_no_place() -> None:
    [signal] = detect("just a game", pattern("gaming", "game", category=None))
    assert signal.span is None


def test_no_patterns_and_no_match_are_silent() -> None:
    assert detect("anything") == []
    assert detect("anything", pattern("seed", "seed phrase")) == []


@pytest.mark.parametrize(
    "regex",
    [
        "(",
        "a{1001}",
        r"(?=look)",
        r"(a)\1",
        r"(?:\p{L}{1,200} ){5}",
        "x" * 3000,
        "a*",
        "",
        "\ud800",
    ],
)
def test_an_invalid_or_over_large_pattern_is_refused_with_its_place(regex: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Patterns([pattern("fine", "fine"), pattern("broken", regex)])
    [problem] = refused.value.problems
    assert problem.startswith("rules.yaml:6: pattern broken ")


def test_every_bad_pattern_is_named_at_once() -> None:
    with pytest.raises(PolicyError) as refused:
        Patterns([pattern("one", "("), pattern("fine", "fine"), pattern("three", "a*")])
    assert len(refused.value.problems) == 2


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(PolicyError, match="more than 10000"):
        Patterns([pattern(f"p{number}", f"word{number}") for number in range(10_001)])


def test_an_evil_expression_takes_linear_time() -> None:
    patterns = Patterns([pattern("evil", r"(?:a+)+b")])
    assert patterns.detect(fold("ac" * 8000), USER) == []


def test_expressions_of_one_name_are_alternatives() -> None:
    patterns = Patterns((Pattern("seed-ask", "send seed"), Pattern("seed-ask", "manda semilla")))
    for text in ("send seed", "manda semilla"):
        [signal] = patterns.detect(fold(text), User("u"))
        assert signal.name == "pattern.seed-ask"


def test_an_expression_is_compiled_when_a_text_first_needs_it() -> None:
    patterns = Patterns([pattern("one", "first [0-9]"), pattern("two", "second [0-9]")])
    assert not patterns._compiled
    assert patterns.detect(fold("nothing of the kind"), USER) == []
    assert not patterns._compiled
    assert [signal.name for signal in patterns.detect(fold("my second 2"), USER)] == ["pattern.two"]
    assert set(patterns._compiled) == {1}


def test_patterns_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detectors.text.patterns._MAX_PROGRAMS", 100)
    many = [pattern(f"p{number}", f"word{number} (?:a|b|c)") for number in range(20)]
    with pytest.raises(PolicyError, match="too large together") as refused:
        Patterns(many)
    assert len(refused.value.problems) == 1
