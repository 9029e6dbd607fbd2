"""Lines that break, servers that start anew, clocks that are set: streams go on, or are told."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest

from gateway.stream.limits import StreamLimits
from tests.gateway.stream.conftest import Make
from tests.gateway.stream.intakes import Peer, Server, request
from tests.workers.streams.conftest import small, until
from tests.workers.streams.small_worker import SmallOptions


async def test_a_broken_stream_is_resumed_with_its_decoder_and_sequence(make: Make) -> None:
    made = await make()
    peer, again = Peer(), Peer()
    server = Server(made.path, peer)
    server.send(count=3)
    await until(lambda: len(made.keeper.saws) == 3)
    made.path.lost(peer)
    server.send()
    assert peer.codes() == ["unknown_stream"]
    made.path.resume(again)
    assert [each["handle"] for each in again.of("stream.opened")] == [server.handle]
    assert [each.get("next") for each in again.of("stream.opened")] == [3]
    assert [each.get("next") for each in peer.of("stream.opened")] == [None]
    server.peer = again
    server.send(count=4, seq=1)  # what may not have arrived is sent again
    await until(lambda: len(made.keeper.saws) == 5)
    assert made.path.numbers.pieces["late"] == 2
    assert made.path.workers.stats().forked == 1
    assert made.path.numbers.restarts == {}


async def test_a_broken_stream_is_taken_over_by_its_open(make: Make) -> None:
    made = await make()
    peer, again, other = Peer(), Peer(), Peer("media-2")
    server = Server(made.path, peer)
    made.path.lost(peer)
    made.path.stream_open(again, request(id="o9"))
    assert again.of("stream.opened")[0]["handle"] == server.handle
    made.path.lost(again)
    made.path.stream_open(other, request())  # another server: another stream of that name
    assert other.of("stream.opened")[0]["handle"] != server.handle
    await until(lambda: ("closed replaced", "s1") in made.keeper.log)
    assert made.path.streams.find("acme", "s1") is not None


@pytest.mark.parametrize("first", [0, 3, 400])
async def test_a_server_that_was_started_anew_counts_anew(make: Make, first: int) -> None:
    made = await make()
    peer, again = Peer(), Peer()
    Server(made.path, peer).send(count=300)
    await until(lambda: len(made.keeper.saws) == 300)
    made.path.lost(peer)
    anew = Server(made.path, again)  # it knows nothing of before: it says no `resume`
    anew.send(count=20, seq=first)
    await until(lambda: len(made.keeper.saws) == 320)
    assert made.path.numbers.pieces["late"] == 0
    assert made.path.numbers.pieces["missing"] >= 1  # nobody knows how many


async def test_whoever_goes_on_without_saying_so_loses_nothing(make: Make) -> None:
    made = await make()
    peer, again = Peer(), Peer()
    Server(made.path, peer).send(count=30)
    made.path.lost(peer)
    Server(made.path, again).send(count=20, seq=30)
    await until(lambda: len(made.keeper.saws) == 50)
    assert not made.path.numbers.pieces["missing"]


async def test_who_says_resume_takes_over_a_connection_that_still_seems_alive(make: Make) -> None:
    made = await make()
    peer, again, twice = Peer(), Peer(), Peer()
    server = Server(made.path, peer)
    server.send(count=3)
    goes_on = msgspec.structs.replace(request(id="o2"), resume=True)
    made.path.stream_open(again, goes_on)
    (opened,) = again.of("stream.opened")
    assert (opened["handle"], opened["next"]) == (server.handle, 3)
    server.send()
    assert peer.codes() == ["unknown_stream"]
    made.path.lost(again)
    assert made.path.resume(twice) == 1  # the session's word, and then the stream's
    made.path.stream_open(twice, goes_on)
    assert [each["next"] for each in twice.of("stream.opened")] == [3, 3]
    assert twice.codes() == []


async def test_a_connection_that_is_dead_without_our_knowing_is_taken_over(make: Make) -> None:
    made = await make()
    server = Server(made.path, Peer())
    again = Peer()
    made.ahead_s = 5.0
    made.path.stream_open(again, request())
    assert again.of("stream.opened")[0]["handle"] == server.handle
    server.send()
    assert made.path.numbers.pieces["unknown"] == 1


async def test_a_stream_that_nobody_resumes_ends(make: Make) -> None:
    made = await make()
    peer = Peer()
    Server(made.path, peer).send(count=2)
    await until(lambda: len(made.keeper.saws) == 2)
    made.path.lost(peer)
    made.ahead_s = 31.0
    await until(lambda: ("closed lost", "s1") in made.keeper.log)


async def test_one_odd_stamp_changes_nothing_and_a_clock_that_was_set_is_followed(
    make: Make,
) -> None:
    made = await make(small(SmallOptions(), SmallOptions()), StreamLimits(coverage_s=0.0))
    peer = Peer()
    server = Server(made.path, peer)
    hour = 3600.0

    async def told(after: float, before: float) -> None:
        """Send until something between these is covered."""
        peer.sent.clear()
        covered: list[float] = []
        for _ in range(300):
            server.send(now=lambda: time.time() + shift)
            await asyncio.sleep(0.02)  # at the pace of a stream
            covered = [each["to"] for each in peer.of("coverage") if each["frames"] == 1.0]
            if covered and after < covered[-1] - time.time() < before:
                return
        raise AssertionError(covered)

    shift = 0.0
    await told(-5.0, 1.0)
    server.send(now=lambda: time.time() + 20 * hour)
    await told(-5.0, 1.0)
    live = made.path.streams.find("acme", "s1")
    assert live is not None
    assert live.offset_s == 0.0
    shift = hour
    await told(hour - 5.0, hour + 1.0)
    shift = -hour
    await told(-hour - 5.0, -hour + 1.0)
    assert abs(live.offset_s - hour) < 5.0
