"""Promise: a gateway killed at any moment loses, doubles and forgets nothing it has said."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.faults.crowd import Crowd, Line, chat
from bench.faults.promises import kept
from bench.faults.victim import Victim
from gateway.record.where import Where
from tests.gateway.live import write_policy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

MESSAGES = 10_000


def crowd_of(count: int, seed: int) -> Iterator[Line]:
    """Return messages of which about a tenth is restricted, some by windows."""
    chance = random.Random(seed)
    words = ["ship", "moon", "tide", "harbour", "gull", "rope", "salt", "anchor"]
    for number in range(count):
        kind = chance.random()
        word = (
            "blockword" if kind < 0.04 else "holdword" if kind < 0.06
            else "muteword" if kind < 0.065 else "maskword" if kind < 0.08 else "friend"
        )  # fmt: skip
        text = f"{word} {number} {' '.join(chance.choices(words, k=6))}"
        flooding = kind > 0.97
        user = "flooder" if flooding else f"u{number % 4000}"
        yield chat(f"m{seed}-{number}", f"r{number % 40}", user, text, time.time())


async def killed(victim: Victim, key: str, times: int, chance: random.Random) -> Crowd:
    """Let a crowd send everything while the gateway is killed `times` times in mid-flight."""
    messages = list(crowd_of(MESSAGES, chance.randrange(1 << 30)))
    crowd = Crowd(f"ws://{victim.listen}/v1", key, messages)
    running = asyncio.create_task(crowd.run())
    marks = sorted(chance.sample(range(200, MESSAGES - 500), times))
    for mark in marks:
        while crowd.answered < mark or not crowd.open:  # a moment, not an event
            await asyncio.sleep(0)
            assert not running.done()
        await asyncio.to_thread(victim.kill)
        await asyncio.to_thread(victim.start)
        assert crowd.open or crowd.answered < MESSAGES, "the kill was to land in mid-flight"
    async with asyncio.timeout(60):
        await running
    assert crowd.breaks >= times
    return crowd


async def test_ten_kills_under_load(tmp_path: Path) -> None:
    """Given 10 kills within 10,000 messages, every promise is kept."""
    victim = Victim(tmp_path, write_policy(tmp_path / "policy"))
    victim.data.mkdir(mode=0o700)
    chance = random.Random(11)
    from gateway.record.database import ensure

    await asyncio.to_thread(ensure, Where.of_path(victim.data))
    key = victim.key("t")
    with victim:
        crowd = await killed(victim, key, 10, chance)
        settled = asyncio.Event()
        staying = asyncio.create_task(crowd.obey_until(settled))
        await asyncio.sleep(3)
        settled.set()
        staying.cancel()
        victim.stop()
    found = kept(Where.of_path(victim.data), [crowd], MESSAGES)
    print(found, crowd.errors)
    assert found.restricted > MESSAGES / 20
    assert found.promises, found
