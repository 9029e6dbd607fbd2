"""Cases end once, and an undone decision makes them wait again."""

from __future__ import annotations

import pytest

from gateway.refusal import Refused
from tests.gateway.cases.making import AT, Work, actor, make_line


def test_a_decision_ends_a_case(work: Work) -> None:
    case = work.opened()
    work.claim(actor("ann"), case)
    done = work.settle("ann", case, "d7", AT + 9, "ban")
    assert (done.state, done.decision, done.choice) == ("decided", "d7", "ban")
    assert (done.decided_by, done.decided, done.claimed_by) == ("ann", AT + 9, "")
    assert done.rank == -(AT + 9)
    assert not work.is_open(case)
    assert work.settle("ann", case, "d7", AT + 10) == done
    note = work.store.notes("acme", case.id)[-1]
    assert (note.kind, note.by, note.to, note.text) == ("decided", "ann", "d7", "ban")


def test_whoever_has_not_claimed_it_does_not_decide_it(work: Work) -> None:
    case = work.opened()
    work.claim(actor("ann"), case)
    with pytest.raises(Refused, match="ann was first"):
        work.settle("bob", case)
    assert work.settle("bob", case, now=AT + 200).decided_by == "bob"


def test_an_undone_decision_lets_it_wait_again(work: Work) -> None:
    case = work.opened(due=AT + 50, nobody="close")
    work.settle("ann", case)
    again = work.reopen(case, AT + 10)
    assert (again.state, again.decision, again.decided, again.due) == ("open", "", None, AT + 50)
    assert (again.rank, again.version) == (case.rank, 3)
    assert work.is_open(case)
    assert work.reopen(case, AT + 11) == again
    work.settle("bob", case, "d2", AT + 20)
    late = work.reopen(case, AT + 60)
    assert late.due is None  # nobody could keep it any more
    assert work.kinds(case) == ["opened", "decided", "undone", "decided", "undone"]


@pytest.mark.parametrize("nobody", ["deny", "approve", "cut"])
def test_what_is_over_does_not_count_down_again(work: Work, nobody: str) -> None:
    line = make_line(about="hold", due=AT + 300, nobody=nobody)
    work.put(line)
    (change,) = work.take()
    work.settle("ann", change.line, choice="deny_mute", now=AT + 5)
    work.put(line | {"state": "resolved"})  # the hold ends with the decision
    work.take(AT + 5)
    again = work.reopen(change.line, AT + 10)
    assert (again.state, again.due, again.nobody) == ("open", None, "")
    assert work.store.expire(AT + 9_000) == []
    assert work.is_open(again)


def test_an_incident_counts_down_until_its_last_hold_is_over(work: Work) -> None:
    held = {"about": "hold", "alike": "w raid", "due": AT + 300, "nobody": "deny"}
    first, second = make_line(**held), make_line(**held)
    work.put(first, second)
    (change,) = work.take()
    work.settle("ann", change.line, choice="deny", now=AT + 5)
    work.put(first | {"state": "resolved"})
    work.take(AT + 5)
    again = work.reopen(change.line, AT + 10)  # an exempt one was left out: it still waits
    assert (again.members, again.due, again.nobody) == (2, AT + 300, "deny")
    work.settle("ann", again, "d2", choice="deny", now=AT + 15)
    work.put(second | {"state": "resolved"})
    work.take(AT + 15)
    last = work.reopen(again, AT + 20)
    assert (last.due, last.nobody) == (None, "")


def test_what_was_not_decided_is_not_undone(work: Work) -> None:
    line = make_line()
    work.put(line, line | {"state": "resolved"})
    (change,) = work.take()
    with pytest.raises(Refused, match="it is resolved"):
        work.reopen(change.line)
