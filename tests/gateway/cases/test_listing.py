"""Pages of the queue: whole, in order, and only what was asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from gateway.cases.listing import Wanted
from gateway.record.where import Where
from gateway.refusal import Refused
from gateway.shapes.cases import CaseLine
from tests.gateway.cases.making import AT, Work, actor, make_line
from tests.gateway.postgres import PostgresServer
from tests.gateway.record.making import query

Asked = list[tuple[str, Any]]  # with the values as the driver takes them


def pages(work: Work, wanted: Wanted, limit: int) -> list[CaseLine]:
    found: list[CaseLine] = []
    cursor = None
    for _ in range(100):
        page = work.store.page("acme", wanted, cursor, limit)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next
        if cursor is None:
            return found
    raise AssertionError("the pages have no end")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Work]:
    """Forty cases that are only read: alike in urgency by threes, some ended, some somebody's."""
    data = shutil.copytree(migrated, tmp_path_factory.mktemp("filled") / "data")
    if request.param == "sqlite":
        work = Work(data)
        fill(work)
        yield work
        work.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("template"))
    work = Work(Where.of(data, server.url(name)))
    fill(work)
    yield work
    work.close()
    server.drop(name)


def fill(work: Work) -> None:
    work.put(
        *(
            make_line(
                at=AT + number // 3,
                queue=("fraud", "abuse", "media")[number % 3],
                priority=("p1", "p2")[number % 2],
                room=f"room-{number % 4}",
                user=f"user-{number % 5}",
                category="minor_safety" if number % 10 == 9 else "spam",
            )
            for number in range(40)
        )
    )
    work.take()
    every = work.every()
    lea = actor("lea", "lead")
    for number, case in enumerate(every[::4]):
        work.settle("ann", case, now=AT + number // 2)
    for case in every[1::8]:
        work.claim(lea, case)
    for case in every[2::8]:
        work.assign(lea, case, "lea")


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_are_whole_and_in_order(filled: Work, limit: int) -> None:
    found = pages(filled, Wanted("all", sealed=True), limit)
    assert len({case.id for case in found}) == len(found) == 40
    waiting = [case for case in found if case.state != "decided"]
    ended = [case for case in found if case.state == "decided"]
    assert found == waiting + ended
    assert len(ended) == 10
    assert waiting == sorted(waiting, key=lambda case: (case.rank, case.id))
    assert [case.decided for case in ended] == sorted(
        (case.decided for case in ended), key=lambda at: -(at or 0.0)
    )
    assert pages(filled, Wanted("open", sealed=True), limit) == waiting
    assert pages(filled, Wanted("ended", sealed=True), limit) == ended


@pytest.mark.parametrize(
    ("wanted", "suits"),
    [
        (Wanted("all"), lambda case: not case.sealed),
        (Wanted("all", only=frozenset({"fraud"})), lambda case: case.queue == "fraud"),
        (Wanted("all", only=frozenset({"fraud", "media"})), lambda case: case.queue != "abuse"),
        (Wanted("all", only=frozenset()), lambda case: False),
        (Wanted("all", without=frozenset({"fraud"})), lambda case: case.queue != "fraud"),
        (Wanted("all", priority="p1"), lambda case: case.priority == "p1"),
        (Wanted("all", room="room-2"), lambda case: case.room == "room-2"),
        (Wanted("all", user="user-3"), lambda case: case.user == "user-3"),
        (Wanted("all", mine="lea"), lambda case: "lea" in (case.claimed_by, case.assigned)),
        (
            Wanted("all", mine="lea", only=frozenset({"abuse"}), user="user-3"),
            lambda case: (
                "lea" in (case.claimed_by, case.assigned)
                and (case.queue, case.user) == ("abuse", "user-3")
            ),
        ),
        (
            Wanted("open", mine="lea", only=frozenset({"abuse"}), priority="p1"),
            lambda case: (
                "lea" in (case.claimed_by, case.assigned)
                and (case.queue, case.priority) == ("abuse", "p1")
            ),
        ),
    ],
)
def test_a_page_has_what_was_asked_for(filled: Work, wanted: Wanted, suits: Any) -> None:
    every = pages(filled, Wanted(wanted.state, sealed=True), 200)
    expected = [case for case in every if suits(case) and (wanted.sealed or not case.sealed)]
    assert pages(filled, wanted, 3) == expected


def test_a_cursor_outlives_changes(work: Work) -> None:
    work.put(*(make_line(at=AT + number) for number in range(6)))
    work.take()
    wanted = Wanted()
    first = work.store.page("acme", wanted, None, 3)
    gone = first.items[-1]
    work.settle("ann", gone)  # the very one at which the page ended
    work.put(make_line(at=AT - 1000))  # and one that stands before it now
    work.take()
    second = work.store.page("acme", wanted, first.next, 3)
    assert [case.opened for case in second.items] == [AT + 3, AT + 4, AT + 5]


def test_a_state_that_is_none_is_refused(filed: Work) -> None:
    with pytest.raises(Refused):
        filed.store.page("acme", Wanted("lost"), None, 9)


def test_members_come_newest_first(work: Work) -> None:
    work.put(*(make_line(alike="raid", at=AT + number // 2) for number in range(7)))
    work.take()
    (case,) = work.every()
    found, cursor, times = [], None, 0
    while times == 0 or cursor is not None:
        items, cursor = work.store.members("acme", case.id, cursor, 3)
        found += items
        times += 1
    assert times == 3
    assert len({member.event for member in found}) == 7
    assert [member.at for member in found] == [AT + n for n in (3, 2, 2, 1, 1, 0, 0)]
    assert not any(member.kept for member in found)


def test_nobody_sees_another_tenants(work: Work) -> None:
    case = work.opened(tenant="other", user="u")
    assert work.store.page("acme", Wanted("all", user="u"), None, 9).items == []
    assert work.store.members("acme", case.id, None, 9) == ([], None)
    assert work.store.notes("acme", case.id) == []


# -- plans ---------------------------------------------------------------------------------------


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Collect the statements that engines send."""
    statements: Asked = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            many = isinstance(values, list)
            statements.append((statement, values[0] if many else values))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def ask_everything(work: Work) -> None:
    few = frozenset({"fraud", "abuse"})
    for wanted in (
        Wanted("all", sealed=True),
        Wanted("all", only=few, priority="p1"),
        Wanted("all", room="r", without=few),
        Wanted("all", mine="ann", only=few),
        Wanted("all", user="u1"),
    ):
        page = work.store.page("acme", wanted, None, 5)
        work.store.page("acme", wanted, page.next, 5)
    work.store.queues("acme")
    case = work.opened(alike="raid")
    work.put(make_line(alike="raid", due=AT + 5), make_line(id="over", state="resolved"))
    work.take()
    work.claim(actor(), case)
    work.store.work(AT)
    work.store.stall(AT + 500)
    work.store.expire(AT + 500)
    work.store.changed_since(AT + 400, 10)
    work.store.purge(AT)


def test_no_question_reads_a_whole_table(work: Work, asked: Asked) -> None:
    work.put(*(make_line(at=AT + number) for number in range(50)))
    work.take()
    asked.clear()
    ask_everything(work)
    assert len(asked) > 30
    if work.where.file is not None:
        scans = [
            (row[3], statement)
            for statement, values in asked
            for row in query(work.where, f"EXPLAIN QUERY PLAN {statement}", *values)
            if row[3].startswith("SCAN ") and row[3] != "SCAN CONSTANT ROW"
        ]
        assert scans == []
        return
    with psycopg.connect(work.where.conninfo, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        for statement, values in asked:
            rows = connection.execute(f"EXPLAIN {statement}".encode(), values).fetchall()
            assert not [row for row in rows if "Seq Scan" in row[0]], statement
