"""What people do with cases: one is first, the same again is fine, others are told what stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.cases.claims import CLAIM_S, why_not_decide
from gateway.cases.store import CaseStore
from gateway.refusal import Refused
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine
from tests.gateway.cases.making import AT, Work, actor

ANN, BOB, LEA = actor("ann"), actor("bob"), actor("lea", "lead")


def refused(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.status, caught.value.code


def standing(problem: Refused) -> CaseLine:
    """Return the case that stands, as whoever came later is told."""
    assert isinstance(problem.shown, CaseLine)
    return problem.shown


def test_a_claim_is_one_persons_until_it_runs_out(work: Work) -> None:
    case = work.opened()
    mine = work.claim(ANN, case)
    assert (mine.state, mine.claimed_by, mine.claim_until) == ("claimed", "ann", AT + CLAIM_S)
    renewed = work.claim(ANN, case, AT + 60)
    assert renewed.claim_until == AT + 60 + CLAIM_S
    with pytest.raises(Refused) as caught:
        work.claim(BOB, case, AT + 100)
    assert (caught.value.status, caught.value.code) == (409, "claimed")
    assert caught.value.shown == renewed
    assert "ann" in caught.value.message
    his = work.claim(BOB, case, AT + 181)
    assert (his.claimed_by, his.state) == ("bob", "claimed")
    assert work.kinds(case) == ["opened", "claimed", "stalled", "claimed"]


def test_a_clock_that_goes_back_shortens_no_claim(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    assert work.claim(ANN, case, AT - 3600).claim_until == AT + CLAIM_S


def test_a_claim_outlives_a_restart(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    again = CaseStore(work.where)
    assert again.find("acme", case.id).claimed_by == "ann"
    again.close()
    assert refused(lambda: work.claim(BOB, case, AT + 1)) == (409, "claimed")


def test_who_looked_at_something_older_is_told(work: Work) -> None:
    case = work.opened()
    work.claim(BOB, case)
    work.release(BOB, case)
    assert refused(lambda: work.claim(ANN, case, version=1)) == (412, "changed")
    assert work.claim(ANN, case, version=3).claimed_by == "ann"


def test_a_case_is_given_back_by_who_has_it_or_a_lead(work: Work) -> None:
    case = work.opened()
    assert work.release(ANN, case) == case  # it is nobody's
    work.claim(ANN, case)
    assert refused(lambda: work.release(BOB, case)) == (409, "claimed")
    free = work.release(LEA, case)
    assert (free.state, free.claimed_by, free.claim_until) == ("open", "", None)
    assert work.release(ANN, case) == free


def test_a_hand_over_is_a_claim_for_somebody(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    assert refused(lambda: work.hand_over(BOB, case, "bob")) == (409, "claimed")
    given = work.hand_over(ANN, case, "bob", AT + 5)
    assert (given.state, given.claimed_by) == ("claimed", "bob")
    assert given.claim_until == AT + 5 + CLAIM_S
    assert work.hand_over(ANN, case, "bob", AT + 6) == given
    note = work.store.notes("acme", case.id)[-1]
    assert (note.kind, note.by, note.to, note.text) == ("handover", "ann", "bob", "yours")


def test_an_assignment_keeps_others_away(work: Work) -> None:
    case = work.opened()
    assert refused(lambda: work.assign(ANN, case, "bob")) == (403, "forbidden")
    assert work.assign(LEA, case, "bob").assigned == "bob"
    assert work.assign(LEA, case, "bob").version == 2
    assert refused(lambda: work.claim(ANN, case)) == (409, "assigned")
    assert refused(lambda: work.assign(ANN, case, "ann")) == (403, "forbidden")
    assert work.assign(BOB, case, None).assigned == ""
    assert work.assign(ANN, case, "ann").assigned == "ann"
    assert work.claim(LEA, case).claimed_by == "lea"


def test_what_is_escalated_is_the_leads(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    assert refused(lambda: work.escalate(BOB, case)) == (409, "claimed")
    up = work.escalate(ANN, case, "abuse")
    assert (up.state, up.queue, up.claimed_by) == ("escalated", "abuse", "")
    assert work.escalate(ANN, case) == up
    assert refused(lambda: work.escalate(BOB, case)) == (409, "state")
    assert refused(lambda: work.claim(ANN, case)) == (403, "escalated")
    denied = why_not_decide(ANN, up, AT)
    assert denied is not None
    assert denied.code == "escalated"
    assert why_not_decide(LEA, up, AT) is None
    assert work.claim(LEA, case).state == "claimed"
    assert work.release(LEA, case).state == "escalated"
    assert work.kinds(case)[-3:] == ["escalated", "claimed", "released"]


def test_a_second_opinion_is_somebody_elses(work: Work) -> None:
    case = work.opened()
    work.claim(ANN, case)
    asked = work.ask(ANN, case)
    assert (asked.state, asked.asked_by, asked.claimed_by) == ("second", "ann", "")
    assert work.ask(ANN, case) == asked
    assert refused(lambda: work.ask(BOB, case)) == (409, "second")
    assert refused(lambda: work.claim(ANN, case)) == (409, "second")
    assert refused(lambda: work.settle("ann", case)) == (409, "second")
    assert work.claim(BOB, case).state == "claimed"
    assert refused(lambda: work.hand_over(BOB, case, "ann")) == (409, "second")
    assert work.release(BOB, case).state == "second"
    work.claim(BOB, case)
    assert work.settle("bob", case).decided_by == "bob"
    note = next(each for each in work.store.notes("acme", case.id) if each.kind == "second")
    assert (note.by, note.to, note.text) == ("ann", "ban", "well?")


def test_nobody_moves_an_ended_case(work: Work) -> None:
    case = work.opened()
    work.settle("bob", case)
    moves: list[Callable[[], object]] = [
        lambda: work.claim(ANN, case),
        lambda: work.release(ANN, case),
        lambda: work.hand_over(LEA, case, "bob"),
        lambda: work.assign(LEA, case, "bob"),
        lambda: work.escalate(ANN, case),
        lambda: work.ask(ANN, case),
        lambda: work.settle("ann", case, "d2"),
    ]
    for move in moves:
        with pytest.raises(Refused, match="bob was first") as caught:
            move()
        assert caught.value.code == "already_decided"
        assert standing(caught.value).decision == "d1"


@pytest.mark.parametrize(
    "who",
    [actor(tenant="other"), actor(queues=frozenset({"abuse"})), actor("x", "analyst")],
    ids=["another tenant", "another queue", "no right"],
)
def test_outside_of_their_work_people_do_nothing(filed: Work, who: Actor) -> None:
    case = filed.opened()
    status, _ = refused(lambda: filed.claim(who, case))
    assert status == (404 if who.tenant == "other" else 403)
    assert filed.store.find("acme", case.id) == case


def test_sealed_cases_are_the_leads(filed: Work) -> None:
    case = filed.opened(category="minor_safety")
    assert refused(lambda: filed.claim(ANN, case)) == (403, "forbidden")
    assert filed.claim(LEA, case).claimed_by == "lea"


def test_of_many_who_claim_at_once_one_has_it(work: Work) -> None:
    other = Work(work.where)
    case = work.opened()

    def claim(number: int) -> str:
        desk = (work, other)[number % 2]
        try:
            return desk.claim(actor(f"mod{number}"), case).claimed_by
        except Refused as problem:
            return standing(problem).claimed_by

    with ThreadPoolExecutor(4) as threads:
        names = set(threads.map(claim, range(8)))
    other.close()
    assert len(names) == 1
    assert work.kinds(case) == ["opened", "claimed"]


def test_of_many_who_decide_at_once_one_was_first(work: Work) -> None:
    other = Work(work.where)
    case = work.opened()

    def settle(number: int) -> str:
        desk = (work, other)[number % 2]
        try:
            return desk.settle(f"mod{number}", case, f"d{number}").decision
        except Refused as problem:
            return standing(problem).decision

    with ThreadPoolExecutor(4) as threads:
        decisions = set(threads.map(settle, range(8)))
    other.close()
    assert len(decisions) == 1
    assert work.kinds(case) == ["opened", "decided"]
