"""What a machine that is busy with others cost: how long processes stood in line for a core.

The kernel counts it (schedstat). A process that waits for a lock, a disk or an answer sleeps and
stands in no line, so that none of what it waited for itself is excused.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.faults.steady import Steady

__all__ = ["Cores", "own_ms"]

_EVERY_S = 0.02


class Cores:
    """The waits of some processes' main threads; looked at while `watching`."""

    def __init__(self, *pids: int) -> None:
        self._stats = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        self._at: list[float] = []
        self._waited_s: list[float] = []

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look until the block ends."""
        self._look()
        looking = asyncio.create_task(self._go_on(), name="cores")
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def waited_ms(self, since: float, until: float) -> float:
        """Return how long they waited between two moments, or a little around them."""
        first = max(0, bisect_right(self._at, since) - 1)
        last = min(len(self._at) - 1, bisect_left(self._at, until))
        return (self._waited_s[last] - self._waited_s[first]) * 1000

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self._look()

    def _look(self) -> None:
        waited_ns = sum(int(each.read_text("ascii").split()[1]) for each in self._stats)
        self._at.append(time.time())
        self._waited_s.append(waited_ns / 1e9)


def own_ms(crowd: Steady, cores: Cores, since: float, until: float) -> list[float]:
    """Return the verdicts' milliseconds between two moments, less their waits for a core."""
    return [
        max(0.0, float(lines[0]["ms"]["total"]) - cores.waited_ms(sent, crowd.heard_at[ref]))
        for ref, lines in crowd.verdicts.items()
        if since <= (sent := crowd.sent_at[ref]) < until
    ]
