"""A scripted gateway on real sockets, for the client's tests: each test says what it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from seawall import client, wire
from seawall.actions import Target
from seawall.binary import HEADER_BYTES, parse
from seawall.client import Client

ANN = {"id": "u1", "name": "Ann", "roles": []}
MUTE = wire.Command("c1", 1, "mute", Target("user", "r1", "u1"), 60.0)
_T = TypeVar("_T")
Script = Callable[["Link"], Awaitable[None]]


class Link:
    """One connection, seen from the gateway."""

    def __init__(self, socket: ServerConnection, number: int) -> None:
        self.socket = socket
        self.number = number

    async def next(self, kind: type[_T]) -> _T:
        """Read messages until one of that type."""
        while True:
            message = msgspec.json.decode(await self.socket.recv(), type=wire.ClientMessage)
            if isinstance(message, kind):
                return message

    async def opens(self, credit: int, handle: int = 7, **fields: Any) -> wire.StreamOpen:
        """Take the next stream. Any: fields of `stream.opened`."""
        begun = await self.next(wire.StreamOpen)
        await self.tell(wire.StreamOpened(begun.stream, handle, credit, **fields))
        return begun

    async def piece(self, handle: int = 7) -> tuple[int, bytes]:
        """Read the next frame, a piece of a stream: its number and bytes."""
        frame = await self.socket.recv()
        assert isinstance(frame, bytes), frame
        head = parse(frame)
        assert not isinstance(head, wire.Error)
        assert head.handle == handle
        return head.seq, frame[HEADER_BYTES:]

    async def tell(self, *messages: wire.ServerMessage) -> None:
        for message in messages:
            await self.socket.send(msgspec.json.encode(message).decode())

    async def greet(self, *, inflight: int = 64, on_timeout: str = "allow") -> wire.Hello:
        hello = await self.next(wire.Hello)
        limits = wire.Limits(16_384, 262_144, 256, inflight, 1000.0)
        budgets = {"chat": wire.Budget(50.0, on_timeout)}
        memory = wire.Memory(120.0, 1 << 20)
        session = f"s{self.number}"
        await self.tell(wire.HelloReply(session, 1, "p1", budgets, limits, memory, []))
        return hello

    async def allow(self) -> wire.Chat:
        """Judge the next message."""
        chat = await self.next(wire.Chat)
        await self.tell(wire.Verdict(chat.id, chat.rev, "allow", policy="p1"))
        return chat

    def cut(self) -> None:
        """Break off in the middle of a frame."""
        self.socket.transport.write(b'\x81\x7e\x10\x00{"type":"verd')
        self.socket.transport.abort()

    async def rest(self) -> None:
        """Say nothing more until the client goes."""
        await self.socket.wait_closed()


@asynccontextmanager
async def gateway(
    script: Script,
    answer: Callable[[ServerConnection, Request], Response | None] | None = None,
    **options: Any,  # Any: options of websockets
) -> AsyncIterator[str]:
    """Run a scripted peer; yield its address."""
    number = 0

    async def handler(connection: ServerConnection) -> None:
        nonlocal number
        number += 1
        try:
            await script(Link(connection, number))
        except ConnectionClosed:
            return  # the client went: most scripts end so

    subprotocols = [Subprotocol(wire.SUBPROTOCOL)]
    options = {"subprotocols": subprotocols, "process_request": answer, **options}
    async with serve(
        handler, "127.0.0.1", 0, compression=None, close_timeout=1, **options
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1"


def join(uri: str, **options: Any) -> Any:  # Any: passed on to connect as it is
    return client.connect(uri, key="sw_test", server="chat-1", **options)


async def ask(sea: Client, id: str = "m1", **options: Any) -> wire.Verdict:  # Any: as above
    return await sea.judge(id=id, room="r1", user=ANN, text="hello", **{"timeout_s": 5, **options})


async def until(holds: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for is a state, not an event
            await asyncio.sleep(0.002)


def rule_of(verdict: wire.Verdict) -> str:
    return verdict.reasons[0].rule
