"""A gateway's judging and acting, on a migrated record."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.record.database import ensure
from gateway.record.where import Where
from tests.gateway.chat.nodes import Clock
from tests.gateway.stream.desk import Gate, Peer, write_stream_policy


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
