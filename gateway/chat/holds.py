"""Held messages: who waits, until when, and what becomes of them.

Rules:
1. A hold is durable with the verdict that made it. It ends once: by a moderator, by its expiry
   (then policy's word decides), or because the platform deleted the message. The table decides who
   was first.
   What the platform said waits here until the database has heard it.
2. The journal's entry of the end marks the hold as told. Should whoever ended it die before that,
   or the journal be full, any gateway records it again after some seconds.
3. Every gateway looks each second, or when woken, for what ended anywhere and tells its own
   connections, each outcome once; who says `resume` hears those of the last ten minutes again.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from gateway.chat.casework import hold_ended, hold_word
from gateway.chat.lines import Receiver
from gateway.chat.outbox import Waker
from gateway.chat.outcomes import KEPT_S, Outcomes
from gateway.chat.recorder import JournalWriter
from gateway.log import log
from gateway.metrics import Metrics
from gateway.record.entry import Entry, HoldEnd
from gateway.record.holds import Decision, Held, Holds as HoldTable, Outcome
from seawall.decide import NO_STATE, decide
from seawall.errors import RecordUnavailable, SeawallError
from seawall.events import Deleted, TimedOut
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS

__all__ = ["HoldDesk"]

POLL_S = 0.5
LEAST_S = 0.05
LOOK_BACK_S = 10.0
"""How far the clocks of two gateways may differ before an outcome is noticed late."""
_JOURNAL_S = 1.0
_KNOWN = 100_000
_PAGE = 1000
_PAGES = 20
_RESUMING = 1000
_OWED = 10_000
"""What the platform said of messages that may be held, while the database does not answer."""
_AT_ONCE = 200
_OWED_S = 600.0

Key = tuple[str, str, int]


class Sender(Protocol):
    """Sends a line to every connection of a tenant that serves a room."""

    def __call__(self, tenant: str, room: str | None, line: bytes) -> None:
        """Send."""


class _Owed(NamedTuple):
    """What the platform said of a message, of all its versions or of one."""

    rev: int | None
    outcome: Outcome
    by: str
    at: float


class HoldDesk:
    """Where held messages come to their end. `run` is the task that looks after them."""

    def __init__(
        self,
        table: HoldTable,
        journal: JournalWriter,
        policy_of: Callable[[str, str], Policy],
        send: Sender,
        metrics: Metrics,
        wake: Waker | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.failing = False
        self.ended: list[Callable[[Held], None]] = []
        """Told of each hold that has ended, anywhere; of some twice."""
        self.case_opened: Callable[[], None] = lambda: None
        """Called when the line that ends a hold's case has become durable here."""
        self._table = table
        self._journal = journal
        self._policy_of = policy_of
        self._send = send
        self._metrics = metrics
        self._wake = wake
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._owed: dict[tuple[str, str], _Owed] = {}
        self._recorded: OrderedDict[Key, None] = OrderedDict()
        self._outcomes = Outcomes()
        self._born = 0.0
        self._seen_until: float | None = None
        self._resuming: list[tuple[str, Receiver]] = []
        self._woken = asyncio.Event()
        if wake is not None:
            wake.on("holds", self._heard)
        metrics.degraded["holds"] = lambda: self.failing

    def word(self, tenant: str, room: str) -> str:
        """Return what becomes of a message held in a room when nobody decides."""
        return hold_word(self._policy_of(tenant, room))

    def opened(self, tenant: str, ref: str, rev: int) -> None:
        """Note that a message is held: its row may be in the spill for a while."""
        self._known[tenant, ref] = rev
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    async def waiting(
        self, tenant: str, limit: int, after: tuple[float, str, int] | None = None
    ) -> list[Held]:
        """Return a tenant's open holds, the soonest to expire first, behind a place if given."""
        return await self._table.waiting(tenant, limit=limit, after=after)

    async def decide(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        """End a hold; None for an unknown one. `fresh` is False when somebody was first."""
        decision = await self._table.decide(tenant, ref, rev, outcome, by=by, at=at)
        if decision is not None and decision.fresh:
            await self._record(decision.held)
            self._tell(decision.held)
            if self._wake is not None:
                self._wake.publish("holds", tenant)
        return decision

    async def expire(self, now: float) -> None:
        """End every hold whose time has passed, as policy says."""
        for held in await self._table.due(now):
            event = TimedOut(held.tenant, held.id, held.rev, now)
            policy = self._policy_of(held.tenant, held.room)
            outcome = decide(event, NO_SIGNALS, NO_STATE, policy).outcome or "expired"
            await self.decide(held.tenant, held.id, held.rev, outcome, "expiry", now)

    def withdraw(self, event: Deleted) -> None:
        """End the hold of a message that the platform deleted: nothing is left to decide."""
        self.settle(event.tenant, event.id, None, "denied", f"deleted by {event.by}", event.at)

    def settle(
        self, tenant: str, ref: str, rev: int | None, outcome: Outcome, by: str, at: float
    ) -> None:
        """End a message's hold, if there is one, as the platform says: as soon as can be.

        `rev` None is about every version. Its last word counts.
        """
        if len(self._owed) >= _OWED and (tenant, ref) not in self._owed:
            self._metrics.unchecked["acted", "full"] += 1
            return
        self._owed[tenant, ref] = _Owed(rev, outcome, by, at)
        self._woken.set()

    @property
    def owed(self) -> int:
        """How many messages the platform has spoken of that are not looked for yet."""
        return len(self._owed)

    async def _pay(self, now: float) -> None:
        """End the holds of which the platform has spoken. Raises RecordUnavailable."""
        for some in _in_groups(list(self._owed.items())):
            for held in await self._table.open_of([place for place, _ in some]):
                owed = self._owed[held.tenant, held.id]
                if owed.rev in (None, held.rev):
                    # What is dated back is not seen by those who look at what ended lately.
                    at = max(owed.at, now)
                    await self.decide(*_key(held), owed.outcome, owed.by, at)
                    self._known.pop((held.tenant, held.id), None)
            for place, owed in some:
                spilled = place in self._known and now - owed.at < _OWED_S
                if self._owed[place] is owed and not spilled:
                    del self._owed[place]

    def resend(self, tenant: str, receiver: Receiver) -> None:
        """Tell a connection again how the holds of its rooms ended in the last ten minutes."""
        if self._seen_until is not None:
            self._outcomes.resend(tenant, receiver)
        elif len(self._resuming) < _RESUMING:  # we have just started: it hears them with us
            self._resuming.append((tenant, receiver))
            self._woken.set()

    # -- the task -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look after the holds until cancelled."""
        while True:
            await asyncio.sleep(LEAST_S)
            with suppress(TimeoutError):  # nobody woke us: it is time anyway
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()
            await self.attempt(self._clock())

    async def attempt(self, now: float) -> bool:
        """Expire and look once; False when the database is gone."""
        try:
            await self._pay(now)
            await self.expire(now)
            await self.poll(now)
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("holds cannot be read", extra={"fields": {"why": str(problem)}})
            self.failing = True
            return False
        self.failing = False
        return True

    async def poll(self, now: float) -> None:
        """Tell what ended anywhere, and record what nobody has. Raises RecordUnavailable."""
        first = self._seen_until is None
        since = now - KEPT_S if first else min(now, self._seen_until or now) - LOOK_BACK_S
        if first:
            self._born = now
        until = now
        for _ in range(_PAGES):
            page = await self._table.decided_since(since, _PAGE)
            for held in page:  # what is older than we are was told by whoever was there
                self._tell(held, (held.decided or now) < self._born - LOOK_BACK_S)
            if len(page) < _PAGE:
                until = now
                break
            until = since = page[-1].decided or now
        self._seen_until = min(until, now)
        resuming, self._resuming = self._resuming, []
        for tenant, receiver in resuming:
            self._outcomes.resend(tenant, receiver)
        for held in await self._table.untold(now):
            if (held.tenant, held.id, held.rev) not in self._recorded:
                await self._record(held)
        self._outcomes.forget(now - KEPT_S - LOOK_BACK_S)

    def _heard(self, _tenant: str) -> None:
        self._woken.set()

    def _tell(self, held: Held, quiet: bool = False) -> None:
        self._known.pop((held.tenant, held.id), None)
        for hear in self.ended:
            hear(held)
        line = self._outcomes.add(held)
        if line is not None and not quiet:
            self._send(held.tenant, held.room, line)

    async def _record(self, held: Held) -> None:
        """Put an end into the journal, which marks it as told."""
        outcome = held.outcome or "denied"
        entry = Entry(
            "hold",
            held.tenant,
            held.id,
            held.decided or 0.0,
            outcome,
            held.rev,
            held.room,
            held.user,
            rule=held.rule,
            category=held.category,
            policy=self._policy_of(held.tenant, held.room).version,
            by=held.by or "",
            hold_end=HoldEnd(outcome, held.by or ""),
            cases=(hold_ended(held.tenant, held.id, held.rev, held.created, outcome),),
        )
        key = (held.tenant, held.id, held.rev)
        self._recorded[key] = None  # from now on: it may become durable after we stop waiting
        if len(self._recorded) > _KNOWN:
            self._recorded.popitem(last=False)
        durable = asyncio.Event()

        def done(problem: SeawallError | None) -> None:
            durable.set()
            if problem is not None:
                self._unrecorded(key, problem)
            else:
                self.case_opened()

        try:
            self._journal.append(entry, done)
            async with asyncio.timeout(_JOURNAL_S):
                await durable.wait()
        except TimeoutError:
            log.warning("a hold's end is recorded slowly", extra={"fields": {"hold": held.id}})
        except SeawallError as problem:
            self._unrecorded(key, problem)

    def _unrecorded(self, key: Key, problem: SeawallError) -> None:
        """Leave it to a later look: the table has the end, so it stands."""
        self._recorded.pop(key, None)
        self._metrics.unchecked["hold", "journal"] += 1
        log.error("unrecorded", extra={"fields": {"hold": key[1], "why": str(problem)}})


def _in_groups(
    owed: Sequence[tuple[tuple[str, str], _Owed]],
) -> Iterator[Sequence[tuple[tuple[str, str], _Owed]]]:
    return (owed[start : start + _AT_ONCE] for start in range(0, len(owed), _AT_ONCE))


def _key(held: Held) -> Key:
    return held.tenant, held.id, held.rev
