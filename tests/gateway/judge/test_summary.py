"""The summary says how many, what was done and by which rules, and what was skipped."""

from __future__ import annotations

import pytest

from gateway.judge.rows import Row, Unreadable
from gateway.judge.summary import SHOWN, Summary
from gateway.policy.load import load_policy
from seawall.actions import Action, Target
from seawall.events import Message, User
from seawall.policy.model import Policy
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict
from tests.gateway.live import write_policy


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy")))


def row(ref: str = "m1", timed: bool = True) -> Row:
    return Row(Message("t", ref, "r", User("u"), "x", 0.0, 0.0), timed)


def verdict(action: str = "allow", *rules: str, actions: tuple[Action, ...] = ()) -> Verdict:
    reasons = tuple(Finding(rule, "spam", Severity.LOW, (), "lexicon") for rule in rules)
    return Verdict("p", action, actions=actions, reasons=reasons)


def test_nothing_judged_reads_without_a_division(policy: Policy) -> None:
    text = Summary(policy).text(0.0, 0)
    assert text == f"judged 0 messages with policy tests {policy.version[:16]} in 0.0 s CPU"


def test_actions_are_counted_the_most_common_first(policy: Policy) -> None:
    summary = Summary(policy)
    for _ in range(3):
        summary.judged(row(), verdict())
    summary.judged(row(), verdict("block", "block-spam"))
    lines = summary.text(0.0004, 0).splitlines()
    assert lines[0].endswith("in 0.0 s CPU, 100 µs CPU each")
    assert lines[1].split() == ["allow", "3", "75.00%"]
    assert lines[2].split() == ["block", "1", "25.00%"]
    assert lines[4].split() == ["1", "block-spam", "spam", "block", "e.g.", "m1"]
    assert len(lines) == 5


def test_only_the_leading_reason_counts_and_its_first_example_stays(policy: Policy) -> None:
    summary = Summary(policy)
    summary.judged(row("first"), verdict("block", "one", "two"))
    summary.judged(row("second"), verdict("block", "one"))
    text = summary.text(0.0, 0)
    assert "e.g. first" in text
    assert "second" not in text
    assert "two" not in text


def test_flagged_and_what_falls_on_others_is_told(policy: Policy) -> None:
    summary = Summary(policy)
    mute = Action(Target("user", "r", "u"), "mute", 60.0)
    summary.judged(row(), verdict("allow", "flag-harassment"))
    summary.judged(row(), verdict("block", "mute-threat", actions=(mute,)))
    text = summary.text(0.0, 0)
    assert "of the allowed, 1 were flagged" in text
    assert "besides: mute 1" in text


def test_many_rules_are_cut_short(policy: Policy) -> None:
    summary = Summary(policy)
    for number in range(SHOWN + 3):
        summary.judged(row(), verdict("block", f"rule-{number}"))
    assert "… and 3 more" in summary.text(0.0, 0)


def test_the_few_that_restrict_stand_before_the_many_that_flag(policy: Policy) -> None:
    summary = Summary(policy)
    for number in range(SHOWN + 3):
        for _ in range(5):
            summary.judged(row(), verdict("allow", f"flag-{number}"))
    summary.judged(row("held"), verdict("hold", "hold-giveaway"))
    summary.judged(row("late"), verdict("hold", "flag-0"))
    lines = summary.text(0.0, 0).splitlines()
    at = lines.index("rules that restrict")
    assert lines[at + 1].split() == ["1", "hold-giveaway", "spam", "hold", "e.g.", "held"]
    assert lines[at + 2].split()[-1] == "late"
    assert lines[at + 3] == "rules that flag"
    assert lines[-1] == "  … and 3 more"


def test_times_that_were_made_up_are_said(policy: Policy) -> None:
    assert "spread" not in Summary(policy).text(0.0, 0)
    assert "7 messages bore the same time as another" in Summary(policy).text(0.0, 0, 7)


def test_what_was_skipped_is_said(policy: Policy) -> None:
    summary = Summary(policy)
    summary.judged(row(timed=False), verdict())
    for number in range(1, 6):
        summary.unreadable(Unreadable(number, "no text"))
    text = summary.text(0.0, 2)
    assert "windows skipped for 1 messages that name no user or no usable time" in text
    assert "time ran back at 2 places" in text
    assert "5 lines could not be judged" in text
    assert text.count("no text") == 3
