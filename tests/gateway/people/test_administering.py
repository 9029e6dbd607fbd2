"""Who manages people: what they may give, and what they may not."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from gateway.people.passwords import check_password
from gateway.refusal import Refused
from gateway.roles import DEFAULT_MATRIX, Actor, Permission, Rights, Role
from gateway.shapes.people import MatrixBody, ModeratorBody, ModeratorChange
from tests.gateway.people.making import PASSWORD, Room

DEFAULT = {role: list(may) for role, may in DEFAULT_MATRIX.items()}


def actor(role: Role, *more: Permission) -> Actor:
    rights = Rights(frozenset(DEFAULT_MATRIX[role]) | frozenset(more))
    return Actor("t", "boss", "mod-boss", (role,), rights)


async def refusal(work: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value


async def test_a_first_password_opens_the_account_that_was_made(room: Room) -> None:
    admin = await room.admin()
    body = ModeratorBody("ann", ["lead"], queues=["fraud", "fraud"], langs=["de"], totp=True)
    made = await room.people.admin.add(admin, body)
    assert made.moderator.queues == ["fraud"]
    assert made.moderator.totp
    check_password(made.password, "ann")
    code = pyotp.parse_uri(made.otpauth)
    assert isinstance(code, pyotp.TOTP)
    await room.sign_in("ann", made.password, code.at(int(room.clock())))
    lines = (await room.people.audit.page("t", what="moderator.add")).items
    assert [(line.who, line.target, line.detail) for line in lines] == [
        ("root", "ann", {"roles": "lead"})
    ]
    assert (await refusal(room.people.admin.add(admin, body))).code == "exists"


async def test_everybody_of_the_tenant_is_listed_and_nobody_else(room: Room) -> None:
    admin = await room.admin()
    await room.account("ann")
    await room.account("eve", tenant="u")
    room.people.admin.here = lambda tenant: ["ann"]
    found = (await room.people.admin.all(admin)).items
    assert [(each.name, each.here) for each in found] == [("ann", True), ("root", False)]
    assert (await refusal(room.people.admin.all(actor("analyst")))).status == 403


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (ModeratorChange(langs=["fr"]), False),
        (ModeratorChange(roles=["moderator"]), False),
        (ModeratorChange(roles=["moderator", "lead"]), True),
        (ModeratorChange(disabled=True), True),
        (ModeratorChange(disabled=False), False),
        (ModeratorChange(reset=True), True),
        (ModeratorChange(totp=True), True),
    ],
)
async def test_what_ends_sessions(room: Room, change: ModeratorChange, ends: bool) -> None:
    admin = await room.admin()
    await room.account("ann")
    done = await room.sign_in()
    await room.other.sessions.look(done.token)
    made = await room.people.admin.change(admin, "ann", change, None)
    assert bool(made.password) == change.reset
    assert bool(made.otpauth) == bool(change.totp)
    await room.people.sessions.refresh()
    await room.other.sessions.refresh()
    for people in (room.people, room.other):
        assert (people.sessions.find(done.token) is None) == ends


async def test_a_reset_password_is_the_only_one(room: Room) -> None:
    admin = await room.admin()
    await room.account("ann")
    made = await room.people.admin.change(admin, "ann", ModeratorChange(reset=True), 1)
    assert (await refusal(room.sign_in("ann", PASSWORD))).code == "bad_credentials"
    await room.sign_in("ann", made.password)
    stale = room.people.admin.change(admin, "ann", ModeratorChange(reset=True), 1)
    assert (await refusal(stale)).code == "changed"
    gone = room.people.admin.change(admin, "bob", ModeratorChange(), None)
    assert (await refusal(gone)).status == 404


async def test_nobody_gives_what_they_have_not_nor_becomes_somebody_above(room: Room) -> None:
    people = room.people.admin
    await room.account("root", ("admin",))
    lead = actor("lead", "people.manage")
    assert (
        await refusal(people.add(actor("lead"), ModeratorBody("x", ["moderator"])))
    ).status == 403
    for role in ("admin", "auditor"):
        assert (await refusal(people.add(lead, ModeratorBody("x", [role])))).code == "above_you"
    reset = people.change(lead, "root", ModeratorChange(reset=True), None)
    assert (await refusal(reset)).code == "above_you"
    await people.add(lead, ModeratorBody("bob", ["moderator"]))
    raised = people.change(lead, "bob", ModeratorChange(roles=["admin"]), None)
    assert (await refusal(raised)).code == "above_you"
    assert (await refusal(people.put_matrix(lead, MatrixBody(DEFAULT), 0))).status == 403


async def test_the_matrix_is_edited_by_one_at_a_time(room: Room) -> None:
    admin = await room.admin()
    body = MatrixBody(DEFAULT, {"minors": {"moderator": []}})
    first = await room.people.admin.put_matrix(admin, body, 0)
    assert (first.version, first.by, first.at) == (1, "root", room.clock())
    assert await room.people.admin.matrix(admin) == first
    assert (await refusal(room.people.admin.put_matrix(admin, body, 0))).status == 412
    locked = MatrixBody({**DEFAULT, "admin": []})
    assert (await refusal(room.people.admin.put_matrix(admin, locked, 1))).code == "bad_matrix"
    await room.other.sessions.refresh()
    assert room.other.sessions.matrix("t") == first
    assert room.other.sessions.matrix("u").version == 0
