"""One life of the writer process: its socket, and the process itself."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from gateway.record.entry import ACK_BYTES, LENGTH, Ack
from gateway.record.spawn import command
from gateway.record.where import Where, as_where
from seawall.errors import OurFault

__all__ = ["Habits", "Link", "WriterProcess"]

_DECODE = msgspec.msgpack.Decoder(Ack).decode
_END_S = 5.0


class Habits(msgspec.Struct, frozen=True):
    """How a writer works: when it spills, how much, and how often it publishes its head."""

    wait_ms: float = 15.0
    spill_mb: float = 1024.0
    heads_s: float = 60.0


class Link(asyncio.Protocol):
    """The gateway's end of the socket. Gives every acknowledgement to `acked`, in order."""

    def __init__(self, acked: Callable[[Ack], None]) -> None:
        self.heard = 0
        """How often anything arrived."""
        self._acked = acked
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; its buffer is bounded by what the journal lets wait."""
        # uvloop's transports are ones by behaviour, not by descent.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut acknowledgements out of what arrived."""
        self.heard += 1
        buffer, start = self._buffer + data, 0
        while len(buffer) - start >= LENGTH.size:
            (length,) = LENGTH.unpack_from(buffer, start)
            if length > ACK_BYTES:
                raise OurFault(f"the writer's acknowledgement claims {length} bytes")
            end = start + LENGTH.size + length
            if len(buffer) < end:
                break
            self._acked(_DECODE(buffer[start + LENGTH.size : end]))
            start = end
            if not self.greeted.done():
                self.greeted.set_result(None)
        self._buffer = buffer[start:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that this life is over."""
        if not self.closed.done():
            self.closed.set_result(None)

    def write(self, data: bytes) -> None:
        """Send frames; never blocks."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close after everything written has left."""
        if self._transport is not None:
            self._transport.close()


class WriterProcess:
    """A running writer. Make one with `start`, and always `end` it."""

    def __init__(self, process: asyncio.subprocess.Process, link: Link) -> None:
        self._process = process
        self.link = link

    @classmethod
    async def start(
        cls,
        where: Where | Path,
        writer: str,
        acked: Callable[[Ack], None],
        habits: Habits | None = None,
    ) -> WriterProcess:
        """Spawn the writer of one chain. Call from the main thread.

        The child's parent-death signal follows the thread that spawns it.
        """
        where, habits = as_where(where), habits or Habits()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *command("gateway.record.writer"),
                    *("--fd", str(theirs.fileno())),
                    *("--data", str(where.data)),
                    *("--writer", writer),
                    *("--parent", str(os.getpid())),
                    *("--wait-ms", str(habits.wait_ms), "--spill-mb", str(habits.spill_mb)),
                    *("--heads-s", str(habits.heads_s)),
                    pass_fds=(theirs.fileno(),),
                    env=where.environment(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                )
            ours.setblocking(False)
            loop = asyncio.get_running_loop()
            _, link = await loop.create_unix_connection(lambda: Link(acked), sock=ours)
        except BaseException:
            ours.close()
            raise
        return cls(process, link)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.returncode

    async def end(self) -> int:
        """Close the socket, wait for the process, kill it after five seconds; return its status."""
        self.link.close()
        try:
            async with asyncio.timeout(_END_S):
                return await self._process.wait()
        except TimeoutError:
            self.kill()
            return await self._process.wait()

    def kill(self) -> None:
        """End the process at once."""
        if self._process.returncode is None:
            self._process.kill()
