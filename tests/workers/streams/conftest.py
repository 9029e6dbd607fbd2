"""Workers of streams that the tests start: small real processes, or the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest

from tests.workers.streams.small_worker import SmallOptions
from workers.streams.client import StreamWorkers, WorkerOptions
from workers.streams.decoding import DecodingLimits
from workers.streams.host import HostLimits
from workers.streams.inference import InferenceLimits
from workers.streams.reports import Listened, Lost, Matched, Saw, Spoke
from workers.streams.units import Chosen, Ended, Failed, Heard, Missed, Opened, Same, Took

__all__ = ["Heap", "Start", "small", "until"]

_HERE = "tests.workers.streams"
SMALL = (f"{_HERE}.small_zygote", f"{_HERE}.small_worker", f"{_HERE}.small_worker")
T = TypeVar("T")
Start = Callable[..., Awaitable[StreamWorkers]]


class Heap:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.ends: list[tuple[str, bool]] = []

    def _keep(self, what: object) -> None:
        self.said.append(what)

    def opened(self, opened: Opened) -> None:
        self._keep(opened)

    def took(self, took: Took) -> None:
        self._keep(took)

    def chosen(self, chosen: Chosen) -> None:
        self._keep(chosen)

    def same(self, same: Same) -> None:
        self._keep(same)

    def heard(self, heard: Heard) -> None:
        self._keep(heard)

    def missed(self, missed: Missed) -> None:
        self._keep(missed)

    def failed(self, failed: Failed) -> None:
        self._keep(failed)

    def ended(self, ended: Ended) -> None:
        self._keep(ended)

    def saw(self, saw: Saw) -> None:
        self._keep(saw)

    def lost(self, lost: Lost) -> None:
        self._keep(lost)

    def spoke(self, spoke: Spoke) -> None:
        self._keep(spoke)

    def listened(self, listened: Listened) -> None:
        self._keep(listened)

    def matched(self, matched: Matched) -> None:
        self._keep(matched)

    def gone(self, why: str, again: bool) -> None:
        self.ends.append((why, again))

    def of(self, kind: type[T]) -> list[T]:
        return [each for each in self.said if isinstance(each, kind)]

    def taken(self) -> int:
        """Count the bytes that wait no more."""
        return sum(took.bytes for took in self.of(Took))


def small(
    vision: SmallOptions | None = None,
    speech: SmallOptions | None = None,
    decoding: DecodingLimits | None = None,
    patience_s: float = 1.0,
    spare: bool = False,
) -> WorkerOptions:
    """Describe small workers; those that are not named do not run."""
    limits = InferenceLimits(patience_s=patience_s, start_s=10.0, spare=spare, spare_after_s=0.0)
    return WorkerOptions(
        vision=vision,
        speech=speech,
        decoding=decoding or DecodingLimits(),
        host=HostLimits(answer_s=3.0),
        vision_limits=limits,
        speech_limits=limits,
        modules=SMALL,
    )


async def until(true: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  (what is waited for is of another process)
            await asyncio.sleep(0.005)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Give a function that starts workers; they are ended with the test."""
    started: list[StreamWorkers] = []

    async def go(options: WorkerOptions) -> StreamWorkers:
        workers = StreamWorkers(options)
        started.append(workers)
        await workers.start(15.0)
        return workers

    yield go
    for workers in started:
        await workers.close()
