"""What was said around a case is kept sealed, before and after, and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from msgspec import Struct

from gateway.cases.context import AFTER_S, KEPT_S, ContextKeeper, SaidLine
from gateway.record.where import Where
from tests.gateway.cases.making import AT, Work, make_line
from tests.gateway.record.making import eventually, query


class Said(Struct, frozen=True):
    """A line of a room."""

    event: str
    at: float
    text: str
    rev: int = 0
    user: str = "ann"
    name: str = "Ann"
    action: str = "allow"


class Room:
    """What was said, as the gateway remembers it; and its clock."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.now = AT

    def around(self, tenant: str, room: str, at: float) -> Sequence[SaidLine]:
        return self.said if (tenant, room) == ("acme", "lobby") else []


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def keeper(where: Where, room: Room) -> Iterator[ContextKeeper]:
    it = ContextKeeper(where, room.around, lambda: room.now)
    yield it
    it.close()


async def test_what_was_said_before_and_after_is_kept(
    work: Work, keeper: ContextKeeper, room: Room
) -> None:
    line = make_line()
    work.put(line)
    (change,) = work.take()
    case = change.line
    room.said = [Said("m-1", AT - 1, "hello <b>\0</b>"), Said(line["event"], AT, "the thing")]
    keeper.heard("acme", [case])
    assert await keeper.attempt(AT)
    before = await keeper.of("acme", case.id)
    assert [(each.text, each.mine) for each in before] == [
        ("hello <b>\0</b>", False),
        ("the thing", True),
    ]
    room.said.append(Said("m+1", AT + 5, "after\ud83d".encode(errors="ignore").decode()))
    assert await keeper.attempt(AT + AFTER_S - 1)
    assert len(await keeper.of("acme", case.id)) == 2
    assert await keeper.attempt(AT + AFTER_S)
    assert [each.text for each in await keeper.context("acme", case, [])][2:] == ["after"]
    assert await keeper.of("other", case.id) == []
    stored = query(work.where, "SELECT sealed FROM case_context")
    assert not [row for row in stored if b"hello" in bytes(row[0])]


async def test_context_goes_by_its_expiry(work: Work, keeper: ContextKeeper, room: Room) -> None:
    case = work.opened()
    room.said = [Said("m", AT, "text")]
    keeper.heard("acme", [case])
    await keeper.attempt(AT)
    work.store.purge(AT + KEPT_S - 1)
    assert len(await keeper.of("acme", case.id)) == 1
    work.store.purge(AT + KEPT_S)
    assert await keeper.of("acme", case.id) == []


async def test_only_what_has_just_been_opened_is_kept(
    work: Work, keeper: ContextKeeper, room: Room
) -> None:
    case = work.opened()
    room.said = [Said("m", AT, "text")]
    keeper.heard("acme", [work.settle("ann", case), work.opened(room="")])
    await keeper.attempt(AT)
    assert await keeper.of("acme", case.id) == []


async def test_it_works_by_itself(work: Work, keeper: ContextKeeper, room: Room) -> None:
    case = work.opened()
    room.said = [Said("m", AT, "text")]
    task = asyncio.create_task(keeper.run())
    keeper.heard("acme", [case])
    await eventually(lambda: bool(query(work.where, "SELECT 1 FROM case_context")))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_database_that_is_gone_loses_nothing(
    filed: Work, room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    keeper = ContextKeeper(filed.where, room.around, lambda: room.now)
    case = filed.opened()
    room.said = [Said("m", AT, "text")]
    keeper.heard("acme", [case])
    file = filed.where.file
    assert file is not None
    away = file.rename(file.with_suffix(".away"))
    assert not await keeper.attempt(AT)
    assert keeper.failing
    away.rename(file)
    assert await keeper.attempt(AT)
    assert not keeper.failing
    assert len(await keeper.of("acme", case.id)) == 1
    keeper.close()


async def test_too_many_at_once_are_counted(filed: Work, room: Room) -> None:
    keeper = ContextKeeper(filed.where, room.around)
    case = filed.opened()
    keeper.heard("acme", [case] * 2_010)
    assert keeper.dropped == 10
    keeper.close()
