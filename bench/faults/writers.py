"""The journal's writers killed or stopped for good, so many times, each time at another moment."""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from bench.faults import breaks as on
from bench.faults.enduring import CALM_S, Break, endure
from bench.shapes.result import Figure
from gateway.http.readiness import JOURNAL_LATE_S
from gateway.record.silence import PATIENCE_S

__all__ = ["KILLED_S", "MOST_RUNS", "SILENT_S", "stopped", "worst"]

SILENT_S = PATIENCE_S + 3.0
"""How soon a silent writer has a successor: what it is given, looks at it, and a start."""
KILLED_S = 2.0
"""How soon a dead one has."""
MOST_RUNS = 10
"""Each has a site of its own, and a quarter of a minute: a gateway waits longer each time."""
_GRAIN_S = 1.0


async def stopped(folder: Path, runs: int) -> list[Figure]:
    """Stop the writers of both gateways for good (SIGSTOP); return the worst of the runs."""
    how = partial(
        Break,
        partial(on.writers_signalled, signal.SIGSTOP),
        tells="journal",
        told_s=JOURNAL_LATE_S + _GRAIN_S,
        during=(on.writers_replaced("silent", SILENT_S),),
        mended=False,
        is_prompt=False,
    )
    chance = random.Random(runs)
    many = max(1, min(runs, MOST_RUNS))
    found = []
    for number in range(many):
        place = folder / str(number)
        place.mkdir()
        found.append(await endure(place, how(calm_s=CALM_S + chance.random())))
    return [*worst(found), Figure("runs", many, "runs")]


def worst(runs: Sequence[Sequence[Figure]]) -> list[Figure]:
    """Return of each figure the run in which it was worst, with what any run has to say of it."""
    ordered = []
    for same in zip(*runs, strict=True):
        pick = min if same[0].least else max
        whys = dict.fromkeys(each.why for each in same if each.why)
        chosen = pick(same, key=lambda each: each.value)
        ordered.append(replace(chosen, why="; ".join(whys)))
    return ordered
