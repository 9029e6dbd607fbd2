"""What a running gateway does by the clock: expiries, keys, reload, slow consumers, loop lag."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Protocol

from gateway.chat.commands import Commands
from gateway.chat.engine import Engine
from gateway.chat.holds import HoldDesk
from gateway.chat.rulesets import Rulesets
from gateway.config import Config
from gateway.log import log
from gateway.metrics import Metrics
from gateway.policy.watch import PolicyWatch
from gateway.record.keyring import KeyRing
from gateway.service import Service
from gateway.state.labels import Labels
from seawall.errors import RecordUnavailable

__all__ = ["Housekeeping"]

LAG_EVERY_S = 0.05
LAG_WINDOW_S = 1.0
SWEEP_EVERY_S = 0.25
HOLDS_EVERY_S = 0.5


class Running(Protocol):
    """The parts of a running gateway that need looking after."""

    config: Config
    metrics: Metrics
    keys: KeyRing
    labels: Labels
    commands: Commands
    holds: HoldDesk
    engine: Engine
    service: Service


class Housekeeping:
    """Owns the gateway's periodic tasks: they start and end with it."""

    def __init__(self, gateway: Running, rulesets: Rulesets) -> None:
        self._gateway = gateway
        self._watches = _watches(gateway, rulesets)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        gateway = self._gateway
        works: list[tuple[str, Coroutine[object, object, None]]] = [
            ("lag", self._lag()),
            ("sweep", self._sweep()),
            ("holds", self._holds()),
            ("keys", gateway.keys.watch(self._revoked)),
            *((f"policy {watch.name}", watch.run()) for watch in self._watches),
        ]
        for name, work in works:
            task = asyncio.create_task(work, name=name)
            task.add_done_callback(_must_not_end)
            self._tasks.append(task)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reload(self) -> None:
        """Look at the policy files now, not at the next second."""
        for watch in self._watches:
            watch.poke()

    def policy_loads(self) -> Counter[str]:
        """Count what became of policies since the start: loaded, refused, unchanged."""
        return sum((watch.counts for watch in self._watches), Counter())

    def _revoked(self, gone: frozenset[str]) -> None:
        self._gateway.service.revoke(gone)

    async def _lag(self) -> None:
        """Measure how late the loop wakes us, and keep the worst of the last second."""
        worst, since = 0.0, time.monotonic()
        while True:
            before = time.monotonic()
            await asyncio.sleep(LAG_EVERY_S)
            now = time.monotonic()
            worst = max(worst, now - before - LAG_EVERY_S)
            if now - since >= LAG_WINDOW_S:
                self._gateway.metrics.loop_lag_s = worst
                worst, since = 0.0, now

    async def _sweep(self) -> None:
        gateway = self._gateway
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            wall = time.time()
            gateway.engine.answers.forget(time.perf_counter())
            gateway.labels.sweep(wall)
            gateway.commands.expire(wall)
            gateway.service.watch(time.perf_counter())

    async def _holds(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(HOLDS_EVERY_S)
            try:
                await self._gateway.holds.expire(time.time())
                failing = False
            except RecordUnavailable as problem:
                if not failing:
                    log.error("holds cannot expire", extra={"fields": {"why": str(problem)}})
                failing = True


def _watches(gateway: Running, rulesets: Rulesets) -> list[PolicyWatch]:
    folder = Path(gateway.config.policy_folder())
    files: list[tuple[str | None, Path | None]] = [(None, None)]
    files += [(tenant, Path(path)) for tenant, path in gateway.config.tenants.items()]
    return [
        PolicyWatch(
            folder,
            file,
            rulesets.replace(tenant),
            version=rulesets.of(tenant or "").policy.version,
            read_at=rulesets.read_at,
        )
        for tenant, file in files
    ]


def _must_not_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error(
            "housekeeping failed", exc_info=error, extra={"fields": {"task": task.get_name()}}
        )
