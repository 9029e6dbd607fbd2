"""Claims about the way to the store: it is up only while the server has proved that it counts."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.state.address import Address
from gateway.state.lane import Lane
from gateway.state.link import Link
from gateway.state.script import Script
from gateway.state.valkey import ValkeyServer
from seawall.errors import ConfigError, StateUnavailable

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def linked(
    path: str, downs: list[str] | None = None, patience_s: float = 5.0, deadline_s: float = 1.0
) -> AsyncIterator[Link]:
    told = downs if downs is not None else []
    link = Link(Address(path=path), Script(), deadline_s, lambda: told.append("down"))
    await link.start(patience_s)
    try:
        yield link
    finally:
        await link.close()


def reasons_in(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(str(getattr(record, "fields", "")) for record in caplog.records)


async def test_it_is_up_once_a_probe_was_answered(valkey: ValkeyServer) -> None:
    async with linked(valkey.path) as link:
        assert link.up
    assert not link.up


async def test_without_a_server_it_starts_down_and_comes_up_by_itself(
    valkey: ValkeyServer, tmp_path: Path, until: Until
) -> None:
    later = tmp_path / "later"
    async with linked(str(later), patience_s=0.01) as link:
        assert not link.up
        with pytest.raises(StateUnavailable):
            link.send(b"", lambda _: None)
        later.symlink_to(valkey.path)
        await until(lambda: link.up)


async def test_a_doubt_takes_it_down_until_the_next_probe(
    valkey: ValkeyServer, until: Until
) -> None:
    downs: list[str] = []
    async with linked(valkey.path, downs) as link:
        link.doubt("somebody was let down")
        assert not link.up
        link.doubt("somebody else too")
        assert downs == ["down"]
        await until(lambda: link.up)


@pytest.mark.fault
async def test_a_frozen_server_does_not_bring_it_up(valkey: ValkeyServer, until: Until) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    async with linked(valkey.path, patience_s=0.05) as link:
        assert not link.up
        os.kill(valkey.pid, signal.SIGCONT)
        await until(lambda: link.up)


async def test_a_slow_server_does_not_bring_it_up(
    valkey: ValkeyServer, caplog: pytest.LogCaptureFixture, until: Until
) -> None:
    async with linked(valkey.path, patience_s=0.01, deadline_s=0.0) as link:
        await until(lambda: "slow" in reasons_in(caplog))
        assert not link.up


async def test_a_server_out_of_memory_does_not_bring_it_up(
    valkey: ValkeyServer, lane: Lane, caplog: pytest.LogCaptureFixture, until: Until
) -> None:
    async with linked(valkey.path) as link:
        for name, value in (("maxmemory-policy", "noeviction"), ("maxmemory", "1")):
            await lane.request("CONFIG", "SET", name, value, deadline_s=5.0)
        link.doubt("test")
        await until(lambda: "OOM" in reasons_in(caplog))
        assert not link.up
        await lane.request("CONFIG", "SET", "maxmemory", "0", deadline_s=5.0)
        await until(lambda: link.up)


@pytest.mark.fault
async def test_a_killed_server_is_found_again(valkey: ValkeyServer, until: Until) -> None:
    downs: list[str] = []
    async with linked(valkey.path, downs) as link:
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        await until(lambda: downs == ["down"])
        await until(lambda: link.up)
        assert valkey.restarts == 1


async def test_the_same_trouble_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(str(tmp_path / "nowhere"), patience_s=0.3):
        pass
    said = [record for record in caplog.records if record.message == "windows store unavailable"]
    assert len(said) == 1


async def test_a_wrong_password_is_refused_at_start_and_never_told(
    valkey: ValkeyServer, lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    await lane.request("CONFIG", "SET", "requirepass", "right", deadline_s=5.0)
    address = Address(path=valkey.path, password="hunter2")
    link = Link(address, Script(), 1.0, lambda: None)
    with pytest.raises(ConfigError, match="WRONGPASS") as caught:
        await link.start(5.0)
    await link.close()
    told = " ".join(
        f"{record.message} {getattr(record, 'fields', '')}" for record in caplog.records
    )
    assert "WRONGPASS" in told
    assert "hunter2" not in f"{told} {caught.value}"


async def test_a_password_changed_later_is_degraded_told_and_forgiven(
    valkey: ValkeyServer, lane: Lane, caplog: pytest.LogCaptureFixture, until: Until
) -> None:
    async with linked(valkey.path) as link:
        await lane.request("CONFIG", "SET", "requirepass", "changed", deadline_s=5.0)
        await lane.request("AUTH", "changed", deadline_s=5.0)
        await lane.request("CLIENT", "KILL", "SKIPME", "yes", deadline_s=5.0)
        await until(lambda: not link.up and "NOAUTH" in reasons_in(caplog))
        await lane.request("CONFIG", "SET", "requirepass", "", deadline_s=5.0)
        await until(lambda: link.up)
