"""Promise: a wall clock that is set an hour forth or back loses and doubles nothing.

What is a time of day is a time of day: a restriction's, a hold's and a command's end is when the
gateway's clock says so. Set forth by an hour, what was to end within it ends at once; set back, it
lasts until the clock gets there. All else goes by clocks that nobody sets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bench.faults.crowd import Crowd
from bench.faults.kills import messages
from bench.faults.promises import kept
from bench.faults.victim import Victim
from gateway.record.verify import verify
from tests.faults.pair import call, found, peer, rows, settle
from tests.faults.stepping import SteppedClock
from tests.gateway.live import POLICY, Peer, write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

HOUR_S = 3600.0
_numbers = count(1)


class Site:
    """A gateway with a clock of its own, right at the start of each test."""

    def __init__(self, gateway: Victim, clock: SteppedClock) -> None:
        self.gateway = gateway
        self.clock = clock
        self.key = gateway.key("t")
        self.moderator = gateway.key("t", "moderator")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("clocks")
    clock = SteppedClock(folder)
    policy = write_policy(folder / "policy", policy=POLICY.replace("for: 2s", "for: 60s"))
    gateway = Victim(folder, policy, clock.environ, state_deadline_ms="500", command_s="30")
    fresh_record(gateway.where)
    with gateway:
        yield Site(gateway, clock)
    assert verify(gateway.where).broken is None


@pytest.fixture
def site(shared: Site) -> Iterator[Site]:
    yield shared
    shared.clock.step(0.0)


steps = pytest.mark.parametrize("offset_s", [HOUR_S, -HOUR_S], ids=["forth", "back"])


async def mute(on: Peer, room: str, user: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a user muted; return verdict and command. Any: JSON."""
    verdict = await on.chat("muteword", user=user, room=room)
    assert verdict["action"] == "block", verdict
    while (command := await on.wait("command", kind="mute"))["target"]["id"] != user:
        continue
    return verdict, command


async def is_muted(on: Peer, room: str, user: str) -> bool:
    """Say whether a user's messages are blocked for it."""
    verdict = await on.chat(f"hello {next(_numbers)}", user=user, room=room)
    return [each["rule"] for each in verdict["reasons"]] == ["restriction.mute"]


def fresh(what: str) -> str:
    """Return an id nobody has used."""
    return f"{what}-{next(_numbers)}"


async def test_set_under_load_it_costs_nothing(site: Site) -> None:
    """An hour forth, then two back, while messages are on their way."""
    items = [each for each in messages(6000, 300_000) if "flooder" not in each["user"]["id"]]
    crowd = Crowd(f"ws://{site.gateway.listen}/v1", site.key, items, 64)
    running = asyncio.create_task(crowd.run())
    for mark, offset_s in ((1500, HOUR_S), (3500, -HOUR_S)):
        while crowd.answered < mark or not crowd.open:
            await asyncio.sleep(0)
            assert not running.done()
        site.clock.step(offset_s)
    async with asyncio.timeout(30):
        await running
    assert not any(heard[0].get("late") for heard in crowd.verdicts.values())
    assert dict(crowd.errors) == {}
    assert crowd.breaks == 0
    await settle(site.gateway.where, f"ws://{site.gateway.listen}/v1", site.key)
    result = await asyncio.to_thread(kept, site.gateway.where, [crowd], len(items))
    print(result)
    assert result.promises, result
    commands = await asyncio.to_thread(rows, site.gateway.where, "commands")
    assert len({row.seq for row in commands}) == len(commands)
    assert {row.outcome for row in commands} == {"done"}


async def test_command_numbers_grow_whatever_the_clock_says(site: Site) -> None:
    room = fresh("room")
    seqs = []
    async with peer(site.gateway, site.key, [room]) as on:
        for offset_s in (0.0, HOUR_S, -HOUR_S, 0.0, -HOUR_S):
            site.clock.step(offset_s)
            _, command = await mute(on, room, fresh("u"))
            await on.send({"type": "done", "command": command["id"], "at": time.time()})
            seqs.append(command["seq"])
            ended = await found(
                site.gateway.where,
                "commands",
                lambda seen: bool(seen) and seen[0].outcome is not None,
                id=command["id"],
            )
            assert ended[0].outcome == "done"
    assert seqs == sorted(set(seqs))


