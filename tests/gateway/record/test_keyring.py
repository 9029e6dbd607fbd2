"""The gateway's keys follow the table: new ones are found, revoked ones are told of in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.database import Where, ensure
from gateway.record.keyring import KeyRing
from gateway.record.keys import keys_list, keys_new, keys_revoke, keys_rotate
from seawall.errors import ConfigError, RecordUnavailable
from tests.gateway.record.making import change, eventually


@pytest.fixture
async def ring(data: Path) -> AsyncIterator[KeyRing]:
    it = KeyRing(data)
    await it.refresh()
    yield it
    it.close()


async def test_a_key_is_found_after_the_next_refresh(data: Path, ring: KeyRing) -> None:
    key = await asyncio.to_thread(keys_new, data, "acme", "moderator", "ann")
    assert await ring.refresh() == frozenset()
    found = ring.find(key)
    assert found is not None
    assert (found.tenant, found.role, found.name) == ("acme", "moderator", "ann")


@pytest.mark.parametrize(
    "key", ["", "sw_", "sw_wrong", "Bearer", "sw_\ud800", "sw_" + "a" * 10_000]
)
async def test_what_is_nobodys_key_finds_nobody(ring: KeyRing, key: str) -> None:
    assert ring.find(key) is None


async def test_a_revoked_key_is_told_of_within_two_seconds(data: Path, ring: KeyRing) -> None:
    keys = [await asyncio.to_thread(keys_new, data, "acme", "server", name) for name in "ab"]
    await ring.refresh()
    told: list[frozenset[str]] = []
    watching = asyncio.create_task(ring.watch(told.append))
    revoked = await asyncio.to_thread(keys_revoke, data, "a")
    began = time.monotonic()
    await eventually(lambda: bool(told))
    assert time.monotonic() - began <= 2.0
    assert told == [frozenset({revoked.id})]
    assert [ring.find(key) is None for key in keys] == [True, False]
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.fault
async def test_while_the_table_cannot_be_read_the_known_keys_stay_good(
    data: Path, ring: KeyRing
) -> None:
    key = await asyncio.to_thread(keys_new, data, "acme", "server", "a")
    await ring.refresh()
    told: list[frozenset[str]] = []
    watching = asyncio.create_task(ring.watch(told.append, every_s=0.01))
    await asyncio.to_thread(change, data, "UPDATE keys SET revoked = NULL")
    await asyncio.to_thread(rename, data, "keys", "gone")
    await eventually(lambda: ring.stale_s() > 0.1)
    with pytest.raises(RecordUnavailable):
        await ring.refresh()
    assert ring.find(key) is not None
    await asyncio.to_thread(rename, data, "gone", "keys")
    await eventually(lambda: ring.stale_s() < 0.1)
    await asyncio.to_thread(keys_revoke, data, (await asyncio.to_thread(keys_list, data))[0].id)
    await eventually(lambda: bool(told))
    assert ring.find(key) is None
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def rename(data: Path, old: str, new: str) -> None:
    change(data, f"ALTER TABLE {old} RENAME TO {new}")


def test_without_a_record_there_are_no_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no record"):
        KeyRing(tmp_path)


async def test_a_key_made_this_moment_works_at_once(tmp_path: Path) -> None:
    ensure(tmp_path)
    ring = KeyRing(tmp_path)
    try:
        await ring.refresh()
        made = await asyncio.to_thread(keys_new, tmp_path, "t", "server", "fresh")
        found = ring.find(made)
        assert found is not None
        assert found.name == "fresh"
        await asyncio.to_thread(keys_revoke, tmp_path, "fresh")
        assert await ring.refresh() == frozenset({found.id})
        assert ring.find(made) is None
    finally:
        ring.close()


async def test_an_expired_key_ends_like_a_revoked_one(
    data: Path, ring: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "seawall.keys")
    key = await asyncio.to_thread(keys_new, data, "acme", "server", "chat-1")
    await ring.refresh()
    done = await asyncio.to_thread(keys_rotate, data, "chat-1", 0.3)
    told: list[frozenset[str]] = []
    watching = asyncio.create_task(ring.watch(told.append))
    ring.poke()
    await eventually(lambda: "key rotated" in caplog.messages)
    assert ring.find(key) is not None
    await eventually(lambda: ring.find(key) is None)
    assert time.time() - (done.old.expires or 0.0) < 0.2
    await eventually(lambda: bool(told))
    assert time.time() - (done.old.expires or 0.0) <= 2.0
    assert told == [frozenset({done.old.id})]
    assert ring.find(done.key) is not None
    assert caplog.messages[-1] == "key expired"
    assert not any(part in caplog.text for part in (key, done.key, key[3:]))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.fault
async def test_a_key_expires_while_the_table_cannot_be_read(data: Path, ring: KeyRing) -> None:
    key = await asyncio.to_thread(keys_new, data, "acme", "server", "a", 0.3)
    await ring.refresh()
    assert ring.find(key) is not None
    await asyncio.to_thread(rename, data, "keys", "gone")
    told: list[frozenset[str]] = []
    watching = asyncio.create_task(ring.watch(told.append, every_s=0.05))
    await eventually(lambda: bool(told))
    assert ring.find(key) is None
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_a_poke_makes_the_watch_look_now(data: Path, ring: KeyRing) -> None:
    await asyncio.to_thread(keys_new, data, "acme", "server", "a")
    await ring.refresh()
    told: list[frozenset[str]] = []
    watching = asyncio.create_task(ring.watch(told.append, every_s=1000.0))
    await asyncio.to_thread(keys_revoke, data, "a")
    ring.poke()
    await eventually(lambda: bool(told))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_a_key_found_while_the_table_is_read_is_not_taken_for_revoked(data: Path) -> None:
    ring = KeyRing(data)
    try:
        await ring.refresh()
        reading = asyncio.create_task(ring.refresh())
        made = await asyncio.to_thread(keys_new, data, "t", "server", "fresh")
        assert ring.find(made) is not None
        assert await reading == frozenset()
        assert await ring.refresh() == frozenset()
        assert ring.find(made) is not None
    finally:
        ring.close()


async def test_two_gateways_on_one_database_end_keys_both(where: Where) -> None:
    made = await asyncio.to_thread(keys_new, where, "t", "server", "a")
    turned = await asyncio.to_thread(keys_new, where, "t", "server", "b")
    rings = [KeyRing(where), KeyRing(where)]
    for ring in rings:
        await ring.refresh()
        assert ring.find(made) is not None
    told: list[frozenset[str]] = []
    watching = [asyncio.create_task(ring.watch(told.append)) for ring in rings]
    revoked = await asyncio.to_thread(keys_revoke, where, "a")
    rotated = await asyncio.to_thread(keys_rotate, where, "b", 0.0)
    began = time.monotonic()
    await eventually(lambda: len([key for keys in told for key in keys]) == 4)
    assert time.monotonic() - began <= 2.0
    assert frozenset().union(*told) == {revoked.id, rotated.old.id}
    for ring in rings:
        assert (ring.find(made), ring.find(turned)) == (None, None)
    await eventually(lambda: all(ring.find(rotated.key) == rotated.made for ring in rings))
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    for ring in rings:
        ring.close()


def test_keys_are_kept_alike_in_either_database(where: Where) -> None:
    keys_new(where, "acme", "moderator", "ann", 60.0)
    (before,) = keys_list(where)
    done = keys_rotate(where, "ann", 3600.0)
    assert done.old == before
    assert keys_list(where) == [done.old, done.made]
    assert keys_revoke(where, done.made.id) == keys_list(where)[1]
