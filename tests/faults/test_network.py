"""Promise: whatever the line between them does, each message gets one verdict, each command one
effect."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from bench.faults.crowd import Crowd
from bench.faults.kills import messages
from bench.faults.promises import kept
from bench.faults.proxy import Proxy
from bench.faults.victim import Victim
from seawall import client, retry, wire
from tests.faults.pair import call, peer, settle, until
from tests.gateway.live import chat, write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

PING_S = 1.0
_seeds = count(200_000)
_names = count(1)


class Site:
    """A gateway, and a key to it."""

    def __init__(self, gateway: Victim) -> None:
        self.gateway = gateway
        self.key = gateway.key("t")

    async def connections(self) -> float:
        """Return how many the gateway thinks are open."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{self.gateway.http}/metrics") as reply,
        ):
            text = await reply.text()
        return next(
            float(line.split()[-1])
            for line in text.splitlines()
            if line.startswith("seawall_connections ")
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("network")
    gateway = Victim(folder, write_policy(folder / "policy"), ping_s=str(PING_S))
    fresh_record(gateway.where)
    with gateway:
        yield Site(gateway)


async def sent_through(
    site: Site,
    proxy: Proxy,
    total: int,
    trouble: Callable[[Crowd], Awaitable[None]] | None = None,
) -> Crowd:
    """Send messages through a proxy, with or without more trouble, and hold the promises."""
    crowd = Crowd(
        f"ws://{proxy.address}/v1", site.key, messages(total, next(_seeds)), 64, patience_s=5.0
    )
    running = asyncio.create_task(crowd.run())
    if trouble is not None:
        await trouble(crowd)
    async with asyncio.timeout(40):
        await running
    await settle(site.gateway.where, f"ws://{site.gateway.listen}/v1", site.key)
    found = await asyncio.to_thread(kept, site.gateway.where, [crowd], total)
    print(found, crowd.breaks, dict(crowd.errors))
    assert found.promises, found
    assert found.restricted > total / 20
    assert set(crowd.errors) <= {"overloaded"}
    return crowd


def broken(crowd: Crowd, breaks: int) -> bool:
    """Say whether its connection broke since, or nothing is left that could."""
    return crowd.breaks > breaks or crowd.finished.is_set()


def answered(crowd: Crowd, before: int) -> bool:
    """Say whether it has heard anything since, or nothing is left that could come."""
    return crowd.answered > before or crowd.finished.is_set()


@pytest.mark.parametrize("back", [False, True], ids=["sending", "answering"])
async def test_cut_inside_frames(site: Site, back: bool) -> None:
    chance = random.Random(7)
    async with Proxy.before(site.gateway.listen) as proxy:

        async def trouble(crowd: Crowd) -> None:
            while not crowd.finished.is_set():
                breaks = crowd.breaks
                (proxy.cut_back_after if back else proxy.cut_after)(chance.randrange(1, 60_000))
                await until(partial(broken, crowd, breaks), 20)

        crowd = await sent_through(site, proxy, 3000, trouble)
    assert crowd.breaks >= 8


async def test_cut_again_and_again(site: Site) -> None:
    """Every connection is reset as soon as it has brought a verdict."""
    async with Proxy.before(site.gateway.listen) as proxy:

        async def trouble(crowd: Crowd) -> None:
            while not crowd.finished.is_set():
                done, breaks = crowd.answered, crowd.breaks
                await until(partial(answered, crowd, done), 20)
                proxy.cut()
                await until(partial(broken, crowd, breaks), 20)

        crowd = await sent_through(site, proxy, 1500, trouble)
    assert crowd.breaks >= 15


async def test_a_byte_at_a_time(site: Site) -> None:
    async with Proxy.before(site.gateway.listen) as proxy:
        proxy.dribble = 1
        crowd = await sent_through(site, proxy, 150)
    assert crowd.breaks == 0


async def test_a_fifth_of_a_second_late(site: Site) -> None:
    async with Proxy.before(site.gateway.listen) as proxy:
        proxy.delay_s = 0.2
        crowd = await sent_through(site, proxy, 250)
    assert crowd.breaks == 0
    # Budgets count from the read of a frame: a slow line is nobody's lateness.
    assert not any(heard[0].get("late") for heard in crowd.verdicts.values())


async def test_a_line_that_is_silent_both_ways_is_given_up_by_both(site: Site) -> None:
    before = await site.connections()
    async with Proxy.before(site.gateway.listen) as proxy:

        async def trouble(crowd: Crowd) -> None:
            await until(lambda: crowd.answered > 300 and bool(crowd.open))
            assert await site.connections() == before + 1
            proxy.stalled = True
            began = time.monotonic()
            async with asyncio.timeout(10):
                while await site.connections() > before:  # noqa: ASYNC110  # of another process
                    await asyncio.sleep(0.05)
            took = time.monotonic() - began
            print(f"the gateway gave a silent connection up after {took:.2f} s")
            assert took <= 2 * PING_S + 1.0
            assert crowd.open
            proxy.stalled = False

        crowd = await sent_through(site, proxy, 1500, trouble)
    assert crowd.breaks == 1


async def test_what_overtakes_on_another_line_is_told_apart(site: Site) -> None:
    """An edit is answered before what it edits. A revert is heard before what it takes back, and
    its seq says so."""
    room, user = f"room-{next(_names)}", "u-over"
    first = chat("a blockword", room=room, user=user)
    edit = chat("a friendly word", id=first["id"], rev=1, room=room, user=user)
    moderator = await asyncio.to_thread(site.gateway.key, "t", "moderator")
    async with (
        Proxy.before(site.gateway.listen) as proxy,
        peer(proxy.address, site.key) as slow,
        peer(site.gateway, site.key) as quick,
    ):
        proxy.delay_s = 0.3
        await slow.send(first)
        await quick.send(edit)
        assert (await quick.wait("verdict", id=first["id"], rev=1))["action"] == "allow"
        assert (await slow.wait("verdict", id=first["id"], rev=0))["action"] == "block"
        muted = await quick.chat("muteword", room=room, user=user)
        mute = await quick.wait("command", kind="mute")
        path = f"/v1/decisions/{muted['id']}/revert"
        status, _ = await call(site.gateway, moderator, "POST", path)
        assert status == 200
        over = await quick.wait("command", kind="mute")
        assert not [each for each in slow.seen if each["type"] == "command"]
        late = [await slow.wait("command", kind="mute") for _ in range(2)]
    assert over["for_s"] == 0
    assert over["seq"] > mute["seq"]
    assert [each["seq"] for each in late] == [mute["seq"], over["seq"]]


@pytest.mark.parametrize(("how", "total"), [("cuts", 600), ("dribble", 60), ("delay", 300)])
async def test_our_own_client_over_such_a_line(site: Site, how: str, total: int) -> None:
    applied: Counter[str] = Counter()
    seed = next(_seeds)

    async def carry_out(command: wire.Command) -> None:
        if command.target.room == f"r{seed}":  # others may have left some
            applied[command.id] += 1

    async with (
        Proxy.before(site.gateway.listen) as proxy,
        client.connect(
            f"ws://{proxy.address}/v1", key=site.key, server="c", on_command=carry_out
        ) as sea,
    ):
        proxy.delay_s = 0.2 if how == "delay" else 0.0
        proxy.dribble = 1 if how == "dribble" else 0
        asks: list[asyncio.Task[wire.Verdict]] = []
        parts = 6 if how == "cuts" else 1
        for part in range(parts):
            breaks = sea.counts.breaks
            for number in range(len(asks), (part + 1) * total // parts):
                asks.append(asyncio.create_task(asked(sea, seed, number)))
            if parts > 1:
                (proxy.cut_after if part % 2 else proxy.cut_back_after)(1 + 977 * part)
                await until(partial(broke, sea, breaks), 20)
        verdicts = await asyncio.gather(*asks)
        await until(lambda: len(applied) >= len(range(0, total, 50)))
    for number, verdict in enumerate(verdicts):
        restricted = number % 50 == 0 or number % 9 == 0
        assert verdict.action == ("block" if restricted else "allow"), verdict
        assert not verdict.late
    assert set(applied.values()) == {1}
    assert len(applied) == len(range(0, total, 50))
    assert (sea.counts.unchecked, sea.counts.answered) == (0, total)
    assert sea.counts.breaks == (parts if parts > 1 else 0)


async def asked(sea: client.Client, seed: int, number: int) -> wire.Verdict:
    """Have a message judged; some are restricted."""
    word = "muteword" if number % 50 == 0 else "blockword" if number % 9 == 0 else "x"
    return await sea.judge(
        id=f"own{seed}-{number}",
        room=f"r{seed}",
        user={"id": f"u{seed}-{number}", "name": "Ann", "roles": []},
        text=f"{word} {number * 7919}",
        timeout_s=30.0,
    )


def broke(sea: client.Client, breaks: int) -> bool:
    """Say whether a client's connection broke and was made again."""
    return sea.counts.breaks > breaks and sea.connected


async def test_our_own_client_gives_a_silent_line_up_and_asks_again(site: Site) -> None:
    async with Proxy.before(site.gateway.listen) as proxy:
        uri = f"ws://{proxy.address}/v1"
        async with client.connect(uri, key=site.key, server="c") as sea:
            proxy.stalled = True
            user = {"id": "u1", "name": "Ann", "roles": []}
            ref = f"own{next(_seeds)}"
            began = time.monotonic()
            asked = asyncio.create_task(
                sea.judge(id=ref, room=ref, user=user, text="blockword", timeout_s=30.0)
            )
            await until(lambda: not sea.connected, 2 * retry.PING_S + 2.0)
            print(f"our client gave a silent line up after {time.monotonic() - began:.2f} s")
            proxy.stalled = False
            verdict = await asked
    assert (verdict.action, verdict.late) == ("block", False)
    assert sea.counts.breaks == 1
