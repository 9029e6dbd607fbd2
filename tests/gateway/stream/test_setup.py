"""Streams over the whole ingest, with small workers: opened, fed, broken, resumed, ended."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.stream.limits import CONTAINERS, StreamLimits
from media.containers import NAMES
from seawall import wire
from tests.gateway.stream.conftest import Make
from tests.gateway.stream.intakes import PIECE, Peer, Server, request
from tests.workers.streams.conftest import small, until
from tests.workers.streams.small_worker import SmallOptions


async def test_a_stream_is_opened_fed_judged_and_closed(make: Make) -> None:
    made = await make(small(SmallOptions(), SmallOptions()))
    peer, keeper = Peer(), made.keeper
    server = Server(made.path, peer)
    (opened,) = peer.of("stream.opened")
    assert opened == {
        "type": "stream.opened", "stream": "s1", "handle": server.handle, "credit": 4 << 20,
    }  # fmt: skip
    server.send(count=5)
    await until(lambda: len(keeper.saws) == len(keeper.spokes) == 5)
    made.path.stat(peer, wire.StreamStat("s1", 12))
    live = made.path.streams.find("acme", "s1")
    assert live is not None
    assert (live.viewers, live.container, live.server) == (12, "mpegts", "media-1")
    server.close()
    await until(lambda: peer.of("ack"))
    coverage = peer.sent[-2]
    assert (coverage["type"], coverage["frames"], coverage["speech"]) == ("coverage", 1.0, 1.0)
    assert coverage["unchecked"] == []
    ends = [(what, "s1") for what in ("opened", "opened", "closed closed", "closed closed")]
    assert keeper.log == ends
    assert keeper.bytes == 5 * len(PIECE)
    assert made.path.streams.find("acme", "s1") is None


async def test_credit_comes_back_as_bytes_are_taken(make: Make) -> None:
    made = await make(limits=StreamLimits(credit_bytes=16_000))
    peer = Peer()
    server = Server(made.path, peer)
    for _ in range(10):
        server.send(count=4)
        await until(
            lambda: sum(each["bytes"] for each in peer.of("credit")) == server.seq * len(PIECE)
        )
    assert peer.codes() == []


async def test_a_flood_is_dropped_told_and_never_held(make: Make) -> None:
    made = await make(limits=StreamLimits(credit_bytes=8000))
    peer = Peer()
    server = Server(made.path, peer)
    server.send(b"STUCK")
    server.send(count=300)
    assert peer.codes() == ["rate"]
    assert made.path.workers.stats().held_bytes <= 2_000_000
    assert made.path.numbers.pieces["over"] > 200


async def test_frames_of_nobody_are_counted_and_told_once_in_a_while(make: Make) -> None:
    made = await make()
    peer, other = Peer(), Peer("media-2")
    server = Server(made.path, peer)
    server.peer = other  # a connection cannot send on another's stream
    server.send(count=50)
    assert other.codes() == ["unknown_stream"]
    assert made.path.numbers.pieces["unknown"] == 50
    assert made.keeper.bytes == 0
    made.path.stream_close(peer, wire.StreamClose("nobody"))
    made.path.stat(other, wire.StreamStat("s1", 3))
    assert made.path.streams.find("acme", "s1") is not None


async def test_whoever_names_no_stream_is_answered_each_time(make: Make) -> None:
    made = await make()
    peer = Peer()
    for name in ("a", "b"):
        made.path.stream_close(peer, wire.StreamClose(name))
        made.path.stat(peer, wire.StreamStat(name, 3))
    errors = peer.of("error")
    assert [(each["ref"], each["code"]) for each in errors] == [
        (name, "unknown_stream") for name in ("a", "a", "b", "b")
    ]


async def test_a_second_open_is_refused_and_the_same_words_are_answered_again(make: Make) -> None:
    made = await make()
    peer, other = Peer(), Peer("media-2")
    server = Server(made.path, peer)
    made.path.stream_open(peer, request())
    assert [each["handle"] for each in peer.of("stream.opened")] == [server.handle] * 2
    made.path.stream_open(peer, request(id="o2"))
    made.path.stream_open(other, request())
    made.path.stream_open(Peer(), request())  # the same server, while bytes may still come
    assert peer.codes() == other.codes() == ["id_reused"]
    elsewhere = Peer(tenant="other")
    made.path.stream_open(elsewhere, request())
    assert elsewhere.of("stream.opened")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request(container="exe"), "unsupported"),
        (request(room="elsewhere"), "not_allowed"),
        (request(stream="ü" * 100), "bad_field"),
    ],
)
async def test_what_cannot_be_opened_is_refused(
    make: Make, asked: wire.StreamOpen, code: str
) -> None:
    made = await make()
    peer = Peer(rooms=frozenset({"r1"}))
    made.path.stream_open(peer, asked)
    assert peer.codes() == [code]
    assert made.keeper.log == []


async def test_streams_are_bounded(make: Make) -> None:
    made = await make(limits=StreamLimits(per_connection=2, per_tenant=3, streams=4))
    peers = [Peer(), Peer(), Peer(tenant="other"), Peer(tenant="third")]
    for n, peer in enumerate(peers):
        for stream in range(3):
            made.path.stream_open(peer, request(f"{n}-{stream}"))
    assert [len(peer.of("stream.opened")) for peer in peers] == [2, 1, 1, 0]
    assert set(peers[3].codes()) == {"overloaded"}


async def test_a_stall_is_said_and_ends_in_the_end(make: Make) -> None:
    made = await make(limits=StreamLimits(coverage_s=0.0))
    peer = Peer()
    server = Server(made.path, peer)
    server.send(count=2)
    await until(lambda: len(made.keeper.saws) == 2)
    made.ahead_s = 20.0

    def stalled() -> list[dict[str, Any]]:
        told = peer.of("coverage")
        return [each for each in told if "stalled" in {u["cause"] for u in each["unchecked"]}]

    await until(stalled)
    assert stalled()[0]["frames"] == stalled()[0]["speech"] == 0.0
    made.ahead_s = 70.0
    await until(lambda: ("closed idle", "s1") in made.keeper.log)
    assert [(each["ref"], each["code"]) for each in peer.of("error")] == [("s1", "unknown_stream")]
    assert made.path.numbers.unchecked_s["frames", "stalled"] > 10.0


async def test_bytes_of_which_nothing_comes_are_told_while_they_come(make: Make) -> None:
    made = await make(limits=StreamLimits(coverage_s=0.0))
    peer = Peer()
    server = Server(made.path, peer)
    server.send(b"BARREN", count=8)
    made.ahead_s = 20.0
    server.send(b"BARREN", now=lambda: time.time() + made.ahead_s)
    await until(lambda: bool(peer.of("coverage")))
    (told,) = peer.of("coverage")
    assert {(each["unit"], each["cause"]) for each in told["unchecked"]} == {
        ("frames", "damaged"),
        ("speech", "damaged"),
    }
    assert told["frames"] == told["speech"] == 0.0
    assert told["to"] - told["from"] > 15.0
    assert peer.codes() == ["unsupported"]
    server.send(count=3, now=lambda: time.time() + made.ahead_s)
    await until(lambda: len(made.keeper.saws) == 3)


async def test_a_stream_that_never_closes_is_ended(make: Make) -> None:
    made = await make(limits=StreamLimits(max_hours=1.0, idle_s=1e9))
    peer, cut = Peer(), Peer()
    Server(made.path, peer)
    Server(made.path, cut, "s2").send()
    live = made.path.streams.find("acme", "s2")
    assert live is not None
    made.path.streams.end(live, "cut")
    made.ahead_s = 3700.0
    live.last_byte_at = time.time() + 3700.0
    await until(lambda: {("closed too_long", name) for name in ("s1", "s2")} <= {*made.keeper.log})
    (told,) = peer.of("error")
    assert (told["ref"], told["code"]) == ("s1", "unknown_stream")
    assert "too_long" not in told["message"]


async def test_gaps_and_reordering(make: Make) -> None:
    made = await make()
    peer = Peer()
    server = Server(made.path, peer)
    server.send(count=2)
    server.send(seq=3)
    server.send(seq=2)
    await until(lambda: len(made.keeper.saws) == 4)
    assert made.path.numbers.pieces["missing"] == 0
    server.send(seq=8)  # 4 to 7 never come
    await until(lambda: len(made.keeper.saws) == 5)
    assert made.path.numbers.pieces["missing"] == 4
    server.close()
    await until(lambda: peer.of("ack"))
    causes = {each["cause"] for message in peer.of("coverage") for each in message["unchecked"]}
    assert causes == {"gap", "off"}  # nobody listens here


async def test_a_killed_decoder_costs_its_stream_a_little_and_others_nothing(make: Make) -> None:
    made = await make()
    peer = Peer()
    one, two = Server(made.path, peer, "s1"), Server(made.path, peer, "s2")
    one.send(count=3)
    two.send(count=3)
    await until(lambda: len(made.keeper.saws) == 6)
    await until(lambda: made.path.workers.decoder_pid(one.handle))
    pid = made.path.workers.decoder_pid(one.handle)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: made.path.numbers.restarts["died"] == 1)
    one.send(count=3)
    two.send(count=3)
    await until(lambda: len(made.keeper.saws) == 12)
    assert sum(made.path.numbers.restarts.values()) == 1


async def test_what_was_cut_is_examined_no_more_and_still_watched(make: Make) -> None:
    made = await make(small(SmallOptions(), SmallOptions()))  # else one of them is told as off
    peer = Peer()
    server = Server(made.path, peer)
    now = time.time()
    server.send(now=lambda: now - 0.04)
    server.send(now=lambda: now)  # not in one millisecond: there is something to tell of
    await until(lambda: len(made.keeper.saws) == len(made.keeper.spokes) == 2)
    live = made.path.streams.find("acme", "s1")
    assert live is not None
    made.path.streams.end(live, "cut")
    assert made.path.streams.find("acme", "s1") is None
    assert made.path.streams.all() == []
    told = peer.of("coverage")
    assert told
    assert all(each["unchecked"] == [] for each in told), "what is pending is told neither way"
    server.send(count=3)
    assert made.keeper.bytes == 5 * len(PIECE)
    assert len(made.keeper.saws) == 2
    server.close()
    assert peer.of("ack")
    assert peer.of("coverage") == told
    assert ("closed closed", "s1") in made.keeper.log


async def test_promotion_ends_by_itself(make: Make) -> None:
    made = await make()
    Server(made.path, Peer()).send()
    live = made.path.streams.find("acme", "s1")
    assert live is not None
    made.path.streams.promote(live, 5.0, "report")
    assert made.path.numbers.promotions == {"report": 1}


async def test_what_holds_no_media_ends_in_an_error(make: Make) -> None:
    made = await make()
    peer = Peer()
    server = Server(made.path, peer)
    server.send(b"NEVER")
    await until(lambda: made.path.numbers.restarts["failed"])
    server.send(count=3, now=lambda: time.time() + 1)
    server.close()
    await until(lambda: peer.of("ack"))
    assert peer.codes() == ["unsupported"]
    last = peer.of("coverage")[-1]
    assert {each["cause"] for each in last["unchecked"]} == {"encrypted"}
    assert last["frames"] == last["speech"] == 0.0


async def test_draining_ends_every_stream_and_opens_none(make: Make) -> None:
    made = await make()
    peer = Peer()
    for n in range(3):
        Server(made.path, peer, f"s{n}").send(count=2)
    await until(lambda: len(made.keeper.saws) == 6)
    assert await made.path.drain(10.0)
    assert len(peer.of("coverage")) >= 3
    told = {(each["ref"], each["code"]) for each in peer.of("error")}
    assert told == {(f"s{n}", "unknown_stream") for n in range(3)}  # what is sent on is nobody's
    peer.sent.clear()
    made.path.stream_open(peer, request("s9"))
    assert peer.codes() == ["overloaded"]


async def test_without_decoders_streams_are_refused(make: Make) -> None:
    made = await make()
    await made.path.workers.close()
    peer = Peer()
    made.path.stream_open(peer, request())
    assert peer.codes() == ["overloaded"]


async def test_metrics_can_be_read(make: Make) -> None:
    made = await make(small(SmallOptions(), SmallOptions()))
    server = Server(made.path, Peer())
    server.send(count=2)
    await until(lambda: len(made.keeper.saws) == 2 and made.path.workers.stats().workers)

    class Reader(Collector):
        def collect(self) -> object:  # type: ignore[override]
            return made.path.metrics()

    registry = CollectorRegistry()
    registry.register(Reader())
    text = generate_latest(registry).decode()
    assert "seawall_streams 1.0" in text
    assert 'seawall_stream_pieces_total{outcome="taken"} 2.0' in text
    assert 'seawall_media_up{process="vision"} 1.0' in text


def test_what_may_be_announced_is_what_decoders_know() -> None:
    assert frozenset(NAMES) == CONTAINERS
