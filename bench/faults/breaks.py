"""The ways in which things break that are more than one call, and what is looked at meanwhile."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.faults.enduring import Look, Scene
from bench.faults.packets import PacketLine
from bench.faults.proxy import Proxy
from bench.faults.site import Site
from bench.faults.watch import get, metric, until
from bench.faults.witness import let_through, strikes
from bench.shapes.result import Figure

__all__ = [
    "PING_S",
    "limits_hold",
    "line_was_bad",
    "moved_over",
    "nobody_struck",
    "nothing_late",
    "refused_traffic",
    "silence_given_up",
    "switched",
    "told_unchecked",
    "workers_ended",
    "workers_signalled",
    "workers_starved",
    "writers_replaced",
    "writers_signalled",
]

PING_S = 1.0
_LIMIT, _TRIED = 8, 12
_ENDS = 'seawall_model_ends_total{model="linear",why="restarts"}'
_WRITERS = 'seawall_journal_ends_total{why="%s"}'
_JOURNAL = 'seawall_degraded{dependency="journal"}'
_CONNECTIONS = "seawall_connections"
_PATIENCE_S = 30.0
_LEAST_BYTES = 1 << 20
_GRAIN_S = 1.0
"""What the gateway's timers and our asking may add to a stated time."""


@contextmanager
def switched(line: Proxy | PacketLine, **switches: float | bool) -> Iterator[None]:
    """Set switches of a proxy or a packet line, and set them back."""
    before = {name: getattr(line, name) for name in switches}
    for name, value in switches.items():
        setattr(line, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(line, name, value)


@contextmanager
def workers_signalled(number: signal.Signals, site: Site) -> Iterator[None]:
    """Send a signal to the text worker of each gateway; nobody takes it back."""
    for pid in site.workers:
        os.kill(pid, number)
    yield


@contextmanager
def workers_starved(site: Site) -> Iterator[None]:
    """Leave the text workers no more memory than they have, as if the rest had leaked away."""
    for pid in site.workers:
        most = resource.prlimit(pid, resource.RLIMIT_DATA)[1]
        resource.prlimit(pid, resource.RLIMIT_DATA, (_LEAST_BYTES, most))
    yield


@contextmanager
def writers_signalled(number: signal.Signals, site: Site) -> Iterator[None]:
    """Send a signal to the journal's writer of each gateway; nobody takes it back."""
    for pid in site.writers:
        os.kill(pid, number)
    yield


async def limits_hold(scene: Scene) -> list[Figure]:
    """See that of a user's messages exactly as many pass at each gateway as the limit says."""
    off = 0
    for each in scene.site.gateways:
        off += abs(await let_through(each.listen, scene.site.key, _TRIED) - _LIMIT)
    return [Figure(f"messages off a limit of {_LIMIT}, meanwhile", off, bar=0)]


async def nobody_struck(scene: Scene) -> list[Figure]:
    """See that strikes were given before, and none while windows were counted by gateways alone."""
    where = scene.site.where
    told = await asyncio.to_thread(strikes, where, scene.told, scene.ended)
    before = await asyncio.to_thread(strikes, where, 0.0, scene.began)
    return [
        Figure("strikes while it was told", told, bar=0),
        Figure("  strikes before", before, bar=1, least=True),
    ]


async def refused_traffic(scene: Scene) -> list[Figure]:
    """See that both gateways send traffic away by /readyz."""

    async def is_refused() -> bool:
        return all([(await get(each.http, "/readyz"))[0] == 503 for each in scene.site.gateways])

    took = await until(is_refused, _PATIENCE_S)
    return [Figure("/readyz answers 503 after", took, "s", 2.0)]


def workers_ended(bar: float | None) -> Look:
    """Return a look that waits until both gateways have counted the end of their worker."""

    async def look(scene: Scene) -> list[Figure]:
        gateways = scene.site.gateways

        async def have_ended() -> bool:
            return all([await metric(each.http, _ENDS) > 0 for each in gateways])

        await until(have_ended, _PATIENCE_S)
        scene.told = time.time()
        return [Figure("noticed after", scene.told - scene.began, "s", bar)]

    return look


def writers_replaced(why: str, bar: float) -> Look:
    """Return a look that waits until both gateways have another writer, which answers."""

    async def look(scene: Scene) -> list[Figure]:
        gateways = scene.site.gateways

        async def are_replaced() -> bool:
            ends = [await metric(each.http, _WRITERS % why) for each in gateways]
            return all(ends) and not any([await metric(each.http, _JOURNAL) for each in gateways])

        await until(are_replaced, _PATIENCE_S)
        scene.told = time.time()
        return [
            Figure(
                "both have another writer, which answers, after", scene.told - scene.began, "s", bar
            )
        ]

    return look


def told_unchecked(rule: str) -> Look:
    """Return a look that counts messages of the fault's time that say they were not examined."""

    async def look(scene: Scene) -> list[Figure]:
        told = sum(
            any(reason["rule"] == rule for reason in lines[0]["reasons"]) and lines[0]["late"]
            for each in scene.crowds
            for ref, lines in each.verdicts.items()
            if scene.began - _GRAIN_S <= each.sent_at[ref] <= scene.ended
        )
        return [Figure(f"verdicts late by {rule}", told, bar=1, least=True)]

    return look


async def moved_over(scene: Scene) -> list[Figure]:
    """See that A's server noticed at all."""
    return [Figure("breaks of the server's connection", scene.crowds[0].breaks, bar=1, least=True)]


async def silence_given_up(scene: Scene) -> list[Figure]:
    """See how soon gateway A gives a connection up from which it hears nothing."""

    async def is_given_up() -> bool:
        return await metric(scene.site.a.http, _CONNECTIONS) == 0

    await until(is_given_up, _PATIENCE_S)
    bar = 2 * PING_S + _GRAIN_S
    took = time.time() - scene.began
    return [Figure(f"a silent line is given up (pings each {PING_S:g} s), after", took, "s", bar)]


async def line_was_bad(scene: Scene) -> list[Figure]:
    """See that the line did what it was told."""
    site = scene.site
    if site.layout.line == "packets":
        felt = site.packets.lost + site.packets.held_back
        return [Figure("packets lost or held back", felt, bar=1, least=True)]
    return [Figure("pieces held back", site.line.held_back, bar=1, least=True)]


async def nothing_late(scene: Scene) -> list[Figure]:
    """See that no verdict is late: budgets count from the read, and a line is nobody's lateness."""
    late = sum(
        bool(lines[0].get("late"))
        for each in scene.crowds
        for ref, lines in each.verdicts.items()
        if scene.began <= each.sent_at[ref] <= scene.ended
    )
    return [Figure("verdicts called late for the line's sake", late, bar=0)]
