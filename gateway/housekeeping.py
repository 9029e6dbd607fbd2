"""What a running gateway does by the clock: expiries, keys, reload, slow consumers, loop lag."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Protocol

from gateway.assembly import ChatPath
from gateway.chat.rulesets import Rulesets
from gateway.config import Config
from gateway.live import LiveStreams
from gateway.log import log
from gateway.metrics import Metrics
from gateway.moderation import Moderation
from gateway.policy.desk import PolicyDesk
from gateway.policy.watch import PolicyWatch
from gateway.record.journal import Journal
from gateway.record.keyring import KeyRing
from gateway.record.spillage import Spillage
from gateway.tls import Certificate

__all__ = ["Housekeeping"]

LAG_EVERY_S = 0.05
LAG_WINDOW_S = 1.0
SWEEP_EVERY_S = 0.25


class Running(Protocol):
    """The parts of a running gateway that need looking after."""

    config: Config
    metrics: Metrics
    keys: KeyRing
    journal: Journal
    spillage: Spillage
    certificate: Certificate | None
    chat: ChatPath
    desk: PolicyDesk
    live: LiveStreams | None
    moderation: Moderation


class Housekeeping:
    """Owns the gateway's periodic tasks: they start and end with it."""

    def __init__(self, gateway: Running, rulesets: Rulesets) -> None:
        self._gateway = gateway
        self._watches = _watches(gateway, rulesets)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        gateway = self._gateway
        certificate, chat = gateway.certificate, gateway.chat
        works: list[tuple[str, Coroutine[object, object, None]]] = [
            ("lag", self._lag()),
            ("sweep", self._sweep()),
            ("holds", chat.holds.run()),
            ("outbox", chat.courier.run()),
            ("labels", chat.label_sync.run()),
            ("live nukes", chat.nukes.run()),
            ("keys", gateway.keys.watch(self._revoked)),
            *([("certificate", certificate.watch())] if certificate is not None else []),
            *((f"policy {watch.name}", watch.run()) for watch in self._watches),
            *gateway.desk.works(),
            *gateway.moderation.works(),
        ]
        sweep = gateway.live.run if gateway.live is not None else gateway.moderation.sweep_clips
        works.append(("clips", sweep(lambda: gateway.journal.spilled)))
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
        if self._gateway.certificate is not None:
            self._gateway.certificate.poke()

    def policy_loads(self) -> Counter[str]:
        """Count what became of policies since the start: loaded, refused, unchanged."""
        return sum((watch.counts for watch in self._watches), Counter())

    def _revoked(self, gone: frozenset[str]) -> None:
        self._gateway.chat.service.revoke(gone)

    async def _lag(self) -> None:
        """Measure how late the loop wakes us, and keep the worst of the last second."""
        inbox = self._gateway.chat.inbox
        worst, since = 0.0, time.monotonic()
        while True:
            before = time.monotonic()
            await asyncio.sleep(LAG_EVERY_S)
            now = time.monotonic()
            late = now - before - LAG_EVERY_S
            worst = max(worst, late)
            inbox.look(late)
            if now - since >= LAG_WINDOW_S:
                self._gateway.metrics.loop_lag_s = worst
                worst, since = 0.0, now

    async def _sweep(self) -> None:
        gateway, chat = self._gateway, self._gateway.chat
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            wall, now = time.time(), time.perf_counter()
            chat.engine.answers.forget(now)
            chat.labels.sweep(wall)
            chat.recorder.runs.sweep(wall)
            chat.recent.sweep()
            chat.commands.expire(wall)
            chat.service.watch(now)
            if gateway.live is not None:
                gateway.live.sweep(wall)
            gateway.spillage.look(gateway.journal.spilled, time.monotonic())


def _watches(gateway: Running, rulesets: Rulesets) -> list[PolicyWatch]:
    config = gateway.config
    tenants = {tenant: Path(path) for tenant, path in config.tenants.items()}
    versions: dict[str | None, str] = {
        tenant: rulesets.of(tenant or "").policy.version for tenant in (None, *tenants)
    }
    return gateway.desk.watches(Path(config.policy_folder()), tenants, rulesets, versions)


def _must_not_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error(
            "housekeeping failed", exc_info=error, extra={"fields": {"task": task.get_name()}}
        )
