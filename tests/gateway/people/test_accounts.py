"""Accounts in the record: unique, changed by version, never without an admin."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.people.accounts import Account, Accounts
from gateway.refusal import Refused
from gateway.shapes.people import Settings
from tests.gateway.people.making import Room


def accounts(room: Room) -> Accounts:
    return room.people.admin._tables.accounts


async def change(room: Room, name: str, version: int | None = None, **what: Any) -> Account:
    return await asyncio.to_thread(accounts(room).change, "t", name, version, room.clock(), **what)


async def test_an_account_is_found_as_it_was_made(room: Room) -> None:
    made = await room.account(
        "ann", ("moderator", "lead"), queues=["fraud"], langs=["de"], skills=["x"], email="a@b"
    )
    assert made.roles == ("moderator", "lead")
    assert made.queues == ("fraud",)
    assert made.settings == Settings()
    assert made.pseudonym.startswith("mod-")
    assert "ann" not in made.pseudonym
    assert await asyncio.to_thread(accounts(room).find, "t", "ann") == made
    assert await asyncio.to_thread(accounts(room).find, "u", "ann") is None


async def test_a_name_is_one_persons_however_it_is_capitalised(room: Room) -> None:
    await room.account("ann")
    for name in ("ann", "Ann"):
        with pytest.raises(Refused) as refused:
            await room.account(name)
        assert refused.value.code == "exists"
    await room.account("ann", tenant="u")


async def test_of_two_who_make_the_same_account_one_is_refused(room: Room) -> None:
    done = await asyncio.gather(*(room.account("ann") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, Account) for each in done) == 1
    assert {each.code for each in done if isinstance(each, Refused)} == {"exists"}


async def test_whoever_saw_an_older_version_is_refused(room: Room) -> None:
    made = await room.account()
    changed = await change(room, "ann", made.version, langs=["fr"])
    assert (changed.version, changed.langs) == (made.version + 1, ("fr",))
    with pytest.raises(Refused) as refused:
        await change(room, "ann", made.version, langs=["it"])
    assert (refused.value.status, refused.value.code) == (412, "changed")
    with pytest.raises(Refused) as unknown:
        await change(room, "nobody", langs=["it"])
    assert unknown.value.status == 404


@pytest.mark.parametrize("what", [{"disabled": 1.0}, {"roles": ["lead"]}])
async def test_the_last_admin_stays_one(room: Room, what: dict[str, Any]) -> None:
    await room.account("root", ("admin",))
    await room.account("ann")
    with pytest.raises(Refused) as refused:
        await change(room, "root", **what)
    assert refused.value.code == "last_admin"
    await room.account("second", ("admin",))
    assert (await change(room, "root", **what)).version == 2
    assert (await change(room, "ann", **what)).version == 2


async def test_two_admins_who_disable_each_other_leave_one(room: Room) -> None:
    for name in ("a", "b"):
        await room.account(name, ("admin",))
    done = await asyncio.gather(
        change(room, "a", disabled=1.0), change(room, "b", disabled=1.0), return_exceptions=True
    )
    assert sum(isinstance(each, Account) for each in done) == 1
    assert [each.code for each in done if isinstance(each, Refused)] == ["last_admin"]


async def test_only_what_is_unlike_is_read_again(room: Room) -> None:
    ann, bob = await room.account("ann"), await room.account("bob")
    known = {("t", "ann"): ann.version, ("t", "bob"): bob.version}
    assert await asyncio.to_thread(accounts(room).unlike, known) == []
    changed = await change(room, "bob", skills=["video"])
    assert await asyncio.to_thread(accounts(room).unlike, known) == [changed]
