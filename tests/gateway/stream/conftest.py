"""A gateway's judging and acting, on a migrated record."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.record.database import ensure
from gateway.record.where import Where
from gateway.stream.limits import StreamLimits
from gateway.stream.setup import StreamPath
from tests.gateway.chat.nodes import Clock
from tests.gateway.stream.desk import Gate, Peer, write_stream_policy
from tests.gateway.stream.intakes import Keeper
from tests.workers.streams.conftest import small
from tests.workers.streams.small_worker import SmallOptions
from workers.streams.client import WorkerOptions


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stream-record")
    ensure(folder)
    return folder


@pytest.fixture
def where(blank: Path, tmp_path: Path) -> Where:
    data = tmp_path / "data"
    shutil.copytree(blank, data)
    return Where.of(data)


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stream_policy(tmp_path_factory.mktemp("stream-policy"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gate(where: Where, clock: Clock, policy: Path) -> AsyncIterator[Gate]:
    gate = Gate(where, clock, policy)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.close()


@pytest.fixture
async def peer(gate: Gate) -> Peer:
    peer = Peer()
    await gate.connect(peer)
    return peer


Making = Callable[[], Gate]


class Taking:
    """A path with its keeper and a clock that a test may push on."""

    def __init__(self, options: WorkerOptions, limits: StreamLimits) -> None:
        self.keeper = Keeper()
        self.ahead_s = 0.0
        self.path = StreamPath(
            options, limits, self.keeper, [self.keeper], wall=lambda: time.time() + self.ahead_s
        )


Make = Callable[..., Awaitable[Taking]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Give a function that starts a path; it is ended with the test."""
    made: list[Taking] = []

    async def go(
        options: WorkerOptions | None = None, limits: StreamLimits | None = None
    ) -> Taking:
        each = Taking(options or small(SmallOptions()), limits or StreamLimits())
        made.append(each)
        await each.path.start(15.0)
        return each

    yield go
    for each in made:
        await each.path.close()
