"""Signing in: who may, how often, and what a session is worth afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from gateway.people.throttle import FREE_OF_ADDRESS, FREE_OF_NAME
from gateway.people.totp import STEP_S, new_secret, seal_secret
from gateway.record.where import Where
from gateway.refusal import Refused
from gateway.shapes.people import PasswordBody, Settings
from seawall.errors import RecordUnavailable
from tests.gateway.people.making import PASSWORD, Clock, Room
from tests.gateway.record.making import change

NEW = "another long password"


async def refusal(work: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value


async def with_totp(room: Room, name: str = "ann") -> pyotp.TOTP:
    secret = new_secret()
    await room.account(name, totp=seal_secret(room.people.admin._seal, secret, "t", name))
    return pyotp.TOTP(secret)


async def test_who_signs_in_is_found_by_the_token_at_once(room: Room) -> None:
    await room.account("ann", ("lead",), queues=["fraud"])
    done = await room.sign_in()
    actor = room.people.sessions.actor_by(done.token)
    assert actor is not None
    assert (actor.tenant, actor.name, actor.via) == ("t", "ann", "session")
    assert actor.may("cases.bulk", "fraud")
    assert not actor.may("cases.bulk", "spam")
    assert not actor.may("people.manage")
    (line,) = (await room.people.audit.page("t", what="session.open")).items
    assert (line.who, line.detail) == ("ann", {"remote": "192.0.2.1"})
    assert ("people", "t") in room.wake.said


@pytest.mark.parametrize(
    ("name", "password", "tenant"),
    [("ann", "wrong", "t"), ("bob", PASSWORD, "t"), ("ann", PASSWORD, "u"), ("off", PASSWORD, "t"),
     ("", "", ""), ("a\0b", "c\0d", "t")],
)  # fmt: skip
async def test_whatever_is_wrong_is_answered_the_same(
    room: Room, name: str, password: str, tenant: str
) -> None:
    await room.account("ann")
    await room.account("off", disabled=1.0)
    refused = await refusal(room.sign_in(name, password, tenant=tenant))
    assert (refused.status, refused.code) == (401, "bad_credentials")
    assert refused.message == "the tenant, the name or the password is wrong"
    assert room.people.signing.refused.count == 1
    assert len(room.people.sessions) == 0


async def test_a_code_is_asked_for_only_behind_the_password(room: Room) -> None:
    totp = await with_totp(room)
    now = int(room.clock())
    assert (await refusal(room.sign_in(password="x"))).code == "bad_credentials"
    assert (await refusal(room.sign_in())).code == "code_needed"
    assert (await refusal(room.sign_in(code="000000x"))).code == "code_wrong"
    old = totp.at(now - 2 * STEP_S)
    assert (await refusal(room.sign_in(code=old))).code == "code_wrong"
    assert (await room.sign_in(code=totp.at(now - STEP_S))).signed.name == "ann"


async def test_a_code_opens_one_session_however_often_it_comes(room: Room) -> None:
    totp = await with_totp(room)
    code = totp.at(int(room.clock()))
    done = await asyncio.gather(
        *(room.sign_in(code=code) for _ in range(3)), return_exceptions=True
    )
    refused = [each.code for each in done if isinstance(each, Refused)]
    assert refused == ["code_wrong", "code_wrong"]
    assert (await refusal(room.sign_in(code=code))).code == "code_wrong"
    room.clock.now += STEP_S
    await room.sign_in(code=totp.at(int(room.clock())))


async def test_asking_for_the_code_forgives_no_wrong_one(room: Room) -> None:
    await with_totp(room)
    for _ in range(FREE_OF_NAME):
        assert (await refusal(room.sign_in(code="000000x"))).code == "code_wrong"
    throttled = await refusal(room.sign_in())
    assert throttled.code == "throttled"


async def test_too_many_failures_wait_longer_each_time(room: Room) -> None:
    await room.account()
    names, at = room.people.signing._names, 1000.0
    room.people.signing._clock = lambda: at
    for _ in range(FREE_OF_NAME):
        assert (await refusal(room.sign_in(password="x"))).status == 401
    for wait in (1.0, 2.0, 4.0):
        refused = await refusal(room.sign_in())  # the right password does not help now
        assert (refused.status, refused.code, refused.retry_after_s) == (429, "throttled", wait)
        at += wait
        assert (await refusal(room.sign_in(password="x"))).status == 401
    at += 8
    await room.sign_in()
    assert names.wait_s("t\0ann", at) == 0.0


async def test_one_address_cannot_try_everybody(room: Room) -> None:
    room.people.signing._passwords.matches = _never  # type: ignore[method-assign]
    for number in range(FREE_OF_ADDRESS):
        assert (await refusal(room.sign_in(f"n{number}"))).status == 401
    assert (await refusal(room.sign_in("n-last"))).code == "throttled"
    assert (await refusal(room.sign_in("n-last", remote="192.0.2.2"))).status == 401


async def _never(password: str, kept: str | None) -> bool:
    return False


async def test_the_token_the_browser_brought_is_never_taken_over(room: Room) -> None:
    await room.account()
    before = await room.sign_in()
    planted = "ab" * 32
    after = await room.sign_in(before=planted)
    assert after.token != planted
    assert room.people.sessions.find(planted) is None
    third = await room.sign_in(before=before.token)
    assert room.people.sessions.find(before.token) is None
    assert room.people.sessions.why(before.token) == "ended"
    for each in (after, third):
        assert room.people.sessions.find(each.token) is not None
    assert third.signed.csrf != after.signed.csrf


async def test_who_signs_out_is_out(room: Room) -> None:
    await room.account()
    done, other = await room.sign_in(), await room.sign_in()
    heard: list[frozenset[bytes]] = []
    room.people.sessions.gone.append(heard.append)
    await room.people.signing.sign_out(done.signed)
    assert room.people.sessions.find(done.token) is None
    assert room.people.sessions.find(other.token) is not None
    assert heard == [frozenset({done.signed.session})]
    await room.people.sessions.refresh()
    assert room.people.sessions.find(done.token) is None


async def test_a_new_password_ends_every_session_and_begins_one(room: Room) -> None:
    await room.account()
    here, there = await room.sign_in(), await room.sign_in()
    signing = room.people.signing
    wrong = PasswordBody("not it", NEW)
    assert (await refusal(signing.change_password(here.signed, wrong, "r", ""))).status == 403
    weak = PasswordBody(PASSWORD, "annannannann")
    assert (await refusal(signing.change_password(here.signed, weak, "r", ""))).status == 422
    done = await signing.change_password(here.signed, PasswordBody(PASSWORD, NEW), "r", "")
    for old in (here, there):
        assert room.people.sessions.find(old.token) is None
    assert room.people.sessions.find(done.token) is not None
    assert (await refusal(room.sign_in())).code == "bad_credentials"
    await room.sign_in(password=NEW)


async def test_settings_are_kept(room: Room) -> None:
    await room.account()
    done = await room.sign_in()
    await room.people.signing.change_settings(done.signed, Settings(theme="dark", blur=False))
    await room.other.sessions.refresh()
    for people in (room.people, room.other):
        account = people.sessions.account("t", "ann")
        assert account is not None
        assert account.settings == Settings(theme="dark", blur=False)
    assert room.people.sessions.find(done.token) is not None


async def test_an_old_hash_is_renewed(room: Room) -> None:
    await room.account()
    weaker = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    accounts = room.people.admin._tables.accounts
    await asyncio.to_thread(accounts.change, "t", "ann", None, 1.0, password=weaker)
    await room.sign_in()
    found = await asyncio.to_thread(accounts.find, "t", "ann")
    assert found is not None
    assert "m=64," in found.password
    await room.sign_in()


@pytest.mark.fault
async def test_without_the_record_nobody_signs_in_and_nobody_is_charged(data: Where) -> None:
    room = Room(data, Clock())
    await room.load()
    await room.account()
    await asyncio.to_thread(change, data, "ALTER TABLE moderators RENAME TO gone")
    for _ in range(FREE_OF_NAME + 1):
        with pytest.raises(RecordUnavailable):
            await room.sign_in()
    await asyncio.to_thread(change, data, "ALTER TABLE gone RENAME TO moderators")
    await asyncio.to_thread(change, data, "ALTER TABLE audit RENAME TO gone")
    with pytest.raises(RecordUnavailable):  # what cannot be audited gives nobody a token
        await room.sign_in()
    await room.close()
