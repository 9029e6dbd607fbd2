"""Ask a WindowStore as the gateway does, with waits that a busy machine keeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from gateway.state.store import WindowStore
from seawall.windows import Check, Mode, Spec

__all__ = [
    "LIMIT_10",
    "MANY",
    "PATIENT_MS",
    "Answer",
    "Asking",
    "ask",
    "checks_on",
    "open_store",
    "within",
]

Answer = tuple[list[int], bool]

LIMIT_10 = Spec(Mode.HITS_ACCEPTED, 10, 60_000)
MANY = Spec(Mode.HITS_ACCEPTED, 1_000_000, 60_000)
PATIENT_MS = 2_000.0
"""A deadline no test machine misses by being busy, for tests of what is answered in time."""


@asynccontextmanager
async def open_store(
    url: str, deadline_ms: float = PATIENT_MS, patience_s: float = 5.0
) -> AsyncIterator[WindowStore]:
    """Give a started store."""
    store = WindowStore(url, deadline_ms=deadline_ms)
    await store.start(patience_s)
    try:
        yield store
    finally:
        await store.close()


async def ask(store: WindowStore, checks: Sequence[Check], now_ms: int | None = None) -> Answer:
    """Submit and wait for the answer, which never comes from within submit."""
    reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    store.submit(checks, now_ms, lambda counts, degraded: reply.set_result((counts, degraded)))
    assert not reply.done(), "never from within submit"
    async with asyncio.timeout(5.0):
        return await reply


def checks_on(key: str, many: int, spec: Spec = LIMIT_10, start: int = 0) -> list[Check]:
    """Return checks of as many members on one key."""
    return [Check(spec, key, str(member)) for member in range(start, start + many)]


async def within(seconds: float, condition: Callable[[], bool]) -> None:
    """Wait for what other processes do."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # they set no event
            await asyncio.sleep(0.002)


class Asking:
    """Keeps asking from several tasks at once and notes how long answers took, seconds."""

    def __init__(self, store: WindowStore, keys: Sequence[str], askers: int = 8) -> None:
        self._store = store
        self._keys = keys
        self._askers = askers
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.took: list[float] = []
        self.degraded: dict[str, int] = dict.fromkeys(keys, 0)
        self.asked = 0

    async def __aenter__(self) -> Asking:
        """Begin."""
        self._tasks = [asyncio.create_task(self._ask(number)) for number in range(self._askers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; a failed asker fails the test."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def settle(self) -> dict[str, int]:
        """Return how many answers were local, once those asked before now have come."""
        asked = self.asked
        await within(5.0, lambda: self.asked > asked + 2 * self._askers)
        return dict(self.degraded)

    async def go_on(self, many: int) -> None:
        """Wait for as many more answers."""
        asked = self.asked
        await within(5.0, lambda: self.asked > asked + many)

    async def _ask(self, number: int) -> None:
        turn = 0
        while not self._stop.is_set():
            key = self._keys[(number + turn) % len(self._keys)]
            turn += 1
            started = time.perf_counter()
            counts, degraded = await ask(self._store, [Check(MANY, key, f"{number} {turn}")])
            self.took.append(time.perf_counter() - started)
            assert len(counts) == 1
            assert counts[0] > 0
            self.degraded[key] += degraded
            self.asked += 1
