"""What is asked again and again is found by an index, in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from gateway.record import filestore, serverstore
from gateway.record.answered import Answered
from gateway.record.holds import Holds
from gateway.record.outbox import Outbox
from gateway.record.seal import Seal
from gateway.record.standing import Standing
from gateway.record.where import Where
from seawall.actions import Target
from tests.gateway.record.making import query

Asked = list[tuple[str, Any]]  # with the values as the driver takes them


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Collect the statements that engines send."""
    statements: Asked = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            statements.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


async def ask_everything(where: Where) -> None:
    with closing(Outbox(where)) as outbox:
        await outbox.open_for(["a", "b"], 1.0, 2.0)
        await outbox.lease("n", ["c1", "c2"], 2.0, 1.0)
        await outbox.sent(["c1"], 1.0)
        await outbox.max_seq()
        await outbox.expired(1.0, 10)
        await outbox.expired(1.0, 10, "n")
        await outbox.find("a", "c1")
        await outbox.of_event("a", "m1")
        await outbox.newest("a", [Target("user", "r", "u"), Target("message", "r", "m")])
    with closing(Holds(where)) as holds:
        await holds.waiting("a")
        await holds.due(1.0)
        await holds.find("a", "m1", 0)
        await holds.decided_since(1.0)
        await holds.untold(1.0)
        await holds.decide("a", "m1", 0, "denied", by="x", at=1.0)
    with closing(Standing(where)) as standing:
        await standing.changed_since(1.0)
        await standing.of_event("a", "m1", 0)
    with closing(Answered(where, Seal(b"s" * 32))) as answered:
        await answered.find([("a", f"m{number}", 0) for number in range(20)])


def file_plan(where: Where, statement: str, values: Any) -> list[str]:
    rows = query(where, f"EXPLAIN QUERY PLAN {statement}", *values)
    return [row[3] for row in rows if row[3].startswith("SCAN ")]


def server_plan(connection: psycopg.Connection, statement: str, values: Any) -> list[str]:
    rows = connection.execute(f"EXPLAIN {statement}".encode(), values).fetchall()
    return [row[0] for row in rows if "Seq Scan" in row[0]]


async def test_no_question_reads_a_whole_table(where: Where, asked: Asked) -> None:
    await ask_everything(where)
    assert len(asked) > 20
    if where.file is not None:
        slow = {statement: file_plan(where, statement, values) for statement, values in asked}
    else:
        with closing(psycopg.connect(where.conninfo)) as connection:
            connection.execute("SET enable_seqscan = off")
            slow = {each[0]: server_plan(connection, *each) for each in asked}
    assert {statement: plan for statement, plan in slow.items() if plan} == {}


def test_no_purge_reads_a_whole_table(where: Where) -> None:
    if where.file is not None:
        for statement, _ in filestore._PURGES:
            assert file_plan(where, statement, (1.0, 10)) == []
        return
    with closing(psycopg.connect(where.conninfo)) as connection:
        connection.execute("SET enable_seqscan = off")
        for statement, _ in serverstore._PURGES:
            assert server_plan(connection, statement, {"at": 1.0, "limit": 10}) == []


def test_other_writers_verdicts_are_sought_by_the_message_alone(where: Where) -> None:
    if where.file is not None:
        rows = query(where, f"EXPLAIN QUERY PLAN {filestore._STANDING}", "[]", "w")
        found = [row[3] for row in rows if row[3].startswith("SEARCH ")]
        index = "USING INDEX journal_event (tenant=? AND event=? AND rev=?)"
        assert found == [f"SEARCH j {index}", f"SEARCH b {index}"]
        return
    with closing(psycopg.connect(where.conninfo)) as connection:
        connection.execute("SET enable_seqscan = off")
        assert server_plan(connection, serverstore._STANDING, ("[]", "w")) == []
        assert server_plan(connection, serverstore._FIRSTS, ("[]",)) == []
