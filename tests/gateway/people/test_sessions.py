"""Sessions in memory follow the record: ended ones are told, by whichever gateway they ended."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.people.people import People
from gateway.people.session_table import MOST_SESSIONS
from gateway.people.sessions import TOUCH_S, Ends
from gateway.record.keys import Key
from gateway.record.where import Where
from gateway.roles import DEFAULT_MATRIX
from gateway.shapes.people import MatrixBody, ModeratorChange
from seawall.errors import RecordUnavailable
from tests.gateway.people.making import Clock, Room
from tests.gateway.record.making import change, eventually


@asynccontextmanager
async def running(people: People) -> AsyncIterator[None]:
    task = asyncio.create_task(people.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_disabled_person_is_out_everywhere_within_two_seconds(room: Room) -> None:
    admin = await room.admin()
    await room.account("ann")
    done = await room.sign_in("ann")
    await room.other.sessions.look(done.token)
    assert room.other.sessions.find(done.token) is not None
    heard: list[frozenset[bytes]] = []
    room.other.sessions.gone.append(heard.append)
    async with running(room.other):
        began = time.monotonic()
        await room.people.admin.change(admin, "ann", ModeratorChange(disabled=True), None)
        assert room.people.sessions.find(done.token) is None
        await eventually(lambda: room.other.sessions.find(done.token) is None)
        assert time.monotonic() - began <= 2.0
    assert heard == [frozenset({done.signed.session})]
    assert room.other.sessions.why(done.token) == "ended"


async def test_another_gateway_finds_a_new_session_at_once(room: Room) -> None:
    await room.account("ann")
    done = await room.sign_in()
    sessions = room.other.sessions
    assert sessions.find(done.token) is None
    await sessions.look(done.token)
    assert sessions.find(done.token) is not None
    assert sessions.actor_by(done.token) == room.people.sessions.actor_by(done.token)


async def test_wrong_tokens_are_not_looked_up_one_by_one(room: Room) -> None:
    sessions = room.people.sessions
    await sessions.look("0" * 64)
    looked = sessions._looked_at
    for number in range(20):
        await sessions.look(f"{number:064x}")
    assert sessions._looked_at == looked or sessions._looked_at - looked >= 0.05
    for garbage in ("", "x", "\ud800", "A" * 64):
        await sessions.look(garbage)
        assert sessions.find(garbage) is None


async def test_a_session_ends_when_it_is_not_used_and_after_its_time(
    where: Where, clock: Clock
) -> None:
    room = Room(where, clock, Ends(idle_s=100.0, whole_s=1000.0))
    await room.load()
    await room.account()
    idle, used = await room.sign_in(), await room.sign_in()
    sessions, began = room.people.sessions, clock.now
    for _ in range(12):
        clock.now += 80
        found = sessions.find(used.token)
        if found is not None:
            sessions.touch(found)
    assert sessions.find(idle.token) is None
    assert sessions.why(idle.token) == "expired"
    assert sessions.find(used.token) is not None
    assert sessions.ends_at(used.signed) == began + 1000.0
    clock.now = began + 1000.0
    assert sessions.find(used.token) is None
    await sessions.refresh()
    assert sessions.why(used.token) == "expired"
    assert len(sessions) == 0
    await room.close()


async def test_use_at_one_gateway_counts_at_the_other(room: Room, clock: Clock) -> None:
    await room.account()
    done = await room.sign_in()
    clock.now += room.people.sessions.ends.idle_s - 1
    room.people.sessions.touch(done.signed)
    room.people.sessions._touched_at = time.monotonic() - TOUCH_S
    await room.people.sessions._tell_seen()
    clock.now += 2
    await room.other.sessions.refresh()
    assert room.other.sessions.find(done.token) is not None


async def test_rights_are_those_of_this_moment(room: Room) -> None:
    admin = await room.admin()
    await room.account("ann")
    done = await room.sign_in("ann")
    everywhere = {role: list(may) for role, may in DEFAULT_MATRIX.items()}
    everywhere["moderator"] = ["cases.read"]
    await room.people.admin.put_matrix(admin, MatrixBody(everywhere), 0)
    await room.other.sessions.refresh()
    for people in (room.people, room.other):
        actor = people.sessions.actor_by(done.token)
        assert actor is None or not actor.may("cases.decide")
    actor = room.people.sessions.actor_by(done.token)
    assert actor is not None
    assert actor.may("cases.read")


async def test_a_reading_from_before_brings_no_ended_session_back(room: Room) -> None:
    await room.account()
    done = await room.sign_in()
    sessions = room.people.sessions
    old = sessions._read({})
    await room.people.signing.sign_out(done.signed)
    sessions._read = lambda versions: old  # type: ignore[method-assign]  # a slow reading
    await sessions.refresh()
    assert sessions.find(done.token) is None


async def test_a_session_opened_while_the_record_is_read_stays(room: Room) -> None:
    await room.account()
    sessions = room.people.sessions
    old, began, go_on = sessions._read({}), threading.Event(), threading.Event()

    def read_slowly(versions: object) -> Any:
        began.set()
        go_on.wait(5)
        return old

    sessions._read = read_slowly  # type: ignore[method-assign]
    reading = asyncio.create_task(sessions.refresh())
    await eventually(began.is_set)
    done = await room.sign_in()
    go_on.set()
    await reading
    assert sessions.find(done.token) is not None


async def test_nobody_has_more_than_so_many_sessions(room: Room, clock: Clock) -> None:
    await room.account()
    table, made = room.people.admin._tables.sessions, []
    for _ in range(2):
        clock.now += 1
        made.append(await room.sign_in())
    account = room.people.admin._tables.accounts.find("t", "ann")
    assert account is not None
    for number in range(MOST_SESSIONS - 1):
        clock.now += 1
        signed = type(made[0].signed)(
            bytes([number]) * 32, "t", "ann", "c", clock.now, clock.now, clock.now + 99, ""
        )
        assert await asyncio.to_thread(table.open, account, signed, None)
    await room.people.sessions.refresh()
    assert len(room.people.sessions) == MOST_SESSIONS
    assert [room.people.sessions.find(each.token) is None for each in made] == [True, False]


async def test_a_key_may_what_a_lead_or_an_admin_may(room: Room) -> None:
    sessions = room.people.sessions
    keys = [Key(f"k_{role}12", "t", role, "mona", 1.0) for role in ("moderator", "admin")]
    lead, admin = (sessions.actor_of_key(key) for key in keys)
    assert (lead.name, lead.via, lead.roles) == ("mona", "key", ("lead",))
    assert lead.may("rooms.nuke")
    assert not lead.may("people.manage")
    assert admin.may("people.manage")
    assert "mona" not in lead.pseudonym


@pytest.mark.fault
async def test_while_the_record_is_away_the_known_stay_signed_in(data: Where) -> None:
    room = Room(data, Clock(), Ends(idle_s=100.0))
    await room.load()
    await room.account()
    done = await room.sign_in()
    sessions = room.people.sessions
    await asyncio.to_thread(change, data, "ALTER TABLE sessions RENAME TO gone")
    with pytest.raises(RecordUnavailable):
        await sessions.refresh()
    task = asyncio.create_task(sessions.run(every_s=0.01))
    await eventually(lambda: sessions.failing)
    assert sessions.find(done.token) is not None
    room.clock.now += 101
    await eventually(lambda: sessions.why(done.token) == "expired")
    await asyncio.to_thread(change, data, "ALTER TABLE gone RENAME TO sessions")
    await eventually(lambda: not sessions.failing)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await room.close()
