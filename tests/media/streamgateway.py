"""A gateway that takes streams as WIRE says, on real sockets: what it got can be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from seawall import wire
from seawall.actions import Target
from seawall.binary import HEADER_BYTES, parse

__all__ = ["StreamGateway", "taking"]


class StreamGateway:
    """Grants `credit` bytes and gives back what came; cuts a stream after `cut_after` of them."""

    def __init__(self) -> None:
        self.credit = 256 * 1024
        self.cut_after = 0
        self.cut_first = ""
        """A stream of somebody else that is cut before."""
        self.break_after = 0
        self.refuses = ""
        self.gives_up = ""
        self.opens: list[wire.StreamOpen] = []
        self.got: dict[str, bytearray] = {}
        self.pieces: dict[str, list[tuple[int, int, float]]] = {}
        """Number, capture time in ms, and when it came, of every piece."""
        self.done: list[str] = []
        self.failed: list[str] = []
        self.closed: dict[str, str | None] = {}
        self.uri = ""

    async def serve_one(self, socket: ServerConnection) -> None:
        try:
            await self._converse(socket)
        except ConnectionClosed:
            return  # the client went

    async def _converse(self, socket: ServerConnection) -> None:
        handles: dict[int, str] = {}
        async for frame in socket:
            if isinstance(frame, bytes):
                await self._take(socket, handles, frame)
                continue
            match msgspec.json.decode(frame, type=wire.ClientMessage):
                case wire.Hello():
                    await _tell(socket, _greeting())
                case wire.StreamOpen() as begun:
                    self.opens.append(begun)
                    if self.refuses:
                        await _tell(socket, wire.Error(begun.id, None, self.refuses, "not here"))
                        continue
                    handle = len(self.opens)
                    handles[handle] = begun.stream
                    self.got.setdefault(begun.stream, bytearray())
                    self.pieces.setdefault(begun.stream, [])
                    await _tell(socket, wire.StreamOpened(begun.stream, handle, self.credit))
                case wire.Done(command=command):
                    self.done.append(command)
                case wire.Failed(command=command):
                    self.failed.append(command)
                case wire.StreamClose(stream=stream, reason=reason):
                    self.closed[stream] = reason
                    await _tell(socket, wire.Ack(stream))
                case _:
                    continue

    async def _take(self, socket: ServerConnection, handles: dict[int, str], frame: bytes) -> None:
        head = parse(frame)
        assert not isinstance(head, wire.Error)
        stream = handles[head.handle]
        got, pieces = self.got[stream], self.pieces[stream]
        got += frame[HEADER_BYTES:]
        pieces.append((head.seq, head.captured_ms, asyncio.get_running_loop().time()))
        if len(pieces) == 1:
            reason = wire.Reason("a-rule", "scam.phishing", "high")
            await _tell(socket, wire.Finding(stream, "frame", 0.0, 0.0, "allow", [reason], False))
            await _tell(socket, wire.Coverage(stream, 0.0, 1.0, 1.0, 1.0, []))
        if self.gives_up:
            await _tell(socket, wire.Error(stream, None, self.gives_up, "cannot be decoded"))
        if self.cut_after and len(got) >= self.cut_after:
            self.cut_after = 0
            if self.cut_first:
                target = Target("stream", self.opens[0].room, self.cut_first)
                await _tell(socket, wire.Command("c0", 1, "cut", target))
            target = Target("stream", self.opens[0].room, stream)
            await _tell(socket, wire.Command("c1", 1, "cut", target))
        if self.break_after and len(got) >= self.break_after:
            self.break_after = 0
            socket.transport.abort()
            return
        await _tell(socket, wire.Credit(stream, len(frame) - HEADER_BYTES))


def _greeting() -> wire.HelloReply:
    limits = wire.Limits(16_384, 1 << 20, 256, 64, 1000.0)
    return wire.HelloReply("s1", 1, "p1", {}, limits, wire.Memory(120.0, 1 << 20), [])


async def _tell(socket: ServerConnection, message: Any) -> None:  # Any: any message of the wire
    await socket.send(msgspec.json.encode(message).decode())


@asynccontextmanager
async def taking() -> AsyncIterator[StreamGateway]:
    """Run one; its address is `uri`."""
    gateway = StreamGateway()
    async with serve(
        gateway.serve_one,
        "127.0.0.1",
        0,
        compression=None,
        max_size=2 << 20,
        close_timeout=1,
        subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
    ) as server:
        gateway.uri = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"
        yield gateway
