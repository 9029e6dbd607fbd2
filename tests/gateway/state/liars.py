"""Servers that speak, or hardly speak, the protocol: what is on the other side may be anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import hiredis

__all__ = ["Command", "Say", "listening", "listening_on_tcp", "reply_to_all_but_calls"]

Command = list[bytes]
Say = Callable[[Command, asyncio.StreamWriter], Awaitable[None]]
"""Takes a command and writes what it wants to the connection."""


class _Side:
    """Serves connections; ends their tasks when told to."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        commands = hiredis.Reader()
        try:
            # The other side has left, or the test is over.
            with suppress(ConnectionError, asyncio.CancelledError):
                while heard := await reader.read(1 << 16):
                    commands.feed(heard)
                    while (command := commands.gets()) is not False:
                        await self._say(command, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def end(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening(path: Path, say: Say) -> AsyncIterator[None]:
    """Listen on a unix socket and talk as told."""
    side = _Side(say)
    server = await asyncio.start_unix_server(side.serve, path)
    try:
        yield
    finally:
        server.close()
        await side.end()
        await server.wait_closed()


@asynccontextmanager
async def listening_on_tcp(say: Say) -> AsyncIterator[int]:
    """Listen on loopback TCP and talk as told; give the port."""
    side = _Side(say)
    server = await asyncio.start_server(side.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await side.end()
        await server.wait_closed()


def reply_to_all_but_calls(lie: Say) -> Say:
    """Be a good server until a call of more than a probe comes; then lie."""

    async def say(command: Command, writer: asyncio.StreamWriter) -> None:
        if command[0] != b"EVALSHA":
            writer.write(b"+OK\r\n")
        elif (many := len(command[-1]) // 8) <= 2:  # a probe
            writer.write(b"*%d\r\n" % many + b":1\r\n" * many)
        else:
            await lie(command, writer)

    return say
