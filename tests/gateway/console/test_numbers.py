"""The day's numbers: counted in either database, and kept a while for all who look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from gateway.console.numbers import Numbers
from gateway.record.database import open_engine, writing
from gateway.record.schema_cases import case_notes, cases, decisions
from gateway.record.where import Where
from gateway.shapes.cases import CaseLine

HOUR_S = 3600.0
MIDNIGHT = 20_000 * 86_400.0
NOW = MIDNIGHT + 10 * HOUR_S + 600.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def case(id: str, tenant: str = "t", **more: Any) -> dict[str, Any]:
    """Return a row of cases; Any: its columns."""
    empty: dict[str, Any] = {
        field.name: "" for field in msgspec.structs.fields(CaseLine) if field.type is str
    }
    numbers = {"score": 0.0, "viewers": 0, "rank": 0.0, "members": 1, "users": 1, "version": 1}
    at = {"opened": NOW - 100, "latest": NOW - 100, "changed": NOW, "due": None}
    still = {"state": "open", "open": True, "sealed": False, "about": "verdict", "alike": ""}
    ends = {"claim_until": None, "decided": None, "priority": "p2", "room": "r1"}
    return {**empty, **numbers, **at, **still, **ends, "tenant": tenant, "id": id, **more}


def done(id: str, opened: float, decided: float, state: str = "decided") -> dict[str, Any]:
    return case(id, opened=opened, decided=decided, changed=decided, state=state, open=False)


def note(id: str, case: str, at: float) -> dict[str, Any]:
    return {
        "id": id, "tenant": "t", "case": case, "at": at, "kind": "claimed", "by": "ann", "to": "",
        "text": "",
    }  # fmt: skip


def decision(id: str, undone: float | None) -> dict[str, Any]:
    return {
        "tenant": "t", "id": id, "case": "", "at": NOW, "by": "ann", "choice": "remove",
        "reason": "", "for_s": None, "state": "applied", "parts": 0, "done": 0, "failed": 0,
        "undone_by": "", "undone": undone, "undo_reason": "", "node": "", "leased": 0.0,
    }  # fmt: skip


@pytest.fixture
def filled(where: Where) -> Where:
    """Fill in some days of work."""
    engine = open_engine(where)
    rows = [
        case("c1", priority="p0"),
        case("c2", room="r2"),
        case("c3", opened=MIDNIGHT - HOUR_S, changed=NOW),
        case("c4", tenant="other", priority="p0"),
        done("c5", MIDNIGHT + HOUR_S, MIDNIGHT + HOUR_S + 100),
        done("c6", MIDNIGHT + HOUR_S, MIDNIGHT + 2 * HOUR_S),
        done("c7", MIDNIGHT - 2 * HOUR_S, MIDNIGHT - HOUR_S),
        done("c8", NOW - 50, NOW - 10, "expired"),
        done("c9", MIDNIGHT - 3 * 86_400, MIDNIGHT - 2 * 86_400),
    ]
    claims = [
        note("n1", "c5", MIDNIGHT + HOUR_S + 20),
        note("n2", "c6", MIDNIGHT + HOUR_S + 40),
        note("n3", "c6", MIDNIGHT + 2 * HOUR_S - 60),
    ]
    made = [decision("d1", None), decision("d2", NOW), decision("d3", None), decision("d4", None)]
    with writing(engine) as connection:
        connection.execute(insert(cases), rows)
        connection.execute(insert(case_notes), claims)
        connection.execute(insert(decisions), made)
    engine.dispose()
    return where


@pytest.fixture
def numbers(filled: Where) -> Iterator[Numbers]:
    it = Numbers(filled, Clock())
    yield it
    it.close()


async def test_what_is_open_is_counted_by_priority_and_room(numbers: Numbers) -> None:
    now = await numbers.now("t")
    assert now.priorities == {"p0": 1, "p2": 2}
    assert now.rooms == {"r1": 2, "r2": 1}
    assert (await numbers.now("nobody")).priorities == {}


async def test_the_day_is_counted(numbers: Numbers) -> None:
    day = await numbers.day("t", MIDNIGHT, NOW)
    assert (day.opened, day.decided, day.expired) == (5, 2, 1)
    assert day.first_s == 30.0, "half way between 20 and 40 s"
    assert day.handling_s == 70.0, "the last claim counts: half way between 80 and 60 s"
    assert day.overturned == 0.25
    assert len(day.hours) == 24
    assert day.hours[-1] == [3, 0], "what expired was not decided"
    assert day.hours[-10] == [2, 1]
    assert sum(opened for opened, _ in day.hours) == 7
    assert sum(decided for _, decided in day.hours) == 3


async def test_a_claim_counts_though_its_decision_was_taken_back(where: Where) -> None:
    engine = open_engine(where)
    rows = [
        case("c1", opened=NOW - 100),
        case("c2", opened=MIDNIGHT - 100, changed=NOW),
    ]
    claims = [
        note("n1", "c1", NOW - 60),
        note("n2", "c1", NOW - 10),
        note("n3", "c2", MIDNIGHT - 50),  # its first claim was yesterday's
        note("n4", "c2", NOW - 5),
    ]
    with writing(engine) as connection:
        connection.execute(insert(cases), rows)
        connection.execute(insert(case_notes), claims)
        connection.execute(insert(decisions), [decision("d1", NOW)])
    engine.dispose()
    numbers = Numbers(where, Clock())
    day = await numbers.day("t", MIDNIGHT, NOW)
    assert (day.decided, day.overturned) == (0, 1.0)
    assert (day.first_s, day.handling_s) == (40.0, None)
    numbers.close()


async def test_a_day_without_work_has_no_times(numbers: Numbers) -> None:
    day = await numbers.day("nobody", MIDNIGHT, NOW)
    assert (day.opened, day.handling_s, day.first_s, day.overturned) == (0, None, None, None)


async def test_numbers_are_kept_a_while(filled: Where) -> None:
    clock = Clock()
    numbers = Numbers(filled, clock)
    before = await numbers.now("t")
    engine = open_engine(filled)
    with writing(engine) as connection:
        connection.execute(insert(cases), [case("c10", priority="p0")])
    engine.dispose()
    assert await numbers.now("t") is before
    clock.now += 3.0
    assert (await numbers.now("t")).priorities["p0"] == 2
    numbers.close()
