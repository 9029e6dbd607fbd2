"""Silence is never consent: the budget has the word, by load and category; the strictest wins."""

from __future__ import annotations

import msgspec
import pytest

from detectors.catalog import CATALOG
from seawall.fallback import CAUSES, unexamined, unrecorded
from seawall.policy.model import Budget, Effect, Policy, Rule, Word
from seawall.shedding import SHED_ORDER, TEXT_UNITS, shed_signals
from tests.seawall.policies import policy, rule


def found(budget: Budget, *rules: Rule) -> Policy:
    return policy(*rules, budgets={"chat": budget})


def block(name: str, signal: str, category: str, stage: str = "act") -> Rule:
    return rule(name, Effect("message", "block"), signal=signal, category=category, stage=stage)


@pytest.mark.parametrize("word", ["allow", "hold", "block"])
@pytest.mark.parametrize("cause", list(CAUSES))
def test_on_timeout_is_the_word_for_what_nobody_says_otherwise_of(word: Word, cause: str) -> None:
    assert unexamined(found(Budget(50.0, word)), "chat", cause) == word


def test_each_state_of_load_may_have_its_own_word() -> None:
    both = found(Budget(50.0, "block", {"lean": "allow", "full": "hold"}))
    assert unexamined(both, "chat", "lean") == "allow"
    assert unexamined(both, "chat", "full") == "hold"
    assert unexamined(both, "chat", "timeout") == "block"
    assert unexamined(found(Budget(50.0, "block", {"lean": "allow"})), "chat", "full") == "allow"
    assert unexamined(found(Budget(50.0, "hold", {"full": "block"})), "chat", "lean") == "hold"


def test_a_category_counts_where_something_of_it_may_have_been_missed() -> None:
    budget = Budget(50.0, "allow", {}, {"scam": "hold", "spam": "block"})
    scam = block("a", "pattern.win", "scam.giveaway")
    assert unexamined(found(budget, scam), "chat", "lean") == "hold"
    spam = block("b", "lexicon.spam", "spam")  # split over messages it is missed as well
    assert unexamined(found(budget, scam, spam), "chat", "lean") == "block"
    other = block("c", "model.spam", "spam")  # what no shed unit says
    assert unexamined(found(budget, other), "chat", "lean") == "allow"
    assert unexamined(found(budget, other), "chat", "detect") == "block"
    shadow = block("d", "pattern.x", "spam", stage="shadow")
    assert unexamined(found(budget, shadow), "chat", "lean") == "allow"


def test_a_flag_missed_is_no_restriction_missed() -> None:
    budget = Budget(50.0, "allow", {}, {"profanity": "block"})
    flag = msgspec.structs.replace(
        block("a", "pattern.x", "profanity"), then=(Effect("message", "allow"),)
    )
    assert unexamined(found(budget, flag), "chat", "lean") == "allow"


def test_an_unrecorded_restriction_goes_by_its_own_category() -> None:
    one = found(Budget(50.0, "allow", {}, {"scam": "block", "scam.giveaway": "hold"}))
    assert unrecorded(one, "chat", "scam.phishing") == "block"
    assert unrecorded(one, "chat", "scam.giveaway") == "hold"
    assert unrecorded(one, "chat", "spam") == "allow"


def test_what_may_be_left_out_is_a_unit_with_signals_of_its_own() -> None:
    names = [unit.name for unit in SHED_ORDER]
    assert len(set(names)) == len(names)
    assert set(TEXT_UNITS) <= set(names)
    known = {signal for entry in CATALOG for signal in entry.signals}
    for prefix in shed_signals():
        assert any(name.startswith(prefix) for name in known), prefix
