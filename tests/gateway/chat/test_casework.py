"""A verdict asks people once, a hold always, what is in shadow never; raids are bounded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.chat.casework import (
    HOLD_CASE,
    SEALED,
    Waves,
    case_of_verdict,
    finding_of_case,
    hold_ended,
    is_held,
)
from seawall.alike import alike
from seawall.events import Joined, Message, User
from seawall.policy.model import CaseSpec
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict

FRAUD = CaseSpec("fraud", "p1", 600.0, "close")
SAID = Message("t", "m1", "r", User("ann", "Ann"), "some text", 100.0, 99.0, rev=2, lang="de")


def finding(rule: str = "scam", category: str = "scam.phishing", **more: Any) -> Finding:
    return Finding(rule, category, Severity.HIGH, (), "lexicon", 0.7, **more)


def verdict(*reasons: Finding, action: str = "allow", **more: Any) -> Verdict:
    return Verdict("v", action, reasons=reasons, **more)


def test_a_rules_case_is_filled_with_what_it_is_about() -> None:
    found = finding(case=FRAUD)
    (row,) = case_of_verdict(SAID, verdict(found, case=FRAUD), 40, "deny")
    assert (row.state, row.queue, row.priority, row.about) == ("open", "fraud", "p1", "verdict")
    assert (row.ref, row.because, row.name, row.lang) == ("m1", "scam", "Ann", "de")
    assert (row.due, row.nobody, row.viewers) == (700.0, "close", 40)
    assert (row.rule, row.severity, row.score) == ("scam", "high", 0.7)
    assert row.alike == alike(SAID, found)


def test_it_names_the_rule_whose_case_it_is() -> None:
    said = verdict(finding("strict"), finding("asks", "spam", case=FRAUD), case=FRAUD)
    (row,) = case_of_verdict(SAID, said, 0, "deny")
    assert (row.rule, row.category) == ("asks", "spam")
    assert finding_of_case(verdict()) is None


def test_danger_to_minors_seals_whoever_has_the_word() -> None:
    said = verdict(finding(case=FRAUD), finding("hash", SEALED), case=FRAUD)
    (row,) = case_of_verdict(SAID, said, 0, "deny")
    assert row.category == SEALED


def test_nothing_is_asked_without_a_case_or_by_a_shadow() -> None:
    assert case_of_verdict(SAID, verdict(finding()), 0, "deny") == ()
    assert case_of_verdict(SAID, verdict(shadow=(finding(case=FRAUD),)), 0, "deny") == ()


@pytest.mark.parametrize(
    ("case", "queue", "priority"), [(None, "holds", "p2"), (FRAUD, "fraud", "p1")]
)
def test_a_hold_asks_always_and_is_due_when_it_expires(
    case: CaseSpec | None, queue: str, priority: str
) -> None:
    said = verdict(finding(case=case), action="hold", case=case, until=130.0)
    assert is_held(SAID, said)
    (row,) = case_of_verdict(SAID, said, 0, "approve")
    assert (row.queue, row.priority, row.about) == (queue, priority, "hold")
    assert (row.due, row.nobody) == (130.0, "approve")
    ended = hold_ended("t", "m1", 2, SAID.at, "denied")
    assert (ended.id, ended.state, ended.because) == (row.id, "resolved", "denied")
    assert hold_ended("other", "m1", 2, SAID.at, "denied").id != row.id


def test_an_event_has_one_line_whoever_asks_and_another_rev_another() -> None:
    ids = set()
    for spec in (FRAUD, HOLD_CASE):
        (row,) = case_of_verdict(SAID, verdict(finding(case=spec), case=spec), 0, "deny")
        ids.add(row.id)
    assert len(ids) == 1
    edited = msgspec.structs.replace(SAID, rev=3)
    (row,) = case_of_verdict(edited, verdict(finding(case=FRAUD), case=FRAUD), 0, "deny")
    assert row.id not in ids


def test_whoever_joins_asks_once_a_minute() -> None:
    raid = Finding("raid", "flood", Severity.LOW, (), "window", case=FRAUD)
    ids = []
    for user, at in (("a", 60.0), ("a", 61.0), ("b", 61.0), ("a", 121.0)):
        joined = Joined("t", "r", User(user, user.upper()), at)
        (row,) = case_of_verdict(joined, verdict(raid, case=FRAUD), 9, "deny")
        assert (row.ref, row.lang, row.name, row.viewers) == ("", "", user.upper(), 9)
        ids.append(row.id)
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_an_incident_has_so_many_lines_a_minute() -> None:
    waves = Waves(2)
    assert [waves.has_room("t", "raid", 10.0 + n) for n in range(4)] == [True, True, False, False]
    assert waves.has_room("t", "other", 13.0)
    assert waves.has_room("u", "raid", 13.0)
    assert waves.has_room("t", "raid", 70.0)
    assert waves.has_room("t", "raid", 5.0)  # the clock was set back