@steps
async def test_windows_keep_their_limit(site: Site, offset_s: float) -> None:
    """They are counted by the clock of the windows store, which nobody has set."""
    room, user = fresh("room"), fresh("u")
    async with peer(site.gateway, site.key, [room]) as on:
        actions = []
        for number in range(12):
            if number == 5:
                site.clock.step(offset_s)
            verdict = await on.chat(f"word {next(_numbers)}", user=user, room=room)
            actions.append(verdict["action"])
    assert actions == ["allow"] * 8 + ["block"] * 4


@steps
async def test_what_is_decided_after_the_step_is_in_force(site: Site, offset_s: float) -> None:
    room, user, other = fresh("room"), fresh("u"), fresh("u")
    async with peer(site.gateway, site.key, [room]) as on:
        await mute(on, room, user)
        site.clock.step(offset_s)
        # An end is a time of day: forth it is over, back it is still to come.
        assert await is_muted(on, room, user) is (offset_s < 0)
        _, command = await mute(on, room, other)
        assert await is_muted(on, room, other)
        assert command["for_s"] == 60.0
        held = await on.chat("holdword", user=fresh("u"), room=room)
        status, _ = await call(
            site.gateway, site.moderator, "POST", f"/v1/holds/{held['id']}/0/approve"
        )
        assert status == 200
        assert (await on.wait("hold", id=held["id"]))["outcome"] == "approved"


@steps
async def test_what_was_decided_before_the_step_can_be_taken_back(
    site: Site, offset_s: float
) -> None:
    room, user = fresh("room"), fresh("u")
    site.clock.step(-offset_s)
    async with peer(site.gateway, site.key, [room]) as on:
        verdict, _ = await mute(on, room, user)
        held = await on.chat("holdword", user=fresh("u"), room=room)
        site.clock.step(0.0)
        path = f"/v1/decisions/{verdict['id']}/revert"
        status, body = await call(site.gateway, site.moderator, "POST", path)
        assert (status, body["fresh"]) == (200, True)
        assert not await is_muted(on, room, user)
        path = f"/v1/holds/{held['id']}/0/approve"
        _, body = await call(site.gateway, site.moderator, "POST", path)
        # Set forth its time is over: then whoever is first has ended it, the moderator or the time.
        assert body["outcome"] in ("approved", "denied" if offset_s > 0 else "approved")
        assert (await on.wait("hold", id=held["id"]))["outcome"] == body["outcome"]
        # And who was let off can be restricted again at once.
        await mute(on, room, user)
        assert await is_muted(on, room, user)


async def test_what_expires_by_a_step_forth_says_so(tmp_path: Path) -> None:
    """A command nobody has done is ended with a case; whoever does it after all resolves that.

    Once set back again, commands wait longer by as much: they come after all that came before.
    """
    clock = SteppedClock(tmp_path)
    gateway = Victim(tmp_path, write_policy(tmp_path / "policy"), clock.environ, command_s="30")
    fresh_record(gateway.where)
    with gateway:
        async with peer(gateway, gateway.key("t"), ["r"]) as on:
            _, command = await mute(on, "r", "u1")
            clock.step(HOUR_S)
            case = f"command-{command['id']}"
            await found(gateway.where, "case_lines", bool, id=case)
            await on.send({"type": "done", "command": command["id"], "at": time.time()})
            cases = await found(gateway.where, "case_lines", lambda seen: len(seen) == 2, id=case)
            assert {each.state for each in cases} == {"open", "resolved"}
            _, ahead = await mute(on, "r", "u2")
            clock.step(0.0)
            _, later = await mute(on, "r", "u3")
    assert later["seq"] > ahead["seq"] > command["seq"]
    assert later["until"] > time.time() + HOUR_S
