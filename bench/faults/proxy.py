"""A TCP proxy on this machine that cuts, stalls, delays, loses and dribbles what passes through it.

1. Each direction is a queue of pieces with a time before which none may leave: order is kept, and a
   delay holds bytes back without making the line narrower.
2. What TCP loses it sends again. So a lost piece is one that comes a retransmission later, and all
   behind it wait: that, and never a missing byte, is what a program sees of loss.
3. A direction that is silent passes nothing and says nothing, not even that its end has gone.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["RETRANSMISSION_S", "Proxy"]

RETRANSMISSION_S = 0.2
"""Linux's least retransmission timeout (TCP_RTO_MIN); it doubles when the same is lost again."""
_CHUNK = 65_536
_QUEUED = 64


class Proxy:
    """Passes bytes between its clients and `target`. Switches hold for what passes from then on.

    `delay_s` holds each piece back by that long, `jitter_s` by up to that much more, at random;
    `loss` is the share of pieces that are lost and come again; `dribble` passes so many bytes at a
    time (0: as they come). `stalled` silences both directions, `stalled_up` what goes to the
    target, `stalled_back` what comes from it.
    """

    def __init__(self, target: str, seed: int = 7) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self.address = ""
        self.delay_s = 0.0
        self.jitter_s = 0.0
        self.loss = 0.0
        self.dribble = 0
        self.passed = 0
        """Bytes that went to the target so far."""
        self.passed_back = 0
        """Bytes that came from the target so far."""
        self.held_back = 0
        """Pieces that came late, by a delay or because they were lost."""
        self._chance = random.Random(seed)
        self._up, self._back = asyncio.Event(), asyncio.Event()
        self.stalled = False
        self._cut_after: int | None = None
        self._cut_back_after: int | None = None
        self._pairs: set[asyncio.Task[None]] = set()
        self._ends: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._left_open: list[asyncio.StreamWriter] = []

    @property
    def stalled(self) -> bool:
        """Whether nothing passes."""
        return self.stalled_up and self.stalled_back

    @stalled.setter
    def stalled(self, yes: bool) -> None:
        self.stalled_up = self.stalled_back = yes

    @property
    def stalled_up(self) -> bool:
        """Whether nothing passes to the target."""
        return not self._up.is_set()

    @stalled_up.setter
    def stalled_up(self, yes: bool) -> None:
        (self._up.clear if yes else self._up.set)()

    @property
    def stalled_back(self) -> bool:
        """Whether nothing passes from the target."""
        return not self._back.is_set()

    @stalled_back.setter
    def stalled_back(self, yes: bool) -> None:
        (self._back.clear if yes else self._back.set)()

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

    def cut_near(self) -> None:
        """Reset every connection now for who made it; the target sees nothing of it."""
        self._left_open += [ends.pop() for ends in self._ends.values() if len(ends) > 1]
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        ends = self._ends[task] = [writer]
        try:
            await self._joined(reader, ends)
        except asyncio.CancelledError:  # a cut
            for end in ends:
                _reset_on_close(end)
        finally:
            self._pairs.discard(task)
            del self._ends[task]
            for end in ends:
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _joined(self, reader: asyncio.StreamReader, ends: list[asyncio.StreamWriter]) -> None:
        """Join a client to the target, whose end is added to `ends`, until either hangs up."""
        try:
            await self._up.wait()  # a silent line opens no connection either
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ends.append(far_writer)
            async with asyncio.TaskGroup() as group:
                up = group.create_task(self._pass(reader, far_writer, upwards=True))
                down = group.create_task(self._pass(far_reader, ends[0], upwards=False))
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()
        except* OSError:
            for end in ends:
                _reset_on_close(end)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        """Pass one direction on until it ends; the end, too, comes in its turn."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUED)
        taking = asyncio.create_task(self._take(reader, line))
        flowing, loop = self._up if upwards else self._back, asyncio.get_running_loop()
        try:
            while True:
                due, data = await line.get()
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
                await flowing.wait()
                if not data:
                    return
                step = self.dribble or len(data)
                for start in range(0, len(data), step):
                    await flowing.wait()
                    if not await self._piece(writer, data[start : start + step], upwards):
                        return
        finally:
            taking.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await taking

    async def _take(
        self, reader: asyncio.StreamReader, line: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        """Take what comes and say when it may leave; the end of it all is empty."""
        loop, due = asyncio.get_running_loop(), 0.0
        while True:
            try:
                data = await reader.read(_CHUNK)
            except OSError:
                data = b""
            late = self.delay_s + self.jitter_s * self._chance.random() + self._lost_s()
            self.held_back += late > 0
            due = max(due, loop.time() + late)  # what is behind a late piece waits for it
            await line.put((due, data))
            if not data:
                return

    def _lost_s(self) -> float:
        """Return how much later a piece comes because it is lost, perhaps again and again."""
        late, again_s = 0.0, RETRANSMISSION_S
        while self.loss and self._chance.random() < self.loss:
            late += again_s
            again_s *= 2
        return late

    async def _piece(self, writer: asyncio.StreamWriter, piece: bytes, upwards: bool) -> bool:
        """Pass a piece on, up to where the cut is; say whether there was none."""
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
            return False
        return True

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
            pairs = list(proxy._pairs)
            proxy.cut()
            await asyncio.gather(*pairs, return_exceptions=True)
            for end in proxy._left_open:
                end.close()
            proxy.stalled = False
            await server.wait_closed()


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Have the kernel send RST instead of FIN, and forget what is unsent."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
