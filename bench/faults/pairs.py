"""Gateways killed and stopped at random points in mid-flight, while another one stands beside."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Literal

from bench.faults.crowd import Crowd
from bench.faults.judged import promised
from bench.faults.kills import messages
from bench.faults.site import Layout, Site, site_of
from bench.faults.victim import Victim
from bench.shapes.result import Figure

__all__ = ["MOVED_S", "pair_runs"]

MESSAGES = 600
"""Of each of the two servers in each run."""
PATIENCE_S = 1.0
MOVED_S = PATIENCE_S + 2.0
"""How soon the other gateway has answered all that the lost one owed."""
_INFLIGHT = 64
_RUN_S = 60.0
_AROUND_S = (0.8 * PATIENCE_S, 1.6 * PATIENCE_S)
_STOPPED_S = ((0.1, 0.4), _AROUND_S, _AROUND_S, (2.0, 3.0))
"""Half of them around the moment at which a server gives up and goes over: the stopped gateway goes
on when the other one decides what it had, and their commits meet."""


async def pair_runs(
    folder: Path, how: Literal["kill", "stop"], runs: int, seed: int
) -> list[Figure]:
    """Kill or stop one of two gateways `runs` times, in turns, each at a random point under load.

    Raises RuntimeError when one did not land while messages waited for their verdicts.
    """
    chance = random.Random(seed)
    moved: list[float] = []
    async with site_of(folder, Layout()) as site:
        for number in range(runs):
            wave = _wave(site, seed * 1000 + 2 * number)
            site.crowds += wave
            async with asyncio.timeout(_RUN_S):
                moved.append(await _one_run(site, wave, number % 2, how, chance))
        kept, fell = await site.end()
    return [
        *promised(kept, fell),
        Figure("runs", runs, "runs"),
        Figure("  messages of all of them", sum(len(each.sent) for each in site.crowds)),
        Figure("what it owed was answered by the other after", max(moved), "s", MOVED_S),
    ]


def _wave(site: Site, seed: int) -> list[Crowd]:
    """Return two servers, one to each gateway, that go to the other one when theirs is gone."""
    uris = site.uris
    return [
        Crowd(
            uris[place],
            site.key,
            messages(MESSAGES, seed + place),
            _INFLIGHT,
            f"server-{'ab'[place]}",
            (uris[1 - place],),
            PATIENCE_S,
        )
        for place in (0, 1)
    ]


async def _one_run(
    site: Site, wave: list[Crowd], place: int, how: Literal["kill", "stop"], chance: random.Random
) -> float:
    """Break the gateway of one of them in mid-flight; return how long what it owed was waiting."""
    gateway, crowd = site.gateways[place], wave[place]
    running = asyncio.gather(*(each.run() for each in wave))
    mark = chance.randrange(1, MESSAGES - 2 * _INFLIGHT)
    # Without a breath in between: the moment must not wait for a quiet one.
    while crowd.answered < mark or not crowd.open:
        await asyncio.sleep(0)
        if running.done():
            raise RuntimeError("everything was answered before the fault")
    if how == "kill":
        kill = chance.choice((gateway.kill, gateway.kill_all))
        await asyncio.to_thread(kill)
        took = await _answered(crowd)
        await asyncio.to_thread(gateway.start)
    else:
        took = await _stopped(gateway, crowd, chance.uniform(*chance.choice(_STOPPED_S)))
    await running
    return took


async def _stopped(gateway: Victim, crowd: Crowd, seconds: float) -> float:
    waiting = asyncio.create_task(_answered(crowd))
    await asyncio.sleep(0)  # it looks at what is open now
    gateway.pause()
    try:
        await asyncio.sleep(seconds)  # the fault itself
    finally:
        gateway.resume()
    return await waiting


async def _answered(crowd: Crowd) -> float:
    """Wait until nobody waits for what is open now; return how long that took."""
    owed, began = set(crowd.open), time.monotonic()
    while owed & crowd.open.keys():  # noqa: ASYNC110  # a state, not an event
        await asyncio.sleep(0.002)
    return time.monotonic() - began
