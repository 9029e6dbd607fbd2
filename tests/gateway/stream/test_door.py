"""Stream messages of connections: answered where streams are off, refused, or handed on."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.stream.door import StreamDoor
from gateway.stream.limits import StreamLimits
from gateway.stream.setup import StreamPath
from seawall import wire
from seawall.binary import Piece, pack
from tests.gateway.live import running
from tests.gateway.stream.intakes import PIECE, Keeper, Peer, request
from tests.workers.streams.conftest import small, until
from tests.workers.streams.small_worker import SmallOptions

OPEN = {
    "type": "stream.open",
    "id": "o1",
    "stream": "s1",
    "room": "r1",
    "user": {"id": "u1"},
    "container": "webm",
}


class Carrier(Peer):
    """A connection that notes whether it may carry media."""

    carries = 0

    def carry_media(self) -> None:
        self.carries += 1


@pytest.fixture
async def path() -> AsyncIterator[StreamPath]:
    keeper = Keeper()
    made = StreamPath(small(SmallOptions()), StreamLimits(), keeper, [keeper])
    await made.start(15.0)
    yield made
    await made.close()


def test_where_streams_are_off_everything_is_answered() -> None:
    door, peer = StreamDoor(), Carrier()
    door.said(peer, request())
    door.said(peer, wire.StreamStat("s1", 5))
    door.said(peer, wire.StreamClose("s1"))
    door.binary(peer, Piece(1, 0, 0), b"anything", 0.0)
    door.resume(peer)
    door.lost(peer)
    assert peer.codes() == ["unsupported", *["unknown_stream"] * 3]
    first, *rest = peer.sent
    assert first["ref"] == "o1"
    assert "`media` is off" in first["message"]
    assert [each["ref"] for each in rest] == ["s1", "s1", None]
    assert peer.carries == 0


async def test_a_stream_goes_through_it_from_open_to_close(path: StreamPath) -> None:
    door, peer = StreamDoor(), Carrier()
    door.lead_to(path, lambda *_: None)
    door.said(peer, request())
    assert peer.carries == 1
    (opened,) = peer.of("stream.opened")
    head = opened["handle"], 0, int(time.time() * 1000)
    door.binary(peer, Piece(*head), pack(*head, PIECE), time.perf_counter())
    door.said(peer, wire.StreamStat("s1", 12))
    live = path.streams.find("acme", "s1")
    assert live is not None
    assert (live.viewers, path.numbers.bytes) == (12, len(PIECE))
    door.lost(peer)
    again, nobody = Carrier(), Carrier("media-2")
    door.resume(nobody)
    door.resume(again)
    assert (again.carries, nobody.carries) == (1, 0)
    door.said(again, wire.StreamClose("s1"))
    await until(lambda: again.of("ack"))


async def test_who_may_not_stream_is_refused_and_may_send_nothing_large(path: StreamPath) -> None:
    asked: list[tuple[str, str, float]] = []

    def refusal(tenant: str, stream: str, now: float) -> str:
        asked.append((tenant, stream, now))
        return "this user may not stream for 5 minutes"

    door, peer = StreamDoor(wall=lambda: 1234.5), Carrier()
    door.lead_to(path, refusal)
    door.said(peer, request())
    assert asked == [("acme", "s1", 1234.5)]
    assert peer.codes() == ["not_allowed"]
    assert peer.sent[0]["message"] == "this user may not stream for 5 minutes"
    assert (peer.carries, path.streams.find("acme", "s1")) == (0, None)


@pytest.mark.e2e
async def test_a_gateway_without_streams_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, redis="local") as live:
        async with live.connect(await live.key()) as silent:
            await silent.send(pack(1, 0, 0, PIECE))
            assert (await silent.wait("error"))["code"] == "hello_first"
        async with live.peer() as peer:
            await peer.send(json.dumps(OPEN))
            error = await peer.wait("error", ref="o1")
            assert error["code"] == "unsupported"
            assert "`media` is off" in error["message"]
            for message in (
                {"type": "stream.stat", "stream": "s1", "viewers": 1},
                {"type": "stream.close", "stream": "s1"},
            ):
                await peer.send(message)
                assert (await peer.wait("error", ref="s1"))["code"] == "unknown_stream"
            await peer.send(pack(1, 0, 0, PIECE))
            error = await peer.wait("error")
            assert (error.get("ref"), error["code"]) == (None, "unknown_stream")
            assert (await peer.chat("hello"))["action"] == "allow"
