"""Patterns that wait: whatever is left out, no verdict is another one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from detectors.inline import InlineDetectors
from detectors.late import waits_of
from detectors.required import EDGE, required
from seawall.decide import NO_NEEDS, State, decide
from seawall.events import Message, User
from seawall.fold import fold
from seawall.policy.model import Facts, Pattern, Tables
from seawall.signals import Signal, Signals
from seawall.verdicts import Verdict
from tests.shipped import shipped_detectors as detectors, shipped_policy as policy

USER = User("u", "viewer")
SPAM = Signal("linear.spam", 0.97, "linear")
SAID = ("linear.spam", "linear.harassment", "linear.abuse", "opinion.abuse", "opinion.spam")


@lru_cache
def pieces() -> tuple[str, ...]:
    """Return a few of the literals that each shipped pattern requires."""
    found: dict[str, None] = {}
    for pattern in policy().tables.patterns:
        for way in (required(pattern.regex) or ())[:3]:
            for slot in way:
                found.update(dict.fromkeys(each.replace(EDGE, " ") for each in sorted(slot)[:3]))
    return tuple(found)


def texts() -> st.SearchStrategy[str]:
    # Drawn by number: the policy is loaded by the first test that runs, not on import.
    numbers = st.lists(st.integers(0, 10**6), min_size=1, max_size=9)
    return numbers.map(lambda drawn: " ".join(pieces()[at % len(pieces())] for at in drawn))


def opinions() -> st.SearchStrategy[list[Signal]]:
    """Return what models may say: at, above and below the scores that rules ask for."""
    scores = st.sampled_from([0.3, 0.5, 0.79, 0.8, 0.92, 0.95, 0.97, 1.0])
    said = st.builds(
        lambda name, score: Signal(name, score, "linear"), st.sampled_from(SAID), scores
    )
    return st.lists(said, max_size=3)


def verdict(text: str, signals: Signals) -> Verdict:
    event = Message("t", "m", "r", USER, text, 1.0, 1.0)
    return decide(event, signals, State(NO_NEEDS, (), Facts()), policy())


@pytest.mark.timeout(120)
@settings(max_examples=400, deadline=None)
@given(text=texts(), first=opinions(), second=opinions())
def test_no_verdict_is_another_one(text: str, first: list[Signal], second: list[Signal]) -> None:
    folded = fold(text)
    signals = detectors().detect(folded, USER)
    whole = Signals(detectors().detect_whole(folded, USER))
    assert verdict(text, signals) == verdict(text, whole)
    for more in (first, second):
        signals, whole = signals.joined(more), whole.joined(more)
        assert verdict(text, signals) == verdict(text, whole)
        assert set(signals.items) <= set(whole.items)


@pytest.mark.timeout(60)
def test_what_only_ever_speaks_against_something_waits() -> None:
    late: set[Any] = set()
    for wait in waits_of(policy()):
        assert wait.wakers.isdisjoint(wait.waits)
        late |= wait.waits
    assert {"pattern.caution", "pattern.asking", "pattern.quoting", "pattern.gaming"} <= late
    shown = {f"pattern.{each.name}" for each in policy().tables.patterns if each.category}
    assert late.isdisjoint(shown)


def small(*patterns: Pattern) -> InlineDetectors:
    """Return the detectors of one rule: a phrase is asked for, and nobody speaks against it."""
    rules = tuple(rule for rule in policy().rules if rule.name == "seed-phrase-request")
    assert rules[0].signals >= {f"pattern.{pattern.name}" for pattern in patterns}
    tables = Tables(patterns=patterns)
    return InlineDetectors(msgspec.structs.replace(policy(), tables=tables, rules=rules))


@pytest.mark.timeout(60)
def test_what_waits_is_found_beside_what_wakes_it_and_whatever_joins_later() -> None:
    asking = Pattern("asking", r"\bhow do i\b")
    detector = small(Pattern("seed-ask", r"\bsend [^ ]+ seed\b", "scam.phishing"), asking)
    quiet = detector.detect(fold("how do i beat this"), USER)
    assert not quiet.scores
    assert not quiet.joined(()).scores
    asked = Signal("pattern.seed-ask", 1.0, "patterns")  # as if an earlier message had asked
    assert set(quiet.joined([asked]).scores) == {"pattern.asking", "pattern.seed-ask"}
    assert set(quiet.joined([SPAM]).joined([asked]).scores) == {
        "pattern.asking", "pattern.seed-ask", "linear.spam",
    }  # fmt: skip
    both = detector.detect(fold("how do i send my seed"), USER)
    assert set(both.scores) == {"pattern.asking", "pattern.seed-ask"}
    assert both.joined(()) == both


@pytest.mark.timeout(120)
def test_a_score_too_low_for_every_rule_wakes_nothing() -> None:
    quiet = detectors().detect(fold("how do i beat this"), USER)
    low = Signal("linear.spam", 0.5, "linear")
    assert set(quiet.joined([low]).scores) == {"linear.spam"}
    assert "pattern.asking" in quiet.joined([SPAM]).scores
    second = Signal("opinion.spam", 0.95, "opinion")
    assert "pattern.asking" in quiet.joined([low]).joined([second]).scores


@pytest.mark.timeout(60)
def test_what_no_condition_reads_is_always_looked_for() -> None:
    detector = InlineDetectors(
        msgspec.structs.replace(
            policy(), tables=Tables(patterns=(Pattern("alone", r"\bhow do i\b"),)), rules=()
        )
    )
    assert set(detector.detect(fold("how do i beat this"), USER).scores) == {"pattern.alone"}
