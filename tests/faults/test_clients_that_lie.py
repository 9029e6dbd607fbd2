"""Promise: what a server says of commands costs nobody else anything, and ends each just once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bench.faults.victim import Victim
from gateway.record.verify import verify
from tests.faults.pair import found, peer, rows
from tests.gateway.live import Peer, write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

COMMAND_S = 1.5
_numbers = count(1)


class Site:
    """A gateway whose commands expire soon, and keys of two tenants."""

    def __init__(self, gateway: Victim) -> None:
        self.gateway = gateway
        self.key = gateway.key("t")
        self.other = gateway.key("other")

    async def end(self, command: str) -> Any:
        """Return a command's row once it has ended. Any: what SQLAlchemy gives."""
        ended = await found(
            self.gateway.where,
            "commands",
            lambda seen: bool(seen) and seen[0].outcome is not None,
            id=command,
        )
        return ended[0]

    async def row(self, command: str) -> Any:
        """Return a command's row as it is. Any: what SQLAlchemy gives."""
        return (await asyncio.to_thread(rows, self.gateway.where, "commands", id=command))[0]

    async def states(self, command: str, state: str) -> list[str]:
        """Return the states of a command's case, in order, once it is in this one."""
        seen = await found(
            self.gateway.where,
            "case_lines",
            lambda seen: any(each.state == state for each in seen),
            id=f"command-{command}",
        )
        return [each.state for each in sorted(seen, key=lambda each: each.at)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("liars")
    policy = write_policy(folder / "policy")
    gateway = Victim(folder, policy, command_s=str(COMMAND_S), state_deadline_ms="500")
    fresh_record(gateway.where)
    with gateway:
        yield Site(gateway)
        assert verify(gateway.where).broken is None


async def ordered(on: Peer, room: str) -> dict[str, Any]:
    """Have a user of a room muted; return the command. Any: JSON."""
    user = f"u{next(_numbers)}"
    await on.chat("muteword", user=user, room=room)
    return await on.wait("command", kind="mute")


def done(command: dict[str, Any] | str) -> dict[str, Any]:
    """Return a `done`."""
    ref = command if isinstance(command, str) else command["id"]
    return {"type": "done", "command": ref, "at": time.time()}


def failed(command: dict[str, Any], reason: str = "no") -> dict[str, Any]:
    """Return a `failed`."""
    return {"type": "failed", "command": command["id"], "reason": reason}


async def heard(on: Peer, room: str) -> None:
    """Return when all that was said on a connection has been taken, with no error."""
    await on.chat(f"hello {next(_numbers)}", user=f"u{next(_numbers)}", room=room)
    assert not [each for each in on.seen if each["type"] == "error"], on.seen


@pytest.fixture
def room() -> str:
    return f"room-{next(_numbers)}"


async def test_who_never_acknowledges_costs_a_case_and_one_that_does_late_resolves_it(
    site: Site, room: str
) -> None:
    async with peer(site.gateway, site.key, [room]) as on:
        never, late = await ordered(on, room), await ordered(on, room)
        assert [(await site.end(each["id"])).outcome for each in (never, late)] == ["expired"] * 2
        assert await site.states(late["id"], "open") == ["open"]
        await on.send(done(late))
        await on.send(done(late))
        assert await site.states(late["id"], "resolved") == ["open", "resolved"]
        await heard(on, room)
        assert (await site.row(late["id"])).outcome == "expired"  # what ended stays as it ended
        assert await site.states(late["id"], "resolved") == ["open", "resolved"]
        assert await site.states(never["id"], "open") == ["open"]


async def test_who_acknowledges_twice_is_heard_once(site: Site, room: str) -> None:
    async with peer(site.gateway, site.key, [room]) as on:
        mute = await ordered(on, room)
        for _ in range(5):
            await on.send(done(mute))
        first = await site.end(mute["id"])
        assert first.outcome == "done"
        await on.send(done(mute))
        await on.send(failed(mute, "I changed my mind"))
        await heard(on, room)
        assert await site.row(mute["id"]) == first
        ends = await asyncio.to_thread(
            rows, site.gateway.where, "journal", kind="command", ref=mute["id"]
        )
        assert len(ends) == 1
        cases = await asyncio.to_thread(
            rows, site.gateway.where, "case_lines", id=f"command-{mute['id']}"
        )
        assert cases == []


async def test_failed_and_then_done(site: Site, room: str) -> None:
    """Alone, whoever fails ends it. Beside another, it is open until that one has said so too."""
    async with peer(site.gateway, site.key, [room], "one") as one:
        mute = await ordered(one, room)
        await one.send(failed(mute, "no such user"))
        end = await site.end(mute["id"])
        assert (end.outcome, end.by, end.reason) == ("failed", "one", "no such user")
        await one.send(done(mute))
        await heard(one, room)
        assert await site.row(mute["id"]) == end
        async with peer(site.gateway, site.key, [room], "two") as two:
            mute = await ordered(one, room)
            assert (await two.wait("command", id=mute["id"]))["seq"] == mute["seq"]
            await one.send(failed(mute))
            await heard(one, room)
            assert (await site.row(mute["id"])).outcome is None
            await two.send(done(mute))
            end = await site.end(mute["id"])
            assert (end.outcome, end.by) == ("done", "two")


async def test_nobody_ends_what_another_tenant_or_room_was_told(site: Site, room: str) -> None:
    async with (
        peer(site.gateway, site.key, [room]) as on,
        peer(site.gateway, site.other) as stranger,
        peer(site.gateway, site.key, [f"not-{room}"]) as elsewhere,
    ):
        mute = await ordered(on, room)
        for liar in (stranger, elsewhere):
            await liar.send(done(mute))
            await liar.send(failed(mute))
        await heard(stranger, room)
        await heard(elsewhere, f"not-{room}")
        assert (await site.row(mute["id"])).outcome is None
        assert not [each for each in (*stranger.seen, *elsewhere.seen) if each["type"] == "command"]
        await on.send(done(mute))
        assert (await site.end(mute["id"])).outcome == "done"
        # Nor after its time: the case of one that nobody did is not closed by who could not do it.
        mute = await ordered(on, room)
        assert (await site.end(mute["id"])).outcome == "expired"
        for liar in (stranger, elsewhere):
            await liar.send(done(mute))
            await heard(liar, room if liar is stranger else f"not-{room}")
        await on.send({"type": "resume", "session": "s0"})
        await heard(on, room)
        assert await site.states(mute["id"], "open") == ["open"]


async def test_commands_that_never_were_are_no_bodys(site: Site, room: str) -> None:
    async with peer(site.gateway, site.key, [room]) as on:
        before = len(await asyncio.to_thread(rows, site.gateway.where, "journal"))
        for number in range(300):
            await on.send(done(f"c{number:024x}"))
            await on.send({"type": "failed", "command": f"x{number}", "reason": "?"})
        await heard(on, room)
        mute = await ordered(on, room)  # and the true ones still work
        await on.send(done(mute))
        assert (await site.end(mute["id"])).outcome == "done"
        after = await asyncio.to_thread(rows, site.gateway.where, "journal")
        assert len(after) - before == 2  # the mute's verdict and its end


async def test_one_who_says_done_and_asks_again_is_not_told_again(site: Site, room: str) -> None:
    async with peer(site.gateway, site.key, [room]) as on:
        finished, open_one = await ordered(on, room), await ordered(on, room)
        await on.send(done(finished))
        await site.end(finished["id"])
        await on.send({"type": "resume", "session": "any"})
        assert (await on.wait("command"))["id"] == open_one["id"]
        await on.send(done(open_one))
        await site.end(open_one["id"])
        await on.send({"type": "resume", "session": "any"})
        await heard(on, room)
        assert not [each for each in on.seen if each["type"] == "command"]
