"""Claims about wakes: other gateways hear them soon, the publisher is never troubled by them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.state.address import Address, Place, Seeds
from gateway.state.lane import Lane
from gateway.state.valkey import ValkeyServer
from gateway.state.wake import CHANNEL, MOST_WAITING, Wake

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def waking(place: Place | None, until: Until | None = None) -> AsyncIterator[Wake]:
    wake = Wake()
    await wake.start(place)
    try:
        if until is not None:
            await until(lambda: wake.up)
        yield wake
    finally:
        await wake.close()


@asynccontextmanager
async def two(valkey: ValkeyServer, until: Until) -> AsyncIterator[tuple[Wake, Wake]]:
    place = Address(path=valkey.path)
    async with waking(place, until) as one, waking(place, until) as other:
        yield one, other


async def test_others_hear_a_wake_and_the_publisher_does_not(
    valkey: ValkeyServer, until: Until
) -> None:
    async with two(valkey, until) as (one, other):
        heard: list[tuple[str, str]] = []
        one.on("commands", lambda payload: heard.append(("one", payload)))
        other.on("commands", lambda payload: heard.append(("other", payload)))
        other.on("labels", lambda payload: heard.append(("labels", payload)))
        one.publish("commands", "tenant комната")
        one.publish("holds", "nobody listens")
        await until(lambda: one.sent == 2 and other.heard == 2)
        assert heard == [("other", "tenant комната")]
        other.publish("commands")
        await until(lambda: len(heard) == 2)
        assert heard[1] == ("one", "")
        assert (one.dropped, other.dropped) == (0, 0)


async def test_what_is_published_together_is_heard_once(valkey: ValkeyServer, until: Until) -> None:
    async with two(valkey, until) as (one, other):
        heard: list[str] = []
        other.on("commands", heard.append)
        for _ in range(10_000):
            one.publish("commands", "a")
            one.publish("commands", "b")
        await until(lambda: len(heard) == 2)
        assert sorted(heard) == ["a", "b"]
        assert (one.sent, one.dropped) == (2, 0)


async def test_too_many_at_once_are_dropped_not_kept(valkey: ValkeyServer, until: Until) -> None:
    async with two(valkey, until) as (one, other):
        for number in range(MOST_WAITING + 5):
            one.publish("commands", str(number))
        assert one.dropped == 5
        await until(lambda: other.heard == MOST_WAITING)


async def test_while_down_publishing_is_free_and_silent(tmp_path: Path) -> None:
    async with waking(Address(path=str(tmp_path / "nowhere"))) as wake:
        for number in range(1_000):
            wake.publish("commands", str(number))
        assert not wake.up
        assert (wake.sent, wake.dropped) == (0, 1_000)


async def test_local_windows_have_nobody_to_wake() -> None:
    async with waking(None) as wake:
        wake.publish("commands", "tenant")
        assert not wake.up


@pytest.mark.fault
async def test_a_killed_server_costs_wakes_only_until_it_is_back(
    valkey: ValkeyServer, until: Until
) -> None:
    async with two(valkey, until) as (one, other):
        heard: list[str] = []
        other.on("commands", heard.append)
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        await until(lambda: not one.up and not other.up)
        one.publish("commands", "lost")
        back = asyncio.get_running_loop().time()
        await until(lambda: one.up and other.up)
        assert asyncio.get_running_loop().time() - back < 2.0
        one.publish("commands", "again")
        await until(lambda: bool(heard))
        assert heard == ["again"]


@pytest.mark.fault
async def test_a_frozen_server_is_noticed_and_found_again(
    valkey: ValkeyServer, until: Until
) -> None:
    async with two(valkey, until) as (one, other):
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        await until(lambda: not one.up and not other.up)
        os.kill(valkey.pid, signal.SIGCONT)
        await until(lambda: one.up and other.up)
        one.publish("commands", "tenant")
        await until(lambda: other.heard == 1)


async def test_any_node_of_several_will_do(
    valkey: ValkeyServer, tmp_path: Path, until: Until
) -> None:
    place = Seeds((Address(path=str(tmp_path / "nowhere")), Address(path=valkey.path)))
    async with waking(place, until) as wake:
        assert wake.up


@pytest.mark.parametrize(
    "rubbish",
    ["", "{}", "null", '["x"]', '["x",[["a"]]]', '["x",[["a",1]]]', b"\xff\xfe", "[" * 5_000],
)
async def test_rubbish_on_the_channel_is_counted_and_ignored(
    valkey: ValkeyServer, lane: Lane, until: Until, rubbish: str | bytes
) -> None:
    async with two(valkey, until) as (one, other):
        await lane.request("PUBLISH", CHANNEL, rubbish, deadline_s=5.0)
        one.publish("commands", "tenant")
        await until(lambda: other.heard == 1)
        assert other.garbled == 1


async def test_a_listener_that_fails_is_reported_and_the_others_hear(
    valkey: ValkeyServer, until: Until
) -> None:
    reported: list[BaseException] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    async with two(valkey, until) as (one, other):
        heard: list[str] = []
        other.on("commands", lambda payload: [][1])
        other.on("commands", heard.append)
        one.publish("commands", "tenant")
        await until(lambda: bool(heard))
        assert [type(problem) for problem in reported] == [IndexError]


async def test_what_cannot_be_written_down_is_dropped(valkey: ValkeyServer, until: Until) -> None:
    async with two(valkey, until) as (one, other):
        one.publish("commands", "\ud800")
        await until(lambda: one.dropped == 1)
        one.publish("commands", "tenant")
        await until(lambda: other.heard == 1)


async def test_a_server_that_allows_no_channels_is_not_up(
    valkey: ValkeyServer, lane: Lane, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    rules = ("on", ">secret", "~*", "+@all", "resetchannels")
    await lane.request("ACL", "SETUSER", "gateway", *rules, deadline_s=5.0)
    place = Address(path=valkey.path, username="gateway", password="secret")
    async with waking(place) as wake:
        await until(lambda: "channel" in str([vars(record) for record in caplog.records]))
        assert not wake.up
    assert "secret" not in str([vars(record) for record in caplog.records])
