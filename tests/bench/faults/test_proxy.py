"""The proxy passes everything, in order, and breaks exactly what it was told to break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.faults.proxy import Proxy

DEADLINE_S = 5.0


@asynccontextmanager
async def echo() -> AsyncIterator[str]:
    """Run a TCP echo."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        except ConnectionResetError:
            writer.transport.abort()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def dial(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Read until the connection ends, in whatever way."""
    try:
        while await reader.read(100):
            pass
    except ConnectionResetError:
        return True
    return True


@pytest.mark.parametrize("dribble", [0, 1, 7])
async def test_what_goes_in_comes_out(dribble: int) -> None:
    async with echo() as target, Proxy.before(target) as proxy:
        proxy.dribble = dribble
        proxy.delay_s = 0.001
        reader, writer = await dial(proxy.address)
        sent = bytes(range(256)) * 4
        writer.write(sent)
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.readexactly(len(sent)) == sent
        writer.close()
        await writer.wait_closed()
        assert proxy.passed == len(sent)


async def test_a_cut_lands_after_the_byte_it_was_told() -> None:
    async with echo() as target, Proxy.before(target) as proxy:
        proxy.cut_after(10)
        reader, writer = await dial(proxy.address)
        writer.write(b"0123456789abcdef")
        async with asyncio.timeout(DEADLINE_S):
            assert await ended(reader)
        assert proxy.passed == 10
        writer.close()


async def test_a_stall_holds_and_lets_go() -> None:
    async with echo() as target, Proxy.before(target) as proxy:
        proxy.stalled = True
        reader, writer = await dial(proxy.address)
        writer.write(b"late")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await reader.read(10)
        proxy.stalled = False
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.readexactly(4) == b"late"
        writer.close()
        await writer.wait_closed()
