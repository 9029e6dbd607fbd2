"""A crowd that speaks at an even pace for as long as it is let: what a fault happens beneath."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import islice

import websockets
from websockets.asyncio.client import ClientConnection

from bench.faults.crowd import BATCH, Crowd, Line, send_batch

__all__ = ["Steady", "p99"]

BURST = 4
"""Messages that leave together."""


class Steady(Crowd):
    """Sends `rate` messages a second from a source that need not end. Run it with `speaking`.

    `sent_at` says when each message was sent first, seconds since the epoch.
    """

    def __init__(
        self,
        uri: str,
        key: str,
        source: Iterator[Line],
        rate: float,
        name: str = "steady",
        others: Iterable[str] = (),
        patience_s: float | None = None,
    ) -> None:
        super().__init__(uri, key, (), name=name, others=others, patience_s=patience_s)
        self.sent_at: dict[str, float] = {}
        self._source = source
        self._rate = rate
        self._stay = self._enough = asyncio.Event()

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """Speak until the block ends, and then until everything has its verdict."""
        running = asyncio.create_task(self.run())
        try:
            async with asyncio.timeout(10.0):
                while not self.connected.is_set():
                    assert not running.done(), running.exception()
                    await asyncio.sleep(0.01)
            yield
            self._enough.set()
            async with asyncio.timeout(20.0):
                await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def totals(self, since: float, until: float) -> list[float]:
        """Return the verdicts' own milliseconds, of messages first sent between two moments.

        A verdict that another gateway gave before, told again from the record, counts none.
        """
        return [
            float(lines[0]["ms"]["total"])
            for ref, lines in self.verdicts.items()
            if since <= self.sent_at[ref] < until and "total" in lines[0]["ms"]
        ]

    def unanswered(self, until: float) -> int:
        """Count messages sent before a moment that have no verdict."""
        return sum(self.sent_at[ref] < until for ref in self.open)

    def restrictions(self, moment: float) -> tuple[list[str], list[str]]:
        """Return ids whose verdict restricts, of messages sent before a moment, and after it."""
        parts: tuple[list[str], list[str]] = ([], [])
        for ref in self.restricted:
            parts[self.sent_at[ref] >= moment].append(ref)
        return parts

    async def _send(self, connection: ClientConnection) -> None:
        with suppress(websockets.ConnectionClosed):
            again = list(self.open.values())
            for start in range(0, len(again), BATCH):
                await send_batch(connection, again[start : start + BATCH])
            due = time.monotonic()
            while not self._enough.is_set():
                items = list(islice(self._source, BURST))
                for item in items:
                    self.open[item["id"]] = self.sent[item["id"]] = item
                    self.sent_at[item["id"]] = time.time()
                await send_batch(connection, items)
                due = max(due + len(items) / self._rate, time.monotonic() - 0.1)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            while self.open:
                self._room.clear()
                await self._room.wait()
            self.finished.set()
            await connection.close()


def p99(values: list[float]) -> float:
    """Return the value under which 99 of 100 lie."""
    return sorted(values)[len(values) * 99 // 100]
