"""What reports and outages ask of people, as the record keeps it."""

from __future__ import annotations

from gateway.cases.lines import fault_id, of_fault, of_report
from seawall import wire


def report(
    ref: str, target: str = "m1", text: str | None = None, reason: str = "harassment"
) -> wire.Report:
    return wire.Report(ref, "r", target, reason, "reporter", 1.0, text)


def test_a_report_is_a_case_about_its_target_with_the_text_that_came() -> None:
    entry = of_report("t", report("p1", text="you fool"), 30, 50.0)
    assert (entry.kind, entry.event, entry.ref, entry.at) == ("report", "p1", "m1", 50.0)
    assert entry.evidence is not None
    assert entry.evidence.text == "you fool"
    (case,) = entry.cases
    assert (case.queue, case.priority, case.about, case.ref) == ("reports", "p2", "report", "m1")
    assert (case.because, case.viewers) == ("harassment", 30)
    assert of_report("t", report("p2"), 0, 50.0).evidence is None


def test_a_reason_in_words_of_its_own_is_evidence_and_no_rule() -> None:
    entry = of_report("t", report("p1", reason="he lives in Elm Street"), 0, 50.0, 7.0)
    assert entry.evidence is not None
    assert (entry.rule, entry.evidence.text) == ("", "he lives in Elm Street")
    assert entry.evidence.keep_s == 7.0
    assert entry.cases[0].because == "he lives in Elm Street"
    both = of_report("t", report("p2", text="at 7", reason="he lives in Elm Street"), 0, 50.0)
    assert both.evidence is not None
    assert both.evidence.text == "he lives in Elm Street\nat 7"
    assert of_report("t", report("p3"), 0, 50.0).rule == "harassment"


def test_a_report_names_whom_it_is_about_and_never_who_told_it() -> None:
    entry = of_report("t", report("p1"), 0, 50.0)
    assert entry.user == "reporter"  # the writer keeps its hash
    assert entry.cases[0].user == ""
    assert "reporter" not in repr(entry.cases)


def test_reports_of_one_target_are_one_incident() -> None:
    rows = [of_report("t", report(ref), 0, 50.0).cases[0] for ref in ("p1", "p2", "p1")]
    assert len({row.alike for row in rows}) == 1
    assert len({row.id for row in rows}) == 2
    (other,) = of_report("t", report("p1", "m2"), 0, 50.0).cases
    assert other.alike != rows[0].alike


def test_an_outage_is_one_case_and_the_same_incident_everywhere() -> None:
    one, other = (fault_id("t", node, "models", 5.0) for node in ("a", "b"))
    assert len({one, other, fault_id("t", "a", "models", 6.0)}) == 3
    opened = of_fault("t", one, "a", "models", 15.0, "down", over=False)
    ended = of_fault("t", one, "a", "models", 30.0, "back", over=True)
    assert (opened.kind, opened.action, opened.by, opened.ref) == (
        "gateway", "degraded", "a", "models",
    )  # fmt: skip
    (case,), (back,) = opened.cases, ended.cases
    assert (case.state, case.queue, case.priority) == ("open", "operations", "p1")
    assert (back.id, back.state, back.because) == (case.id, "resolved", "back")
    (elsewhere,) = of_fault("t", other, "b", "models", 15.0, "down", over=False).cases
    assert elsewhere.alike == case.alike
