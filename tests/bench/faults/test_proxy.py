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


async def test_one_direction_can_be_silent_alone() -> None:
    async with echo() as target, Proxy.before(target) as proxy:
        reader, writer = await dial(proxy.address)
        proxy.stalled_back = True
        writer.write(b"half")
        async with asyncio.timeout(DEADLINE_S):
            while proxy.passed < 4:  # noqa: ASYNC110  # another task's count
                await asyncio.sleep(0.001)
        assert (proxy.passed_back, proxy.stalled) == (0, False)
        proxy.stalled_back = False
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.readexactly(4) == b"half"
        writer.close()
        await writer.wait_closed()


async def test_what_is_lost_comes_later_and_in_order() -> None:
    async with echo() as target, Proxy.before(target) as proxy:
        proxy.loss, proxy.jitter_s = 0.3, 0.002
        reader, writer = await dial(proxy.address)
        sent = bytes(range(100)) * 3
        for start in range(0, len(sent), 30):
            writer.write(sent[start : start + 30])
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.readexactly(len(sent)) == sent
        assert proxy.held_back > 0
        writer.close()
        await writer.wait_closed()


async def test_a_delay_does_not_make_the_line_narrower() -> None:
    """Ten pieces, each seen by the proxy apart, are not ten delays late."""
    async with echo() as target, Proxy.before(target) as proxy:
        reader, writer = await dial(proxy.address)
        proxy.delay_s = 0.1
        began = asyncio.get_running_loop().time()
        for number in range(10):
            before = proxy.held_back
            writer.write(b"x")
            async with asyncio.timeout(DEADLINE_S):
                while proxy.held_back == before:  # noqa: ASYNC110  # another task's count
                    await asyncio.sleep(0.001)
            assert proxy.held_back > number
        async with asyncio.timeout(DEADLINE_S):
            await reader.readexactly(10)
        # One delay each way; half of ten delays in a row would already be more.
        assert asyncio.get_running_loop().time() - began < 2 * 0.5
        writer.close()
        await writer.wait_closed()
