"""Promise: two gateways on one record are one gateway, and either of them alone still is."""

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
from gateway.record.keys import keys_revoke
from tests.faults.pair import COMMAND_S, SECRET, Pair, call, pair_on, peer, until
from tests.gateway.live import Peer, chat
from tests.gateway.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(90)]

LEASE_S = 5.0
on_sqlite = pytest.mark.parametrize(
    "shared", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True
)
"""For tests that take long: on PostgreSQL only in `make soak`."""
on_postgresql = pytest.mark.parametrize(
    "shared", [pytest.param("sqlite", marks=pytest.mark.soak), "postgresql"], indirect=True
)
"""The other way round."""
_numbers = count(1)


def fresh(what: str) -> str:
    """Return an id that no other test uses."""
    return f"{what}-{next(_numbers)}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Run a pair for all tests of this file, on either kind of database."""
    folder: Path = tmp_path_factory.mktemp("pair")
    server: PostgresServer | None = None
    name = ""
    url = f"sqlite://{folder}/shared.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        assert server is not None
        name = server.create()
        url = server.url(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEAWALL_SECRET", SECRET)
        with pair_on(folder, url) as pair:
            yield pair
    if server is not None:
        server.drop(name)


@pytest.fixture
def pair(shared: Pair) -> Pair:
    """Give the pair, both of it running."""
    shared.mend()
    return shared


async def test_a_limit_of_ten_lets_exactly_ten_through_over_both(pair: Pair) -> None:
    room, user = fresh("room"), fresh("u")
    async with (
        peer(pair.a, pair.server) as on_a,
        peer(pair.b, pair.server) as on_b,
    ):

        async def send(to: Peer) -> list[str]:
            items = [chat(f"word {next(_numbers)}", user=user, room=room) for _ in range(15)]
            for item in items:
                await to.send(item)
            return [(await to.wait("verdict", id=item["id"]))["action"] for item in items]

        answers = [*await asyncio.gather(send(on_a), send(on_b))]
    actions = answers[0] + answers[1]
    assert (actions.count("allow"), actions.count("block")) == (10, 20)


async def command(on: Peer, kind: str, user: str) -> dict[str, Any]:
    """Return the next command of a kind about a user."""
    while True:
        found = await on.wait("command", kind=kind)
        if found["target"]["id"] == user:
            return found


async def test_a_command_reaches_servers_of_both_and_ends_once(pair: Pair) -> None:
    room, user = fresh("room"), fresh("u")
    async with (
        peer(pair.a, pair.server, server="both") as on_a,
        peer(pair.b, pair.server, server="both") as both_b,
        peer(pair.b, pair.server, server="only-b") as only_b,
    ):
        assert (await on_a.chat("muteword", user=user, room=room))["action"] == "block"
        began = time.monotonic()
        told = [await command(each, "mute", user) for each in (on_a, both_b, only_b)]
        took = time.monotonic() - began
        # One id and one seq wherever it is heard: whoever hears it twice knows it is the same.
        assert len({(each["id"], each["seq"]) for each in told}) == 1
        for each in (only_b, on_a, both_b):
            await each.send({"type": "done", "command": told[0]["id"], "at": time.time()})
        rows = await pair.found("commands", _ended, id=told[0]["id"])
        assert [row.outcome for row in rows] == ["done"]
        await only_b.send({"type": "failed", "command": told[0]["id"], "reason": "too late"})
        await only_b.chat("hello", room=room)  # whatever that did is done
        assert await asyncio.to_thread(pair.rows, "commands", id=told[0]["id"]) == rows
    print(f"command from A to a server of B: {took:.3f} s")
    assert took <= 2.0


def _ended(rows: list[Any]) -> bool:
    return bool(rows) and all(row.outcome is not None for row in rows)


async def test_a_label_set_on_one_holds_on_the_other(pair: Pair) -> None:
    room, user = fresh("room"), fresh("u")
    async with (
        peer(pair.a, pair.server) as on_a,
        peer(pair.b, pair.server) as on_b,
    ):
        await on_a.chat("muteword", user=user, room=room)
        took = await _blocked(on_b, user, room)
    print(f"label from A to B: {took:.3f} s")
    assert took <= 1.5


async def _blocked(on: Peer, user: str, room: str) -> float:
    """Return after how long a user's messages are blocked."""
    return await _answered_so(on, user, room, "block")


async def _answered_so(on: Peer, user: str, room: str, action: str) -> float:
    began = time.monotonic()
    async with asyncio.timeout(5):
        while True:
            verdict = await on.chat(f"hello {next(_numbers)}", user=user, room=room)
            if verdict["action"] == action:
                assert all(each["rule"] == "restriction.mute" for each in verdict["reasons"])
                return time.monotonic() - began
            await asyncio.sleep(0.15)  # the window lets ten through a minute


async def test_a_revoked_key_is_refused_and_cut_off_by_both(pair: Pair) -> None:
    name = fresh("leaver")
    key = await asyncio.to_thread(pair.a.key, "t", "server", name)
    async with peer(pair.a, key) as on_a, peer(pair.b, key) as on_b:
        began = time.monotonic()
        await asyncio.to_thread(keys_revoke, pair.where, name)
        closed = [code for code, _ in await asyncio.gather(on_a.closed(), on_b.closed())]
        took = time.monotonic() - began
    assert closed == [4001, 4001]
    print(f"revoked on both after {took:.3f} s")
    assert took <= 2.0
    for gateway in (pair.a, pair.b):
        status, _ = await call(gateway, key, "GET", "/v1/holds")
        assert status == 401


async def test_a_hold_ended_over_one_is_told_to_servers_of_both(pair: Pair) -> None:
    """Of an approval over A and a denial over B at once one stands, and all hear that one."""
    room = fresh("room")
    async with (
        peer(pair.a, pair.server) as on_a,
        peer(pair.b, pair.server) as on_b,
    ):
        held = await on_b.chat("holdword", room=room)
        assert held["action"] == "hold"
        path = f"/v1/holds/{held['id']}/0"
        began = time.monotonic()
        answers = await asyncio.gather(
            call(pair.a, pair.moderator, "POST", f"{path}/approve"),
            call(pair.b, pair.moderator, "POST", f"{path}/deny"),
        )
        heard = [await each.wait("hold", id=held["id"]) for each in (on_a, on_b)]
        took = time.monotonic() - began
        assert sorted(status for status, _ in answers) == [200, 409]
        stands = {body["outcome"] for _, body in answers}
        assert len(stands) == 1
        assert {each["outcome"] for each in heard} == stands
    print(f"hold ended over one, told on both: {took:.3f} s")
    assert took <= 2.0


async def test_without_a_wake_the_poll_alone_tells_the_other(tmp_path: Path) -> None:
    """With a Valkey of its own each, the record is all that two gateways share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEAWALL_SECRET", SECRET)
        with pair_on(tmp_path, f"sqlite://{tmp_path}/shared.db", redis="embedded") as pair:
            async with (
                peer(pair.a, pair.server) as on_a,
                peer(pair.b, pair.server) as on_b,
            ):
                began = time.monotonic()
                held = await on_a.chat("holdword", room="r")
                verdict = await on_a.chat("muteword", room="r", user="muted")
                assert verdict["action"] == "block"
                blocked = await _blocked(on_b, "muted", "r")
                await command(on_b, "mute", "muted")
                told = time.monotonic() - began
                await call(pair.a, pair.moderator, "POST", f"/v1/holds/{held['id']}/0/approve")
                began = time.monotonic()
                await on_b.wait("hold", id=held["id"])
                hold = time.monotonic() - began
    print(f"by poll alone: label {blocked:.2f} s, command {told:.2f} s, hold {hold:.2f} s")
    assert max(blocked, told, hold) <= 1.5


async def test_a_verdict_given_by_one_is_given_again_by_the_other(pair: Pair) -> None:
    room, user = fresh("room"), fresh("u")
    message = chat("maskword here", room=room, user=user)
    async with peer(pair.a, pair.server) as on_a:
        await on_a.send(message)
        first = await on_a.wait("verdict", id=message["id"])
    async with peer(pair.b, pair.server) as on_b:
        await on_b.send({"type": "resume", "session": on_a.hello["session"]})
        await on_b.send(message)
        again = await on_b.wait("verdict", id=message["id"])
    told = ("action", "text", "reasons", "notice", "policy")
    assert [again[key] for key in told if key in first] == [
        first[key] for key in told if key in first
    ]
    assert len(await asyncio.to_thread(pair.rows, "journal", event=message["id"])) == 1


async def test_a_decision_of_one_is_taken_back_over_the_other(pair: Pair) -> None:
    room, user = fresh("room"), fresh("u")
    async with (
        peer(pair.a, pair.server) as on_a,
        peer(pair.b, pair.server) as on_b,
    ):
        verdict = await on_a.chat("muteword", room=room, user=user)
        mute = await command(on_a, "mute", user)
        await on_a.send({"type": "done", "command": mute["id"], "at": time.time()})
        await _blocked(on_b, user, room)
        path = f"/v1/decisions/{verdict['id']}/revert"
        status, body = await call(pair.b, pair.moderator, "POST", path, {"reason": "a joke"})
        assert (status, body["fresh"]) == (200, True), body
        for each in (on_a, on_b):
            over = await command(each, "mute", user)
            while over["id"] == mute["id"]:
                over = await command(each, "mute", user)
            assert over["for_s"] == 0
            assert over["seq"] > mute["seq"]
        took = await _answered_so(on_a, user, room, "allow")
        status, body = await call(pair.a, pair.moderator, "POST", path, {"reason": "again"})
        assert (status, body["fresh"]) == (200, False), body
    print(f"label ended over B is ended on A: {took:.3f} s")
    assert took <= 1.5


@on_sqlite
async def test_a_killed_gateways_commands_are_taken_over_and_ended(pair: Pair) -> None:
    """A dies between sending and `done`: B tells its servers, ends what is done and what is not."""
    room, user, other = fresh("room"), fresh("u"), fresh("u")
    async with peer(pair.b, pair.server, rooms=["elsewhere"], server="idle"):
        async with peer(pair.a, pair.server, rooms=[room]) as on_a:
            await on_a.chat("muteword", room=room, user=user)
            await on_a.chat("muteword", room=room, user=other)
            mute, left = [await command(on_a, "mute", each) for each in (user, other)]
            born = time.monotonic()
            (row,) = await asyncio.to_thread(pair.rows, "commands", id=left["id"])
            await asyncio.to_thread(pair.a.kill)
        killed = time.monotonic()
        async with peer(pair.b, pair.server, rooms=[room]) as on_b:
            again = await command(on_b, "mute", user)
            told = time.monotonic() - killed
            assert (again["id"], again["seq"]) == (mute["id"], mute["seq"])
            await on_b.send({"type": "done", "command": mute["id"], "at": time.time()})
            rows = await pair.found("commands", _ended, id=mute["id"])
            ended = time.monotonic() - killed
            assert rows[0].outcome == "done"
            rows = await pair.found("commands", _ended, id=left["id"])
            expired = time.monotonic() - born
    assert rows[0].outcome == "expired"
    assert "" != row.node != rows[0].node
    cases = await pair.found("case_lines", bool, id=f"command-{left['id']}")
    assert [case.state for case in cases] == ["open"]
    print(f"told {told:.2f} s, done recorded {ended:.2f} s after the kill; expired {expired:.2f} s")
    assert ended <= LEASE_S + 2.0
    assert COMMAND_S <= expired <= COMMAND_S + LEASE_S + 3.0


def load(pair: Pair, seed: int, each: int, patience_s: float | None = None) -> list[Crowd]:
    """Return two crowds, one to each gateway, that go to the other one when theirs is gone."""
    a, b = pair.uris()
    return [
        Crowd(a, pair.server, messages(each, seed), 64, "s-a", (b,), patience_s),
        Crowd(b, pair.server, messages(each, seed + 1), 64, "s-b", (a,), patience_s),
    ]


async def in_mid_flight(crowd: Crowd, mark: int) -> None:
    """Wait until so many are answered and many are not, with no breath in between."""
    while crowd.answered < mark or len(crowd.open) < 16:
        await asyncio.sleep(0)
        assert not crowd.finished.is_set(), "everything was answered before"


async def answered(waiting: set[str], by: Crowd) -> float:
    """Wait until nobody waits for these any more; return how long it took."""
    return await until(lambda: not waiting & set(by.open), 30)


@on_postgresql
async def test_a_rolling_restart_under_load_costs_nothing(pair: Pair) -> None:
    crowds: list[Crowd] = []
    for place, gateway in enumerate((pair.a, pair.b)):
        wave = load(pair, fresh_seed(), 1500)
        crowds += wave
        running = asyncio.gather(*(crowd.run() for crowd in wave))
        await in_mid_flight(wave[place], 400)
        stopping = asyncio.to_thread(gateway.stop)
        waiting, began = set(wave[place].open), time.monotonic()
        status, moved = await asyncio.gather(stopping, answered(waiting, wave[place]))
        stopped = time.monotonic() - began
        assert status == 0
        assert waiting
        await asyncio.to_thread(gateway.start)
        async with asyncio.timeout(40):
            await running
        assert wave[place].breaks >= 1
        print(
            f"{'AB'[place]} stopped in {stopped:.2f} s; the {len(waiting)} messages it owed then "
            f"were answered after {moved:.3f} s; back after {time.monotonic() - began:.2f} s"
        )
    found = await pair.kept(crowds, 6000)
    print(found, [(crowd.breaks, dict(crowd.errors)) for crowd in crowds])
    assert found.restricted > 300
    assert found.promises, found


@on_sqlite
async def test_a_gateway_killed_under_load_costs_nothing(pair: Pair) -> None:
    crowds = load(pair, fresh_seed(), 1500)
    running = asyncio.gather(*(crowd.run() for crowd in crowds))
    await in_mid_flight(crowds[0], 400)
    await asyncio.to_thread(pair.a.kill)
    waiting = set(crowds[0].open)
    took = await answered(waiting, crowds[0])
    print(f"B answered the {len(waiting)} messages that A owed {took:.3f} s after the kill")
    async with asyncio.timeout(40):
        await running
    assert crowds[0].breaks >= 1
    pair.mend()
    found = await pair.kept(crowds, 3000)
    print(found, [(crowd.breaks, dict(crowd.errors)) for crowd in crowds])
    assert found.promises, found


@on_sqlite
@pytest.mark.parametrize(
    "stopped_s",
    [2.0, pytest.param(10.0, marks=[pytest.mark.soak, pytest.mark.timeout(180)])],
)
async def test_a_gateway_stopped_under_load_costs_nothing(pair: Pair, stopped_s: float) -> None:
    """While A is stopped (SIGSTOP) B answers for it. Awake again, A decides nothing twice."""
    crowds = load(pair, fresh_seed(), 5000, patience_s=0.5)
    running = asyncio.gather(*(crowd.run() for crowd in crowds))
    await in_mid_flight(crowds[0], 1000)
    pair.a.pause()
    try:
        waiting, began = set(crowds[0].open), time.monotonic()
        assert waiting
        took = await answered(waiting, crowds[0])
        print(f"B answered the {len(waiting)} messages that A owed {took:.3f} s after the stop")
        await asyncio.sleep(max(0.0, stopped_s - (time.monotonic() - began)))  # the fault itself
    finally:
        pair.a.resume()
    async with asyncio.timeout(60):
        await running
    async with peer(pair.a, pair.server) as on_a:  # it serves again
        assert (await on_a.chat(f"hello {next(_numbers)}", room=fresh("room")))["action"] == "allow"
    found = await pair.kept(crowds, 10_000)
    print(found, [(crowd.breaks, dict(crowd.errors)) for crowd in crowds])
    assert found.promises, found


def fresh_seed() -> int:
    """Return a seed no other test uses, with room for the one after it."""
    return 2 * next(_numbers) + 100_000
