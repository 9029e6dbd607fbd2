"""Held messages: who waits, until when, and what becomes of them.

A hold is durable with the verdict that made it. It ends once: by a moderator, by its expiry (then
policy's word decides), or because the platform deleted the message. The table decides who was
first; the end is journaled, then told to the servers of its room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import msgspec

from gateway.log import log
from gateway.metrics import Metrics
from gateway.record.entry import Entry
from gateway.record.holds import Decision, Held, Holds as HoldTable, Outcome
from gateway.record.journal import Journal
from seawall import wire
from seawall.decide import NO_STATE, decide
from seawall.errors import RecordUnavailable
from seawall.events import Deleted, TimedOut
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS

__all__ = ["HoldDesk"]

_encode = msgspec.json.Encoder().encode
_JOURNAL_S = 1.0
_KNOWN = 100_000


class Sender(Protocol):
    """Sends a line to every connection of a tenant that serves a room."""

    def __call__(self, tenant: str, room: str | None, line: bytes) -> None:
        """Send."""


class HoldDesk:
    """Where held messages come to their end."""

    def __init__(
        self,
        table: HoldTable,
        journal: Journal,
        policy_of: Callable[[str, str], Policy],
        send: Sender,
        metrics: Metrics,
    ) -> None:
        self._table = table
        self._journal = journal
        self._policy_of = policy_of
        self._send = send
        self._metrics = metrics
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()

    def opened(self, tenant: str, ref: str, rev: int) -> None:
        """Note that a message is held, so that its deletion is noticed."""
        self._known[tenant, ref] = rev
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    async def waiting(self, tenant: str, limit: int) -> list[Held]:
        """Return a tenant's open holds, the soonest to expire first."""
        return await self._table.waiting(tenant, limit=limit)

    async def decide(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        """End a hold; None for an unknown one. `fresh` is False when somebody was first."""
        decision = await self._table.decide(tenant, ref, rev, outcome, by=by, at=at)
        if decision is not None and decision.fresh:
            self._known.pop((tenant, ref), None)
            await self._tell(decision.held, by, at)
        return decision

    async def expire(self, now: float) -> None:
        """End every hold whose time has passed, as policy says."""
        for held in await self._table.due(now):
            event = TimedOut(held.tenant, held.id, held.rev, now)
            policy = self._policy_of(held.tenant, held.room)
            outcome = decide(event, NO_SIGNALS, NO_STATE, policy).outcome or "expired"
            await self.decide(held.tenant, held.id, held.rev, outcome, "expiry", now)

    def is_held(self, event: Deleted) -> bool:
        """Say whether a deleted message may be waiting here."""
        return (event.tenant, event.id) in self._known

    async def withdraw(self, event: Deleted) -> None:
        """End the hold of a message that the platform deleted: nothing is left to decide."""
        rev = self._known.get((event.tenant, event.id))
        if rev is not None:
            by = f"deleted by {event.by}"
            await self.decide(event.tenant, event.id, rev, "denied", by, event.at)

    async def _tell(self, held: Held, by: str, at: float) -> None:
        outcome = held.outcome or "denied"
        entry = Entry(
            "hold",
            held.tenant,
            held.id,
            at,
            outcome,
            held.rev,
            held.room,
            held.user,
            rule=held.rule,
            category=held.category,
            policy=self._policy_of(held.tenant, held.room).version,
            by=by,
        )
        try:
            await self._journal.record(entry, _JOURNAL_S)
        except RecordUnavailable as problem:  # the table has it: the end stands, its row is missing
            self._metrics.unchecked["hold", "journal"] += 1
            log.error("unrecorded", extra={"fields": {"hold": held.id, "why": str(problem)}})
        self._send(held.tenant, held.room, _encode(wire.Hold(held.id, held.rev, outcome)))
