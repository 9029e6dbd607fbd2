"""Whether a gateway should get traffic, and what is wrong with one that should.

Two answers for two readers. Kubernetes asks: may new connections go here? A human asks: what must I
look at? Rules:

1. 503 only where another gateway would do better: this one is stopping, or cannot record a
   restriction at all (its writer is gone, or has left entries waiting for `JOURNAL_STUCK_S`; its
   spill file is full or cannot be written), so that policy's fallback decides instead of a rule.
2. What is slower, coarser or due soon is only told (`degraded`, status 200): windows counted here
   alone, a database that is away while the spill file takes its place, a writer that is late, a
   loop that lags, keys or certificate getting old. Most of it strikes all gateways at once: taking
   them out of service would turn a weakness into an outage, and a lagging one would push its load
   on the others.
3. Liveness (/healthz) depends on nothing: a restart mends none of this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from gateway.tls import EXPIRES_SOON_S

__all__ = ["JOURNAL_LATE_S", "Health", "Readiness", "because", "ready"]

_WEAK = {
    "windows": "windows are counted by this gateway alone",
    "labels": "labels of other gateways, and of before a restart, are not read at the moment",
    "journal": "the journal's writer is being started again, or late",
    "record": "the database is behind: what is decided waits in the spill file",
    "lost": "the database was replaced by an older one: rows that were recorded are gone",
    "keys": "keys cannot be read: new and revoked ones are not noticed",
    "evidence": "clips of streams cannot be kept: the folder of evidence takes nothing",
    "media": "workers of live streams do not run, or without a list: what they miss is not found",
    "models": "text models do not answer: what they would find is unchecked",
    "outbox": "the outbox cannot be read: commands of other gateways wait",
    "people": "accounts and sessions cannot be read: changes of the last minutes are not seen",
    "pages": "pages cannot be looked after: nobody is called",
    "cases": "cases cannot be read or written: the queue stands still",
    "context": "what is said around cases is not kept",
    "decisions": "decisions cannot be carried out: they wait",
    "nukes": "nukes cannot be read: those of other gateways are not seen",
    "holds": "holds cannot be read: none expires, outcomes of other gateways wait",
}
KEYS_STALE_S = 10.0
JOURNAL_LATE_S = 1.0
"""Entries wait for milliseconds, whatever the database does: the spill file takes them."""
JOURNAL_STUCK_S = 5.0
SPILL_OLD_S = 60.0
LAG_S = 0.05
"""The worst of the last second; beyond it a chat message's budget is gone."""


class Health(Struct, frozen=True, kw_only=True):
    """What a gateway knows of itself. The defaults are those of one that is well.

    The oldest entry that is not durable has waited for `journal_lag_s`. `spill_bytes` wait for the
    database, the first of them for `spill_age_s`; `spill_refusing` says that the file takes no
    more. `expires` is the certificate's end, seconds since the epoch.
    """

    draining: bool = False
    journal_alive: bool = True
    journal_lag_s: float = 0.0
    windows_degraded: bool = False
    keys_stale_s: float = 0.0
    loop_lag_s: float = 0.0
    spill_bytes: int = 0
    spill_limit: int = 0
    spill_age_s: float = 0.0
    spill_refusing: bool = False
    rows_lost: int = 0
    expires: float = math.inf
    models: Mapping[str, str] = {}
    """Text models that cannot be asked, and why."""
    media: Mapping[str, str] = {}
    """What decodes, sees and hears streams and does not do so now, and why."""


class Readiness(Struct, frozen=True):
    """`problems` keep traffic away; `degraded` names what is weak, with a sentence each."""

    problems: list[str]
    degraded: dict[str, str]


def because(name: str) -> str:
    """Return what it means that a part is degraded, in a sentence for whoever is on call."""
    return _WEAK.get(name, f"{name} is degraded")


def ready(health: Health, now: float) -> Readiness:
    """Judge a gateway's health. `now` is seconds since the epoch."""
    problems = []
    if health.draining:
        problems.append("draining")
    if not health.journal_alive:
        problems.append("the journal's writer is not running")
    elif health.journal_lag_s > JOURNAL_STUCK_S:
        problems.append("the journal's writer does not answer")
    if health.spill_refusing:
        problems.append("nothing can be recorded: the spill file takes no more")
    return Readiness(problems, {**_work(health), **_spill(health), **_certificate(health, now)})


def _work(health: Health) -> dict[str, str]:
    weak = {}
    if health.windows_degraded:
        weak["windows"] = _WEAK["windows"]
    if health.journal_lag_s > JOURNAL_LATE_S:
        weak["journal"] = f"what is to be recorded has waited {health.journal_lag_s:.1f} s"
    if health.rows_lost:
        weak["lost"] = f"{_WEAK['lost']} ({health.rows_lost}); see `journal verify`"
    if health.models:
        told = "; ".join(f"{name}: {why}" for name, why in sorted(health.models.items()))
        weak["models"] = f"texts go unchecked by {told}"
    if health.media:
        told = "; ".join(f"{name}: {why}" for name, why in sorted(health.media.items()))
        weak["media"] = f"streams go unchecked by {told}"
    if health.keys_stale_s > KEYS_STALE_S:
        weak["keys"] = f"keys were last read {health.keys_stale_s:.0f} s ago"
    if health.loop_lag_s > LAG_S:
        weak["lag"] = f"the loop is {health.loop_lag_s * 1000:.0f} ms behind"
    return weak


def _spill(health: Health) -> dict[str, str]:
    mib = health.spill_bytes / 2**20
    half_full = health.spill_bytes > health.spill_limit / 2 > 0
    if health.spill_bytes and (half_full or health.spill_age_s > SPILL_OLD_S):
        of = f" of {health.spill_limit >> 20}" if health.spill_limit else ""
        since = f"for {health.spill_age_s:.0f} s"
        return {"spill": f"{mib:.1f}{of} MiB wait for the database, {since}"}
    return {}


def _certificate(health: Health, now: float) -> dict[str, str]:
    left = health.expires - now
    if left <= 0:
        return {"certificate": "it has expired"}
    if left < EXPIRES_SOON_S:
        return {"certificate": f"it expires in {left / 86_400:.1f} days"}
    return {}
