"""Stream servers as the ingest sees them, and a judge and a tap that keep what they are told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.stream.ports import Live
from gateway.stream.setup import StreamPath
from seawall import wire
from seawall.binary import Piece, pack
from workers.streams.reports import Matched, Saw, Spoke
from workers.streams.units import Chosen, Same

__all__ = ["Keeper", "Peer", "Server", "Session", "request"]

PIECE = b"x" * 1000


class Session:
    """What a connection's session knows."""

    def __init__(self, server: str, rooms: frozenset[str] | None) -> None:
        self.server = server
        self._rooms = rooms

    def serves(self, room: str | None) -> bool:
        return self._rooms is None or room in self._rooms


class Peer:
    """A connection: keeps what is sent on it."""

    def __init__(
        self,
        server: str = "media-1",
        tenant: str = "acme",
        rooms: frozenset[str] | None = None,
    ) -> None:
        self.tenant = tenant
        self.key_id = "k1"
        self.session = Session(server, rooms)
        self.sent: list[dict[str, Any]] = []

    def send(self, line: bytes) -> None:
        self.sent.append(msgspec.json.decode(line))

    def error(self, error: wire.Error) -> None:
        self.send(msgspec.json.encode(error))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.sent if each["type"] == kind]

    def codes(self) -> list[str]:
        return [each["code"] for each in self.of("error")]


class Keeper:
    """A judge and a tap at once."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.chosen_at: list[float] = []
        self.saws: list[Saw] = []
        self.spokes: list[Spoke] = []
        self.bytes = 0

    def opened(self, live: Live) -> None:
        self.log.append(("opened", live.stream))

    def resumed(self, live: Live) -> None:
        self.log.append(("resumed", live.stream))

    def closed(self, live: Live, why: str) -> None:
        self.log.append((f"closed {why}", live.stream))

    def took(self, live: Live, data: bytes, at: float) -> None:
        self.bytes += len(data)

    def chosen(self, live: Live, chosen: Chosen) -> None:
        self.chosen_at.append(chosen.at)

    def saw(self, live: Live, saw: Saw) -> None:
        self.saws.append(saw)

    def same(self, live: Live, same: Same) -> None:
        self.log.append(("same", live.stream))

    def spoke(self, live: Live, spoke: Spoke) -> None:
        self.spokes.append(spoke)

    def matched(self, live: Live, matched: Matched) -> None:
        self.log.append(("matched", live.stream))


def request(
    stream: str = "s1", room: str = "r1", container: str = "mpegts", id: str = "o1"
) -> wire.StreamOpen:
    """Make a `stream.open`."""
    return wire.StreamOpen(id, stream, room, wire.User("u1"), container)


class Server:
    """A stream server that sends one stream on a connection."""

    def __init__(self, path: StreamPath, peer: Peer, stream: str = "s1") -> None:
        self.path, self.peer, self.stream = path, peer, stream
        self.seq = 0
        path.stream_open(peer, request(stream))
        self.handle: int = peer.of("stream.opened")[-1]["handle"]
        self.at = time.time

    def send(
        self, data: bytes = PIECE, count: int = 1, seq: int | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """Send pieces; `seq` is the first one's number."""
        if seq is not None:
            self.seq = seq
        for _ in range(count):
            ms = int(now() * 1000)
            framed = pack(self.handle, self.seq, ms, data)
            piece = Piece(self.handle, self.seq, ms)
            self.path.binary(self.peer, piece, framed, time.perf_counter())
            self.seq += 1

    def close(self) -> None:
        """Say that the stream ended."""
        self.path.stream_close(self.peer, wire.StreamClose(self.stream))
