"""Kill a gateway at random points under load, again and again, and ask what it forgot."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from bench.faults.crowd import Crowd, Line, chat
from bench.faults.promises import Kept, kept
from bench.faults.victim import Victim
from bench.faults.witness import settled

__all__ = ["kill_runs", "kill_waves", "messages"]

ROUND_S = 60.0
_WORDS = ("ship", "moon", "tide", "harbour", "gull", "rope", "salt", "anchor", "sail", "reef")


def messages(count: int, seed: int) -> Iterator[Line]:
    """Return messages for the tests' policy: a tenth restricted, by words, windows and labels."""
    chance = random.Random(seed)
    for number in range(count):
        kind = chance.random()
        word = (
            "blockword" if kind < 0.04 else "holdword" if kind < 0.06
            else "muteword" if kind < 0.065 else "maskword" if kind < 0.08 else "friend"
        )  # fmt: skip
        text = f"{word} {seed} {number} {' '.join(chance.choices(_WORDS, k=6))}"
        flooding = kind > 0.97
        user = f"flooder{seed}" if flooding else f"u{number % 4000}"
        room = f"r{number % 2}" if flooding else f"r{number % 40}"
        yield chat(f"m{seed}-{number}", room, user, text, time.time())


async def kill_runs(victim: Victim, key: str, runs: int, count: int, seed: int) -> Kept:
    """Send `count` messages `runs` times, each time with a kill at a random point in mid-flight.

    Raises AssertionError when a kill did not land while messages waited for their verdicts.
    """
    crowds = await kill_waves(victim, key, runs, count, seed)
    return await asyncio.to_thread(kept, victim.where, crowds, runs * count)


async def kill_waves(victim: Victim, key: str, runs: int, count: int, seed: int) -> list[Crowd]:
    """Do what `kill_runs` does, stop the gateway, and return who sent and heard."""
    chance = random.Random(seed)
    crowds = []
    for number in range(runs):
        crowd = Crowd(f"ws://{victim.listen}/v1", key, messages(count, seed * 1000 + number))
        crowds.append(crowd)
        async with asyncio.timeout(ROUND_S):
            # Every second time the journal's writer and Valkey die with it, as with their host.
            kill = victim.kill_all if number % 2 else victim.kill
            await _one_run(victim, crowd, chance.randrange(1, count - 200), kill)
    await settled(victim.where, victim.listen, key)
    await asyncio.to_thread(victim.stop)
    return crowds


async def _one_run(victim: Victim, crowd: Crowd, mark: int, kill: Callable[[], None]) -> None:
    running = asyncio.create_task(crowd.run())
    # Without a breath in between: the moment must not wait for a quiet one.
    while crowd.answered < mark or not crowd.open:
        await asyncio.sleep(0)
        assert not running.done(), "everything was answered before the kill"
    await asyncio.to_thread(kill)
    assert crowd.open, "the kill was to land in mid-flight"
    await asyncio.to_thread(victim.start)
    await running
    assert crowd.breaks == 1, f"{crowd.breaks} connections broke: {dict(crowd.errors)}"
