"""What is old goes; what is open, or younger, stays."""

from __future__ import annotations

from sqlalchemy import func, select

from gateway.cases.purge import KEPT_S
from gateway.record.database import reading
from gateway.record.schema import case_lines
from gateway.record.schema_cases import case_members, case_notes
from tests.gateway.cases.making import AT, Work, make_line


def left(work: Work) -> list[int]:
    with reading(work.engine) as connection:
        tables = (case_lines, case_members, case_notes)
        query = [select(func.count()).select_from(table) for table in tables]
        return [int(connection.execute(each).scalar_one()) for each in query]


def test_old_cases_go_with_all_that_is_theirs(work: Work) -> None:
    old, young, waiting = work.opened(), work.opened(), work.opened()
    work.settle("ann", old)
    work.settle("ann", young, now=AT + 10)
    assert not work.store.purge(AT + KEPT_S)
    assert len(work.every()) == 3
    assert not work.store.purge(AT + KEPT_S + 5)
    assert {case.id for case in work.every()} == {young.id, waiting.id}
    assert left(work) == [2, 2, 3]


def test_much_goes_bit_by_bit(work: Work) -> None:
    work.put(*(make_line(alike="raid", at=AT + n / 100) for n in range(2300)))
    work.take()
    (case,) = work.every()
    work.settle("ann", case, now=AT + 30)
    later, rounds = AT + KEPT_S + 60, 1
    while work.store.purge(later):
        rounds += 1
    assert 2 < rounds < 10
    assert left(work) == [0, 0, 0]
    assert work.every() == []


def test_lines_that_ended_what_never_came_go(work: Work) -> None:
    work.put(make_line(state="resolved"))
    work.take()
    work.store.purge(AT + KEPT_S + 5)
    assert left(work)[0] == 0
