"""The audit: durable before anything is shown, gathered, found again by who, what and target."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, strategies as st

from gateway.people.audit import RETENTION_S
from gateway.people.audit_table import row_of
from gateway.record.where import Where
from gateway.refusal import Refused
from gateway.roles import Actor, Rights
from gateway.shapes.people import AuditLine
from seawall.errors import RecordUnavailable
from tests.gateway.people.making import Clock, Room
from tests.gateway.record.making import change

ANN = Actor("t", "ann", "mod-x", ("lead",), Rights(frozenset()))
BOB = Actor("t", "bob", "mod-y", ("admin",), Rights(frozenset()), via="key")
EVE = Actor("u", "eve", "mod-z", ("admin",), Rights(frozenset()))


async def test_a_line_is_there_when_note_returns(room: Room) -> None:
    await room.people.audit.note(ANN, "case.view", "c1", clip="yes")
    (line,) = (await room.other.audit.page("t")).items
    assert (line.who, line.via, line.what, line.target) == ("ann", "session", "case.view", "c1")
    assert (line.at, line.detail) == (room.clock(), {"clip": "yes"})
    assert (await room.people.audit.page("u")).items == []


async def test_lines_that_wait_together_are_one_transaction(room: Room) -> None:
    audit = room.people.audit
    await asyncio.gather(*(audit.note(ANN, "case.view", f"c{n}") for n in range(100)))
    assert audit.lines == 100
    assert audit.batches <= 3
    assert len((await audit.page("t", limit=200)).items) == 100


async def test_it_is_filtered_and_paged(room: Room, clock: Clock) -> None:
    audit = room.people.audit
    for number in range(6):
        clock.now += 1
        await audit.note(ANN, "case.view", f"c{number}")
        await audit.note(BOB, "casebook.view", f"c{number}")
    await audit.note(EVE, "case.view", "c0")

    async def targets(**asked: object) -> list[str]:
        return [line.target for line in (await audit.page("t", **asked)).items]  # type: ignore[arg-type]

    assert await targets(who="ann") == ["c5", "c4", "c3", "c2", "c1", "c0"]
    assert len(await targets(what="case.")) == 6
    assert await targets(what="case.vie") == []
    assert await targets(target="c3") == ["c3", "c3"]
    assert await targets(who="bob", since=clock.now - 2, until=clock.now) == ["c4", "c3"]
    seen: list[AuditLine] = []
    cursor: str | None = None
    while True:
        page = await audit.page("t", cursor=cursor, limit=5)
        seen += page.items
        if (cursor := page.next) is None:
            break
    assert len(seen) == len({line.id for line in seen}) == 12
    assert [line.at for line in seen] == sorted((line.at for line in seen), reverse=True)


@pytest.mark.parametrize("cursor", ["", "x", "ä", "W10", "W251bGwsMV0", "=" * 9, "A" * 500])
async def test_a_cursor_nobody_gave_is_refused(room: Room, cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        await room.people.audit.page("t", cursor=cursor)
    assert refused.value.code == "bad_cursor"


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text(max_size=400), max_size=20))
def test_any_target_makes_a_row_that_a_database_takes(target: str, detail: dict[str, str]) -> None:
    row = row_of(ANN, "case.view", target, detail, 1.0)
    assert [value.encode() for value in row.values() if isinstance(value, str)]
    assert len(str(row["target"])) <= 256


async def test_old_lines_go(room: Room, clock: Clock) -> None:
    audit = room.people.audit
    await audit.note(ANN, "case.view", "old")
    clock.now += RETENTION_S
    await audit.note(ANN, "case.view", "new")
    clock.now += 1
    await audit.purge()
    assert [line.target for line in (await audit.page("t")).items] == ["new"]


@pytest.mark.fault
async def test_what_cannot_be_written_is_told_to_everybody_who_waits(data: Where) -> None:
    room = Room(data, Clock())
    await asyncio.to_thread(change, data, "ALTER TABLE audit RENAME TO gone")
    audit = room.people.audit
    done = await asyncio.gather(
        *(audit.note(ANN, "case.view", "c") for _ in range(5)), return_exceptions=True
    )
    assert [type(each) for each in done] == [RecordUnavailable] * 5
    await asyncio.to_thread(change, data, "ALTER TABLE gone RENAME TO audit")
    await audit.note(ANN, "case.view", "c")
    assert audit.lines == 1
    await room.close()
