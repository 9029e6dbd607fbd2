"""A TCP proxy on this machine that cuts, stalls, delays and dribbles what passes through it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["Proxy"]

_CHUNK = 65_536


class Proxy:
    """Passes bytes between its clients and `target`. Switches hold for what passes from then on.

    `delay_s` holds each piece back by that long, in order; `dribble` passes so many bytes at a
    time (0: as they come); `stalled` passes nothing and closes nothing: the other side is silent.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self.address = ""
        self.delay_s = 0.0
        self.dribble = 0
        self.passed = 0
        """Bytes that went to the target so far."""
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.passed_back = 0
        """Bytes that came from the target so far."""
        self._cut_after: int | None = None
        self._cut_back_after: int | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    @property
    def stalled(self) -> bool:
        """Whether nothing passes."""
        return not self._flowing.is_set()

    @stalled.setter
    def stalled(self, yes: bool) -> None:
        if yes:
            self._flowing.clear()
        else:
            self._flowing.set()

    def cut_after(self, size: int) -> None:
        """Reset every connection once `size` more bytes went to the target: mid-frame as may be."""
        self._cut_after = self.passed + size

    def cut_back_after(self, size: int) -> None:
        """Reset every connection once `size` more bytes came from the target."""
        self._cut_back_after = self.passed_back + size

    def cut(self) -> None:
        """Reset every connection now."""
        for pair in self._pairs:
            pair.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        ends = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ends.append(far_writer)
            async with asyncio.TaskGroup() as group:
                up = group.create_task(self._pass(reader, far_writer, upwards=True))
                down = group.create_task(self._pass(far_reader, writer, upwards=False))
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
                await self._flowing.wait()  # silent also about an end
                up.cancel()
                down.cancel()
        except (OSError, asyncio.CancelledError):
            for end in ends:
                _reset_on_close(end)
        finally:
            self._pairs.discard(task)
            for end in ends:
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        while data := await reader.read(_CHUNK):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            step = self.dribble or len(data)
            for start in range(0, len(data), step):
                await self._flowing.wait()
                piece = data[start : start + step]
                piece = piece[: self._left(upwards)]
                writer.write(piece)
                await writer.drain()
                if upwards:
                    self.passed += len(piece)
                else:
                    self.passed_back += len(piece)
                if self._left(upwards) == 0:
                    self._cut_after = self._cut_back_after = None
                    self.cut()
                    return

    def _left(self, upwards: bool) -> int | None:
        """Return how many bytes may pass before the cut."""
        mark, passed = (
            (self._cut_after, self.passed) if upwards else (self._cut_back_after, self.passed_back)
        )
        return None if mark is None else max(0, mark - passed)

    @classmethod
    @asynccontextmanager
    async def before(cls, target: str) -> AsyncIterator[Proxy]:
        """Run a proxy before `HOST:PORT` until the block ends."""
        proxy = cls(target)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield proxy
        finally:
            server.close()
            proxy.stalled = False
            pairs = list(proxy._pairs)
            proxy.cut()
            await asyncio.gather(*pairs, return_exceptions=True)
            await server.wait_closed()


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Have the kernel send RST instead of FIN, and forget what is unsent."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
