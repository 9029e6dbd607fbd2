"""Whoever dies in between, every part of a decision is done once, and taken back once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.deciding.carrying import LEASE_S
from gateway.shapes.cases import DecideBody
from gateway.shapes.rooms import ActBody
from seawall.errors import RecordUnavailable
from tests.gateway.deciding.gates import TENANT, Gate, person, states
from tests.gateway.record.making import query

ANN, BOB = person("ann"), person("bob")
Make = Callable[..., Gate]


async def until(holds: Callable[[], Any]) -> None:  # anything that is awaited and may be false
    """Wait until something holds, or fail."""
    async with asyncio.timeout(10.0):
        while not await holds():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.01)


def raid(gate: Gate, accounts: int) -> str:
    """Have many accounts say the same; return the incident."""
    for number in range(accounts):
        gate.judged(f"m{number}", f"u{number}", "allow", alike="raid")
    return gate.case().id


def moderated(gate: Gate) -> list[str]:
    """Return the events that people's decisions left in the journal."""
    asked = "SELECT event FROM journal WHERE kind = 'moderator' ORDER BY event"
    return [event for (event,) in query(gate.where, asked)]


async def decided(gate: Gate, case: str, choice: str) -> Any:  # a DecisionShown
    seen = await gate.deciding.preview(ANN, case, choice, None)
    return await gate.deciding.decide(ANN, case, DecideBody(choice, preview=seen.token))


async def test_a_raid_of_300_accounts_is_one_decision_and_one_undo(gate: Gate) -> None:
    case = raid(gate, 300)
    done = await decided(gate, case, "remove_mute")
    await until(lambda: _is(gate, done.decision.id, "applied"))
    assert len(moderated(gate)) == 600
    assert len(gate.labels.in_force(gate.clock.now)) == 300
    told = len(gate.told)
    gate.clock.now += 1.0
    await gate.deciding.undo(BOB, done.decision.id)
    await until(lambda: _is(gate, done.decision.id, "undone"))
    assert gate.labels.in_force(gate.clock.now) == []
    kinds = [kind for kind, _, _ in gate.since(told)]
    assert (kinds.count("restore"), kinds.count("mute")) == (300, 300)


async def _is(gate: Gate, decision: str, state: str) -> bool:
    return (await gate.deciding.find(ANN, decision)).decision.state == state


async def test_a_gateway_that_died_behind_the_plan_is_followed_by_another(gates: Make) -> None:
    one, two = gates(), gates()
    case = raid(one, 3)
    one.book.most = 2  # two parts of six become durable
    done = await decided(one, case, "remove_mute")
    assert (done.decision.state, len(moderated(one))) == ("applying", 2)
    assert one.find(one.cases.find(TENANT, case)).state == "decided"
    assert await two.deciding.attempt()
    assert len(moderated(one)) == 2  # its lease still runs
    one.clock.now += LEASE_S + 1.0
    assert await two.deciding.attempt()
    await until(lambda: _is(two, done.decision.id, "applied"))
    assert moderated(two) == sorted(f"{done.decision.id}.{n}" for n in range(1, 7))
    shown = await two.deciding.find(ANN, done.decision.id)
    assert states(shown) == ["done"] * 6
    await one.deciding.attempt()  # it comes back, and leaves it alone
    assert len(moderated(one)) == 6


async def test_what_this_gateway_could_not_record_it_does_later(gate: Gate) -> None:
    gate.book.most = 0
    done = await gate.deciding.act(ANN, "r", ActBody("user", "u", "mute", 60.0))
    assert (done.decision.state, states(done), gate.force()) == ("applying", ["planned"], {})
    gate.book.most = None
    assert await gate.deciding.attempt()
    await until(lambda: _is(gate, done.decision.id, "applied"))
    assert gate.force() == {"mute": gate.clock.now + 60.0}
    gate.book.most = 0
    back = await gate.deciding.undo(ANN, done.decision.id)
    assert back.decision.state == "undoing"
    gate.book.most = None
    await gate.deciding.attempt()
    await until(lambda: _is(gate, done.decision.id, "undone"))
    assert gate.force() == {}


async def test_two_gateways_undo_one_decision_once(gates: Make) -> None:
    one, two = gates(), gates()
    done = await one.deciding.act(ANN, "r", ActBody("message", "m1", "remove", rev=0))
    said = await asyncio.gather(
        one.deciding.undo(ANN, done.decision.id), two.deciding.undo(BOB, done.decision.id)
    )
    assert sorted(each.fresh for each in said) == [False, True]
    reverts = query(one.where, "SELECT event FROM journal WHERE kind = 'revert'")
    assert reverts == [(f"{done.decision.id}.1",)]


async def test_where_the_database_is_gone_nothing_is_half_done(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    file = gate.where.file
    if file is None:
        pytest.skip("a file can be taken away, a server is paused elsewhere")
    away = file.with_name("away")
    file.rename(away)
    with pytest.raises(RecordUnavailable):
        await gate.deciding.decide(ANN, line.id, DecideBody("remove"))
    with pytest.raises(RecordUnavailable):
        await gate.deciding.act(ANN, "r", ActBody("user", "u", "mute"))
    assert not await gate.deciding.attempt()
    assert gate.metrics.degraded["decisions"]()
    away.rename(file)
    assert gate.find(line).state == "open"
    assert (gate.told, gate.force()) == ([], {})
    assert query(gate.where, "SELECT count(*) FROM decisions") == [(0,)]
    assert await gate.deciding.attempt()
    assert not gate.metrics.degraded["decisions"]()


async def test_a_case_that_cannot_be_settled_leaves_no_plan(gate: Gate) -> None:
    gate.judged("m1", action="allow")
    line = gate.case()
    forbid = (
        "CREATE TRIGGER no BEFORE INSERT ON decision_parts BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    if gate.where.file is None:
        pytest.skip("one kind of trigger is enough")
    query(gate.where, forbid)
    with pytest.raises(RecordUnavailable):
        await gate.deciding.decide(ANN, line.id, DecideBody("remove"))
    assert gate.find(line).state == "open"
    assert query(gate.where, "SELECT count(*) FROM decisions") == [(0,)]
    query(gate.where, "DROP TRIGGER no")
    assert (await gate.deciding.decide(ANN, line.id, DecideBody("remove"))).fresh
