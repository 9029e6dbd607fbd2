"""How a gateway looks from outside: its metrics, its health, and what the HTTP API may do of it."""

from __future__ import annotations

import math
import time
from typing import Any, Protocol

from gateway.assembly import ChatPath
from gateway.http.context import Context
from gateway.http.readiness import JOURNAL_LATE_S, Health
from gateway.http.signing_in import DESK
from gateway.live import LiveStreams
from gateway.metrics import Metrics
from gateway.moderation import Moderation
from gateway.record.holds import Held, Outcome
from gateway.record.journal import Journal
from gateway.record.keyring import KeyRing
from gateway.record.spillage import Spillage
from gateway.record.tables import Tables
from gateway.state.store import WindowStore
from gateway.tls import Certificate
from workers.client import TextWorkers

__all__ = ["Outlook"]

KEYS_STALE_S = 10.0


class Looked(Protocol):
    """The parts of a gateway that are looked at."""

    metrics: Metrics
    journal: Journal
    keys: KeyRing
    windows: WindowStore
    tables: Tables
    chat: ChatPath
    spillage: Spillage
    certificate: Certificate | None
    models: TextWorkers | None
    live: LiveStreams | None
    moderation: Moderation


class Outlook:
    """Reads a gateway's parts when asked; nothing is kept here."""

    def __init__(self, gateway: Looked) -> None:
        self._gateway = gateway
        self._measure()

    def health(self) -> Health:
        """Return what a readiness probe judges."""
        gateway = self._gateway
        certificate, spillage = gateway.certificate, gateway.spillage
        return Health(
            draining=gateway.chat.service.draining,
            journal_alive=gateway.journal.alive,
            journal_lag_s=gateway.journal.lag(),
            windows_degraded=gateway.windows.degraded,
            keys_stale_s=gateway.keys.stale_s(),
            loop_lag_s=gateway.metrics.loop_lag_s,
            spill_bytes=spillage.bytes,
            spill_limit=spillage.limit,
            spill_age_s=spillage.age_s(time.monotonic()),
            spill_refusing=gateway.journal.full,
            rows_lost=gateway.journal.lost,
            models=gateway.models.problems() if gateway.models is not None else {},
            media=gateway.live.path.problems() if gateway.live is not None else {},
            expires=math.inf if certificate is None else certificate.expires,
        )

    def context(self) -> Context:
        """Return what the HTTP API gets."""
        gateway = self._gateway
        return Context(
            gateway.metrics,
            gateway.keys.find,
            self._status,
            self._list_holds,
            self._decide_hold,
            self.health,
            gateway.tables.heads.recent,
            gateway.chat.reverts,
            gateway.chat.switches,
            streams=None if gateway.live is None else gateway.live.access(),
            parts=gateway.moderation.parts(),
            answered=gateway.moderation.answered,
            extra=((DESK, gateway.moderation.people_desk()),),
        )

    def _measure(self) -> None:
        gateway, metrics = self._gateway, self._gateway.metrics
        windows, journal, chat = gateway.windows, gateway.journal, gateway.chat
        metrics.windows["asked"] = lambda: windows.checks
        metrics.windows["local"] = lambda: windows.local
        metrics.windows["late"] = lambda: windows.late
        metrics.windows["failed"] = lambda: windows.failed
        metrics.degraded["windows"] = lambda: windows.degraded
        metrics.degraded["labels"] = lambda: chat.label_sync.behind
        metrics.degraded["journal"] = lambda: not journal.alive or journal.lag() > JOURNAL_LATE_S
        metrics.journal_lag_s = journal.lag
        metrics.journal_ends = journal.ends
        metrics.degraded["record"] = lambda: journal.spilled > 0
        metrics.degraded["lost"] = lambda: journal.lost > 0
        metrics.degraded["keys"] = lambda: gateway.keys.stale_s() > KEYS_STALE_S
        metrics.queues["inbox"] = lambda: len(chat.inbox)
        metrics.queues["verdicts"] = lambda: chat.engine.in_work
        metrics.queues["journal"] = lambda: journal.pending
        metrics.queues["spill"] = lambda: journal.spilled
        metrics.queues["commands"] = lambda: len(chat.commands)
        metrics.queues["answers"] = lambda: len(chat.engine.answers)
        if gateway.models is not None:
            models = gateway.models
            metrics.models = models.stats
            metrics.degraded["models"] = lambda: bool(models.problems())
        metrics.queues["labels_over_bound"] = lambda: chat.labels.over_bound

    def _status(self) -> dict[str, Any]:
        metrics = self._gateway.metrics
        policy = self._gateway.chat.engine.rulesets.of("").policy
        return {
            "degraded": [name for name, down in metrics.degraded.items() if down()],
            "policy": policy.version[:16],
            "connections": metrics.connections,
            "load": self._gateway.chat.load_state.state,
            "turned_away": self._gateway.chat.inbox.turned_away,
            "loop_lag_ms": round(metrics.loop_lag_s * 1000, 3),
        }

    async def _list_holds(
        self, tenant: str, limit: int, after: tuple[float, str, int] | None
    ) -> list[dict[str, Any]]:
        found = await self._gateway.chat.holds.waiting(tenant, limit, after)
        return [_shown(held) for held in found]

    async def _decide_hold(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str
    ) -> dict[str, Any] | None:
        holds = self._gateway.chat.holds
        decision = await holds.decide(tenant, ref, rev, outcome, by, time.time())
        return None if decision is None else {**_shown(decision.held), "fresh": decision.fresh}


def _shown(held: Held) -> dict[str, Any]:
    names = [name for name in Held.__struct_fields__ if name not in ("tenant", "told")]
    return {name: getattr(held, name) for name in names}
