"""What the clock does to cases, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.cases.store import CaseStore
from tests.gateway.cases.making import AT, Work, actor, make_line

ANN, LEA = actor("ann"), actor("lea", "lead")


def test_a_stalled_claim_comes_back(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    assert not work.store.work(AT + 119).stalled
    assert work.store.stall(AT + 119) == []
    assert work.store.work(AT + 120).stalled
    (change,) = work.store.stall(AT + 120)
    assert (change.line.state, change.line.claimed_by) == ("open", "")
    assert [(note.kind, note.to) for note in change.notes] == [("stalled", "ann")]
    assert work.store.stall(AT + 121) == []


@pytest.mark.parametrize("nobody", ["close", ""])
def test_a_case_closes_when_nobody_came(work: Work, nobody: str) -> None:
    case = work.opened(due=AT + 60, nobody=nobody)
    work.claim(ANN, case)
    assert work.store.expire(AT + 59) == []
    assert work.store.work(AT + 60).overdue
    (change,) = work.store.expire(AT + 60)
    assert (change.line.state, change.line.decided) == ("expired", AT + 60)
    assert (change.line.claimed_by, change.line.decided_by) == ("", "")
    assert work.store.expire(AT - 10) == work.store.expire(AT + 99) == []
    assert not work.store.work(AT + 99).overdue


def test_a_case_is_escalated_when_nobody_came(work: Work) -> None:
    case = work.opened(due=AT + 60, nobody="escalate", priority="p0")
    work.claim(ANN, case)
    (change,) = work.store.expire(AT + 60)
    line = change.line
    assert (line.state, line.due, line.claimed_by) == ("escalated", None, "")
    assert line.rank == case.rank  # it is as late as before
    assert [note.kind for note in change.notes] == ["escalated"]
    assert work.store.expire(AT + 99) == []


def test_what_the_leads_have_stays_with_them(work: Work) -> None:
    case = work.opened(due=AT + 60, nobody="escalate")
    work.escalate(ANN, case)
    work.claim(LEA, case)
    (change,) = work.store.expire(AT + 60)
    assert (change.line.state, change.line.claimed_by) == ("claimed", "lea")
    assert (change.line.due, change.notes) == (None, ())


@pytest.mark.parametrize("nobody", ["approve", "deny", "keep", "cut", "block"])
def test_what_has_a_clock_of_its_own_is_waited_for(work: Work, nobody: str) -> None:
    line = make_line(due=AT + 60, nobody=nobody, about="hold")
    work.put(line, make_line(due=AT + 60, nobody=nobody))
    work.take()
    assert not work.store.work(AT + 89).overdue
    work.put(line | {"state": "resolved", "at": AT + 61})
    work.take(AT + 61)
    (change,) = work.store.expire(AT + 91)
    ended = "escalated" if nobody == "cut" else "expired"  # whoever should have cut did not
    assert change.line.state == ended
    assert sorted(case.state for case in work.every()) == [ended, "resolved"]


def test_an_incident_of_holds_waits_for_the_youngest(work: Work) -> None:
    work.opened(due=AT + 60, nobody="deny", about="hold", alike="text:1")
    younger = make_line(due=AT + 110, nobody="deny", about="hold", alike="text:1", at=AT + 50)
    work.put(younger)
    (joined,) = work.take(AT + 50)
    assert (joined.line.members, joined.line.due) == (2, AT + 60)
    assert work.store.expire(AT + 139) == []
    (change,) = work.store.expire(AT + 140)
    assert change.line.state == "expired"


def test_two_gateways_expire_each_once(work: Work) -> None:
    other = CaseStore(work.where)
    work.put(*(make_line(due=AT + n % 7, nobody="close") for n in range(150)))
    work.take()

    def expire(store: CaseStore) -> list[str]:
        return [change.line.id for _ in range(5) for change in store.expire(AT + 60)]

    with ThreadPoolExecutor(4) as threads:
        found = threads.map(expire, [work.store, other, work.store, other])
        ended = [case for some in found for case in some]
    other.close()
    assert len(ended) == len(set(ended)) == 150
