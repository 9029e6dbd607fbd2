"""Who is there gets what waits, one by one, and loses what they let lie."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.cases.desk import CaseDesk
from gateway.cases.giving import AWAY_S, MOST, Away
from gateway.cases.store import CaseStore
from gateway.metrics import Metrics
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine
from tests.gateway.cases.making import AT, Work, actor, make_line
from tests.gateway.record.making import eventually

ANN, BOB, LEA = actor("ann"), actor("bob"), actor("lea", "lead")


def give(work: Work, *people: Actor, now: float = AT) -> list[tuple[str, str]]:
    """Give out; return (event's category, to whom) of each case that was given."""
    given = work.store.give("acme", people, now)
    return [(each.line.category, each.line.assigned) for each in given]


def fill(work: Work, **changes: object) -> None:
    work.put(make_line(**changes))
    work.take()


def test_the_most_urgent_goes_to_whoever_has_least(work: Work) -> None:
    for category in ("spam", "threat", "scam.phishing"):
        fill(work, category=category)
    fill(work, category="violence", severity="critical", viewers=10_000)
    given = give(work, ANN, BOB)
    assert given[0] == ("violence", "ann")
    assert [to for _, to in given] == ["ann", "bob", "ann", "bob"]
    assert give(work, ANN, BOB) == []


def test_nobody_has_more_than_a_few(work: Work) -> None:
    for _ in range(MOST + 2):
        fill(work)
    assert len(give(work, ANN)) == MOST
    (first, *_) = [line for line in work.every() if line.assigned]
    work.claim(ANN, first)
    assert give(work, ANN) == []  # a claimed one is in their hands too
    work.settle("ann", first)
    assert len(give(work, ANN)) == 1
    assert give(work) == []


def test_it_fits_by_queue_language_and_skill(work: Work) -> None:
    fraud = actor("fay", queues=frozenset({"fraud"}), skills=frozenset({"scam"}))
    reader = actor("rui", langs=frozenset({"PT"}))
    fill(work, queue="fraud", category="scam.phishing", lang="de")
    fill(work, queue="abuse", category="harassment", lang="pt-br")
    fill(work, queue="abuse", category="threat", lang="de")
    assert sorted(give(work, fraud, reader)) == [("harassment", "rui"), ("scam.phishing", "fay")]


def test_nobody_gets_what_they_may_not_decide(work: Work) -> None:
    escalated, asked = work.opened(), work.opened()
    work.escalate(ANN, escalated)
    work.ask(ANN, asked)
    fill(work)
    analyst = actor("ana", "analyst")
    assert give(work, analyst) == []
    assert [to for _, to in give(work, analyst, LEA, ANN)] == ["ann"]  # leads last


def test_what_is_not_taken_in_time_is_everybodys_and_given_no_more(work: Work) -> None:
    fill(work)
    give(work, ANN)
    assert work.store.take_back("acme", AT + 29, 30.0) == []
    (back,) = work.store.take_back("acme", AT + 30, 30.0)
    assert (back.line.assigned, back.line.state) == ("", "open")
    assert [(note.kind, note.by, note.to) for note in back.notes] == [("released", "", "ann")]
    assert work.store.take_back("acme", AT + 31, 30.0) == []
    assert give(work, ANN, BOB, now=AT + 31) == []
    assert work.claim(BOB, back.line, AT + 32).claimed_by == "bob"


def test_nothing_is_due_while_all_lies_as_it_should(work: Work) -> None:
    """The look that needs no lock: it says no as long as nothing can be given or taken back."""

    def is_due(at: float) -> bool:
        return work.store.may_give("acme", at, 30.0)

    assert not is_due(AT)
    fill(work)
    assert is_due(AT)
    assert not work.store.may_give("other", AT, 30.0)
    give(work, ANN)
    assert not is_due(AT + 29)
    assert is_due(AT + 30)
    work.store.take_back("acme", AT + 30, 30.0)
    assert not is_due(AT + 31)  # everybody's, once given and given no more


def test_what_is_taken_stays_until_it_is_given_back(work: Work) -> None:
    fill(work)
    give(work, ANN)
    (case,) = work.every()
    work.claim(ANN, case, AT + 10)
    assert work.store.take_back("acme", AT + 60, 30.0) == []
    (case,) = work.every()
    work.release(ANN, case, AT + 61)
    (back,) = work.store.take_back("acme", AT + 62, 30.0)
    assert back.line.assigned == ""


def test_what_a_lead_assigns_stays(work: Work) -> None:
    fill(work)
    give(work, ANN)

    def case() -> CaseLine:
        return work.every()[0]

    work.assign(LEA, case(), "bob", AT + 1)
    assert work.store.take_back("acme", AT + 99, 30.0) == []
    work.assign(LEA, case(), "ann", AT + 2)
    assert work.store.take_back("acme", AT + 99, 30.0) == []


def test_away_is_who_let_one_lie_until_they_take_one() -> None:
    now = 0.0
    away = Away(lambda: now)
    away.note("acme", "ann")
    away.note("acme", "lea")
    assert away.present((ANN, BOB, LEA)) == [BOB]
    away.back("acme", "lea")
    assert away.present((ANN, BOB, LEA)) == [BOB, LEA]
    now = AWAY_S
    assert away.present((ANN, BOB)) == [ANN, BOB]


async def test_the_desk_gives_by_itself(work: Work) -> None:
    now = AT
    desk = CaseDesk(CaseStore(work.where), Metrics(), wall=lambda: now, give_s=30.0)
    told: list[CaseLine] = []
    desk.heard.append(lambda _tenant, lines: told.extend(lines))
    desk.present = lambda: [ANN]
    task = asyncio.create_task(desk.run())
    try:
        work.put(make_line())
        desk.poke()
        await eventually(lambda: bool(told) and told[-1].assigned == "ann")
        now = AT + 30
        desk.poke()
        await eventually(lambda: told[-1].assigned == "")
        work.put(make_line())
        desk.poke()
        await eventually(lambda: len(told) == 4)
        assert told[-1].assigned == ""  # ann is away
        await desk.claim(ANN, told[-1].id)
        work.put(make_line())
        desk.poke()
        await eventually(lambda: told[-1].assigned == "ann")
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        desk.store.close()
