"""Frames go out in order whatever the kernel takes at once, and come in whole."""

from __future__ import annotations

import asyncio
import os
import socket

from tests.workers.streams.conftest import until
from workers.streams.pipe import Pipe
from workers.units import cut, frame


class Ends:
    """A pipe and its other end."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.heard: list[bytes] = []
        self.ended: list[str] = []
        self.pipe = Pipe(ours, self._arrived, self.ended.append)

    def _arrived(self, body: bytes) -> None:
        if body == b"lie":
            raise ValueError("no such thing")
        self.heard.append(body)

    async def read(self, count: int) -> list[bytes]:
        """Read so many frames at the other end."""
        buffer, bodies = bytearray(), list[bytes]()
        while len(bodies) < count:
            buffer += await asyncio.get_running_loop().sock_recv(self.theirs, 1 << 20)
            bodies += cut(buffer)
        return bodies

    def close(self) -> None:
        self.pipe.close()
        self.theirs.close()


async def test_what_the_kernel_does_not_take_waits_and_goes_out_in_order() -> None:
    ends = Ends()
    bodies = [bytes([n]) * 300_000 for n in range(4)]
    for body in bodies:
        ends.pipe.write(body[:1000], body[1000:])
    assert 0 < ends.pipe.waiting_bytes < 1_200_016
    assert await ends.read(4) == bodies
    await until(lambda: not ends.pipe.waiting_bytes)
    ends.close()


async def test_frames_come_in_whole() -> None:
    ends = Ends()
    whole = frame(b"one") + frame(b"two") + frame(b"x" * 100_000)
    for at in range(0, len(whole), 7000):
        await asyncio.get_running_loop().sock_sendall(ends.theirs, whole[at : at + 7000])
    await until(lambda: len(ends.heard) == 3)
    assert ends.heard[:2] == [b"one", b"two"]
    ends.close()


async def test_its_end_is_told_once_with_the_lie_if_there_was_one() -> None:
    for said, why in ((b"", ""), (frame(b"lie"), "no such thing"), (b"\xff" * 9, "claims")):
        ends = Ends()
        if said:
            ends.theirs.sendall(said)
        else:
            ends.theirs.close()
        await until(lambda ends=ends: ends.ended)  # type: ignore[misc]
        assert len(ends.ended) == 1
        assert why in ends.ended[0]
        ends.pipe.write(b"nobody hears this")
        ends.close()
        assert len(ends.ended) == 1


async def test_descriptors_go_along_or_nothing_goes() -> None:
    ends = Ends()
    one, other = socket.socketpair()
    assert ends.pipe.hand(b"order", [one])
    data, descriptors, _, _ = socket.recv_fds(ends.theirs, 100, 4)
    assert data == frame(b"order")
    assert len(descriptors) == 1
    for descriptor in descriptors:
        os.close(descriptor)
    ends.pipe.write(b"x" * 3_000_000)
    assert not ends.pipe.hand(b"order", [one])
    for each in (one, other):
        each.close()
    ends.close()
