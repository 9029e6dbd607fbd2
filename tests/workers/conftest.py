"""Workers that the tests start: real processes that load small real models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from workers.client import Heard, Model, TextWorkers
from workers.units import Option

__all__ = ["ROOT", "Start", "heard", "model", "until"]

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., Awaitable[TextWorkers]]


def model(which: str = "Words", name: str = "words", *, batch: int = 64, units: int = 256,
          size_bytes: int = 1 << 20, patience_s: float = 1.0, start_s: float = 10.0,
          memory_mb: int = 512, **options: Option) -> Model:  # fmt: skip
    """Describe one of the small models."""
    where = f"tests.workers.small_models:{which}"
    limits = (batch, units, size_bytes, patience_s, start_s, memory_mb)
    return Model(name, where, "words.", options, *limits)


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  (what is waited for is of another process)
            await asyncio.sleep(0.002)


async def heard(
    workers: TextWorkers, text: str, seconds: float = 5.0, name: str = "words"
) -> Heard:
    """Ask about one text and wait for what is heard of it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Heard] = loop.create_future()
    workers.ask(name, text, until=loop.time() + seconds, done=future.set_result)
    return await future


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Give a function that starts workers; they are ended with the test."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    started: list[TextWorkers] = []

    async def go(*models: Model) -> TextWorkers:
        workers = TextWorkers(models)
        started.append(workers)
        await workers.start()
        return workers

    yield go
    for workers in started:
        await workers.close()
