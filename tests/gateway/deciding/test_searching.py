"""Decisions of people and machines are found together, and all that is known of a user."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from gateway.refusal import Refused
from gateway.shapes.cases import DecideBody
from gateway.shapes.rooms import ActBody
from tests.gateway.deciding.gates import Gate, person
from tests.gateway.record.making import query

ANN, BOB = person("ann"), person("bob")


async def history(gate: Gate) -> dict[str, str]:
    """Decide this and that, a second apart; return the people's decisions by name."""
    made = {}
    gate.judged("m1", "eve", mute=600.0, strikes=2)
    made["case"] = gate.case().id
    gate.clock.now += 1.0
    made["uphold"] = (
        await gate.deciding.decide(ANN, made["case"], DecideBody("uphold"))
    ).decision.id
    gate.clock.now += 1.0
    made["mute"] = (
        await gate.deciding.act(BOB, "r2", ActBody("user", "eve", "mute", None))
    ).decision.id
    gate.clock.now += 1.0
    gate.judged("m2", "joe", "remove", room="r2")
    gate.case()
    return made


async def test_the_newest_come_first_and_pages_join(gate: Gate) -> None:
    made = await history(gate)
    wanted = ["m2", made["mute"], made["uphold"], "m1"]
    found, cursor = [], None
    while True:
        page = await gate.deciding.search(ANN, cursor=cursor, limit=1)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [line.id for line in found] == wanted
    assert [line.machine for line in found] == [True, False, False, True]
    verdict = found[-1]
    assert (verdict.rule, verdict.action, verdict.case) == ("rule", "block", made["case"])
    assert (found[2].rule, found[2].by, found[2].choice) == ("rule", "ann", "uphold")


async def test_each_filter_finds_its_own(gate: Gate) -> None:
    made = await history(gate)

    async def ids(**asked: str | float | bool | None) -> list[str]:
        page = await gate.deciding.search(ANN, **asked)  # type: ignore[arg-type]  # as named
        return [line.id for line in page.items]

    assert await ids(user="eve") == [made["mute"], made["uphold"], "m1"]
    assert await ids(user="joe") == ["m2"]
    assert await ids(room="r2") == ["m2", made["mute"]]
    assert await ids(rule="rule") == ["m2", made["uphold"], "m1"]
    assert await ids(by="ann") == [made["uphold"]]
    assert await ids(by="moderator:bob") == [made["mute"]]
    assert await ids(q=made["case"]) == [made["uphold"]]
    assert await ids(q="m1") == [made["uphold"], "m1"]
    assert await ids(q=f"{made['mute']}.1") == [made["mute"]]
    assert await ids(machine=True) == ["m2", "m1"]
    assert await ids(machine=False) == [made["mute"], made["uphold"]]
    now = gate.clock.now
    assert await ids(since=now - 1.5) == ["m2", made["mute"]]
    assert await ids(until=now - 2.5) == ["m1"]
    with pytest.raises(Refused):
        await gate.deciding.search(ANN, cursor="nonsense")
    with pytest.raises(Refused):
        await gate.deciding.search(person("una", rights=ANN.rights.__class__(frozenset())))


async def test_a_piece_of_a_reason_finds_its_decision(gate: Gate) -> None:
    gate.judged("m1", "eve")
    case = gate.case().id
    why = DecideBody("uphold", reason="100% a Scam, see the_thread")
    made = (await gate.deciding.decide(ANN, case, why)).decision.id
    other = (await gate.deciding.act(BOB, "r2", ActBody("user", "joe", "mute", None))).decision.id

    async def ids(q: str) -> list[str]:
        return [line.id for line in (await gate.deciding.search(ANN, q=q)).items]

    assert await ids("a scam") == [made]
    assert await ids("100% a") == [made]
    assert await ids("the_thread") == [made]
    assert await ids("%") == [made], "no wildcards"
    assert await ids("a raid") == []
    await gate.deciding.undo(BOB, other, "the wrong Joe")
    assert await ids("wrong joe") == [other]


async def test_a_machines_decision_that_was_taken_back_says_so(gate: Gate) -> None:
    gate.judged("m1", "eve", mute=600.0)
    line = gate.case()
    gate.clock.now += 1.0
    done = await gate.deciding.decide(ANN, line.id, DecideBody("revert"))
    (found,) = (await gate.deciding.search(ANN, machine=True)).items
    assert (found.state, found.undone_by, found.undone) == ("undone", "ann", gate.clock.now)
    gate.clock.now += 1.0
    await gate.deciding.undo(ANN, done.decision.id)
    (found,) = (await gate.deciding.search(ANN, machine=True)).items
    assert (found.state, found.undone) == ("applied", None)


async def test_all_that_is_known_of_a_user(gate: Gate) -> None:
    began = gate.clock.now
    made = await history(gate)
    seen = await gate.deciding.user(ANN, "eve")
    assert (seen.name, seen.cases, seen.reverted, seen.since) == ("Name eve", 1, 0, began)
    assert seen.verdicts == {"rule": 1}
    assert seen.strikes == pytest.approx(2.0, abs=0.01)
    assert [each.id for each in seen.decisions] == [made["mute"], made["uphold"], "m1"]
    assert [(each.kind, each.room, each.until, each.by) for each in seen.restrictions] == [
        ("mute", "r", began + 600.0, ""),
        ("mute", "r2", None, "moderator:bob"),
    ]
    await gate.deciding.act(ANN, "r2", ActBody("user", "eve", "mute", lift=True))
    await gate.reverts.revert("acme", "m1", 0, "moderator:ann", "", gate.clock.now)
    seen = await gate.deciding.user(ANN, "eve")
    assert (seen.restrictions, seen.reverted, seen.strikes) == ([], 1, 0.0)
    nobody = await gate.deciding.user(ANN, "nobody")
    assert (nobody.cases, nobody.since, nobody.decisions) == (0, None, [])


async def test_no_search_reads_a_whole_table(gate: Gate) -> None:
    await history(gate)
    file = gate.where.file
    if file is None:
        pytest.skip("a small table is read whole by PostgreSQL, whatever its indexes")
    asked: list[tuple[str, Any]] = []  # with the values as the driver takes them

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await gate.deciding.search(ANN)
        await gate.deciding.search(ANN, user="eve", machine=True)
        await gate.deciding.search(ANN, q="m1", machine=True)
        await gate.deciding.user(ANN, "eve")
        await gate.decisions.find_all("acme", [("m1", 0), ("m2", 0)])
        assert await gate.deciding.attempt()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    scans = [
        (row[3], statement)
        for statement, values in asked
        for row in query(file.parent, f"EXPLAIN QUERY PLAN {statement}", *values)
        if row[3].startswith("SCAN ") and "CONSTANT" not in row[3]
    ]
    assert scans == []
