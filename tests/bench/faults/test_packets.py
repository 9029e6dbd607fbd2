"""A packet line loses and silences packets beneath TCP, and nothing else of this machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.faults.packets import PacketLine, packet_line, why_no_line, withheld
from tests.conftest import Absent

DEADLINE_S = 10.0
ECHO = """
import socket
with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        with server.accept()[0] as peer:
            while data := peer.recv(4096):
                peer.sendall(data)
"""


@asynccontextmanager
async def echo_behind() -> AsyncIterator[tuple[PacketLine, int]]:
    """Run a TCP echo at the far end of a line."""
    with packet_line() as line:
        server = await asyncio.create_subprocess_exec(
            *line.prefix, sys.executable, "-c", ECHO, stdout=subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            yield line, int(await server.stdout.readline())
        finally:
            server.kill()
            await server.communicate()


@pytest.fixture(autouse=True)
def possible(absent: Absent) -> None:
    """Count it where no line can be laid."""
    if why := why_no_line():
        absent("packet line", why, by_root=not withheld())


async def echoed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, seconds: float
) -> None:
    writer.write(data)
    async with asyncio.timeout(seconds):
        assert await reader.readexactly(len(data)) == data


async def test_what_is_lost_is_sent_again_and_a_dead_direction_lets_nothing_pass() -> None:
    async with echo_behind() as (line, port):
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await asyncio.open_connection(line.address, port)
        try:
            await echoed(reader, writer, b"whole" * 1000, DEADLINE_S)
            assert (line.lost, line.carried > 4) == (0, True)
            line.loss = 0.3
            await echoed(reader, writer, b"lossy" * 1000, DEADLINE_S)
            line.loss = 0.0
            assert line.lost > 0
            line.down = False
            with pytest.raises(TimeoutError):
                await echoed(reader, writer, b"half", 0.1)
            line.down = True
            async with asyncio.timeout(DEADLINE_S):
                assert await reader.readexactly(4) == b"half"
        finally:
            writer.close()
            await writer.wait_closed()


async def test_a_line_leaves_nothing_behind() -> None:
    with packet_line() as line:
        name = line.prefix[-1]
        assert name in await listed()
    assert name not in await listed()


async def listed() -> str:
    """Return every namespace and device."""
    words = (("ip", "netns", "list"), ("ip", "-o", "link"))
    return "".join([
        (await asyncio.to_thread(subprocess.run, each, capture_output=True, text=True)).stdout
        for each in words
    ])  # fmt: skip
