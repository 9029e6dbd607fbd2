"""The streams that are open: whose they are, what they are called, and how they end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.stream.limits import StreamLimits
from gateway.stream.metrics import StreamNumbers
from gateway.stream.registry import Registry, usual
from seawall import wire
from tests.gateway.stream.intakes import PIECE, Keeper, Peer, request
from tests.workers.streams.conftest import small, until
from tests.workers.streams.small_worker import SmallOptions
from workers.streams.client import StreamWorkers
from workers.streams.reports import Aligned
from workers.streams.units import Hearing, Sampling


class Given:
    """A registry over small workers; policy hears nothing in the room `quiet`."""

    def __init__(self) -> None:
        self.keeper = Keeper()
        self.numbers = StreamNumbers()
        self.now = 1_000_000.0
        self.workers = StreamWorkers(small(SmallOptions(), SmallOptions()))
        self.registry = Registry(
            self.workers, StreamLimits(), self.numbers, self.keeper, [self.keeper],
            self._media, lambda: self.now,
        )  # fmt: skip

    def _media(self, tenant: str, room: str) -> tuple[Sampling, Hearing]:
        return Sampling(), Hearing(profile="off" if room == "quiet" else "fast")

    def handle(self, tenant: str = "acme", stream: str = "s1") -> int:
        live = self.registry.find(tenant, stream)
        assert live is not None
        return live.wire_handle


@pytest.fixture
async def given() -> AsyncIterator[Given]:
    made = Given()
    await made.workers.start(15.0)
    yield made
    made.registry.stop()
    await made.workers.close()


async def test_a_stream_is_its_tenants_and_its_connections(given: Given) -> None:
    registry, mine, theirs = given.registry, Peer(), Peer(tenant="shop")
    assert registry.open(mine, request()) is None
    assert registry.open(theirs, request()) is None
    assert len(registry) == 2
    handle = given.handle()
    assert handle != given.handle("shop")
    assert registry.by_handle(handle, mine) is registry.by_name(mine, "s1") is not None
    assert registry.by_handle(handle, theirs) is None
    assert registry.by_name(Peer(), "s1") is None, "another connection of the same tenant"
    assert registry.by_handle(handle + 7, mine) is None
    assert registry.find("nobody", "s1") is None
    assert {live.tenant for live in registry.all()} == {"acme", "shop"}
    registry.broke(mine)
    assert registry.by_handle(handle, mine) is None
    assert registry.find("acme", "s1") is not None, "it waits for its server"


async def test_handles_are_never_used_again(given: Given) -> None:
    peer, handles = Peer(), list[int]()
    for n in range(3):
        assert given.registry.open(peer, request(id=f"o{n}")) is None
        handles.append(given.handle())
        intake = given.registry.by_name(peer, "s1")
        assert intake is not None
        intake.end("cut")
        given.registry.close_stream(intake, "cut")
        await until(lambda: not len(given.registry))
    assert sorted(set(handles)) == handles
    assert handles[0] >= 1
    assert given.numbers.closes["cut"] == 3


async def test_one_that_was_ended_is_not_found_and_still_watched(given: Given) -> None:
    registry, peer = given.registry, Peer()
    registry.open(peer, request())
    live = registry.find("acme", "s1")
    assert live is not None
    registry.promote(live, 5.0, "finding")
    assert given.numbers.promotions == {"finding": 1}
    registry.end(live, "cut")
    assert registry.find("acme", "s1") is None
    assert registry.all() == []
    intake = registry.by_handle(live.wire_handle, peer)
    assert intake is not None
    intake.piece(0, int(given.now * 1000), PIECE, 0.0)
    assert peer.codes() == []  # the command that says so may still be on its way
    given.now += 4.0
    intake.piece(1, int(given.now * 1000), PIECE, 4.0)
    assert given.keeper.bytes == 2 * len(PIECE)
    assert peer.codes() == ["not_allowed"]


async def test_what_is_gone_is_promoted_ended_and_asked_for_nothing(given: Given) -> None:
    registry, peer = given.registry, Peer()
    registry.open(peer, request())
    live = registry.find("acme", "s1")
    assert live is not None
    assert registry.coverage(live) is None, "nothing was told yet"
    registry.stop()
    await until(lambda: not len(registry))
    registry.promote(live, 5.0, "finding")
    registry.end(live, "cut")
    assert registry.coverage(live) is None
    assert given.numbers.promotions == {}
    words: list[Aligned] = []
    registry.align(live, 1, words.append)
    await until(lambda: words)
    assert words == [Aligned(live.handle, 1, [])]


async def test_policy_says_what_is_listened_to(given: Given) -> None:
    peer = Peer()
    given.registry.open(peer, request("s1", "quiet"))
    given.registry.open(peer, request("s2", "loud"))
    for stream in ("s1", "s2"):
        intake = given.registry.by_name(peer, stream)
        assert intake is not None
        intake.piece(0, int(given.now * 1000), PIECE, 0.0)
        given.registry.close_stream(intake, "closed", ack=True)
    await until(lambda: len(peer.of("ack")) == 2)
    causes = {
        each["stream"]: {unchecked["cause"] for unchecked in each["unchecked"]}
        for each in peer.of("coverage")
    }
    assert causes["s1"] == {"off"}
    assert causes["s2"] == set()


async def test_nothing_is_resumed_that_is_anothers_or_not_waiting(given: Given) -> None:
    registry, peer = given.registry, Peer()
    registry.open(peer, request())
    assert registry.resume(Peer()) == 0, "its connection lives"
    registry.broke(peer)
    assert registry.resume(Peer("media-2")) == 0
    assert registry.resume(Peer(tenant="shop")) == 0
    assert registry.resume(Peer(rooms=frozenset({"elsewhere"}))) == 0
    again = Peer()
    assert registry.resume(again) == 1
    assert given.numbers.opens == {"opened": 1, "resumed": 1}
    assert again.of("stream.opened")


async def test_draining_opens_none_and_ends_at_once_where_there_is_nothing(given: Given) -> None:
    assert await given.registry.drain(0.0)
    refused = given.registry.open(Peer(), request())
    assert isinstance(refused, wire.Error)
    assert refused.code == "overloaded"


def test_the_usual_is_what_workers_take_for_granted() -> None:
    assert usual("acme", "r1") == (Sampling(), Hearing())
