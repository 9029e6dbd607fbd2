"""A real Valkey for every test that wants one, on the loop the gateway runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop

from gateway.state.address import Address
from gateway.state.lane import Lane, connect
from gateway.state.valkey import ValkeyServer


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest_asyncio.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[ValkeyServer]:
    """Give a started embedded server."""
    server = ValkeyServer(memory_bytes=32 << 20, directory=tmp_path)
    await server.start()
    yield server
    await server.close()


@pytest_asyncio.fixture
async def lane(valkey: ValkeyServer) -> AsyncIterator[Lane]:
    """Give a connection to it."""
    lane = await connect(Address(path=valkey.path), lambda: None, 5.0)
    yield lane
    lane.close()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Give a wait for a condition, at most five seconds."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5.0):
            while not condition():  # noqa: ASYNC110  # of other processes, which set no event
                await asyncio.sleep(0.002)

    return wait
