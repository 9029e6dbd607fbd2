"""The desk at which people work: moves cases for them, and does what the clock and lines ask for.

Rules:
1. Whatever is asked for happens in one transaction or not at all; who listens hears of it after.
2. `run` takes new lines, gives back claims that ran out, acts on deadlines, gives cases out where
   that is wanted (`giving`), tells what other gateways did, and forgets what is old. Any number of
   gateways may do so at once.
3. While the database does not answer nothing is lost and nothing expires: it is tried again each
   half second, and said once.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from sqlalchemy import Connection

from gateway.cases import moves
from gateway.cases.claims import why_not_see
from gateway.cases.giving import Away
from gateway.cases.listing import Wanted
from gateway.cases.numbers import Numbers
from gateway.cases.rows import Change
from gateway.cases.store import CaseStore
from gateway.cases.telling import Heard, Noted, Telling, unasked
from gateway.cases.threads import finish
from gateway.chat.outbox import Waker
from gateway.log import log
from gateway.metrics import Metrics
from gateway.refusal import Refused, conflict
from gateway.roles import Actor, Permission
from gateway.shapes.cases import CaseLine, CasePage, Member, Note, QueueLine, QueueList
from seawall.errors import RecordUnavailable

__all__ = ["CaseDesk", "FindPerson", "Present"]

POLL_S = 0.5
LEAST_S = 0.02
"""Between two rounds, however often it is poked."""
PURGE_S = 60.0
GIVE_S = 0.5
_ROUNDS = 20
"""Batches of one kind in one round."""
_PAGE = 200

FindPerson = Callable[[str, str], Awaitable[Actor | None]]
"""Returns somebody by tenant and name."""
Present = Callable[[], Iterable[Actor]]
"""Returns who has a console open, of all tenants."""


class CaseDesk:
    """Cases as people work on them. `person` finds whom a case is given to; None: not checked.

    Where `give_s` is above 0, cases are given to those who are `present`, and left to everybody
    when they are not taken within so many seconds.

    What is asked of it raises Refused (404, 403, 409 with the case that stands) and
    RecordUnavailable.
    """

    def __init__(
        self,
        store: CaseStore,
        metrics: Metrics,
        wake: Waker | None = None,
        person: FindPerson | None = None,
        wall: Callable[[], float] = time.time,
        *,
        give_s: float = 0.0,
    ) -> None:
        self.failing = False
        self.present: Present = tuple
        self.store = store
        self._wake = wake
        self._person = person
        self._wall = wall
        self._telling = Telling(store, wall())
        self._numbers = Numbers(self._count)
        self._poked = asyncio.Event()
        self._purge_at = 0.0
        self._give_s = give_s
        self._give_at = 0.0
        self._away = Away()
        if wake is not None:
            wake.on("cases", lambda _tenant: self.poke())
        metrics.degraded["cases"] = lambda: self.failing

    @property
    def heard(self) -> list[Heard]:
        """Who is told (tenant, changed cases), on the loop, each version once."""
        return self._telling.heard

    @property
    def noted(self) -> list[Noted]:
        """Who is told (tenant, case, note), on the loop."""
        return self._telling.noted

    # -- questions ---------------------------------------------------------------------------------

    async def page(
        self,
        actor: Actor,
        *,
        state: str = "open",
        queue: str | None = None,
        priority: str | None = None,
        mine: bool = False,
        fit: bool = False,
        user: str | None = None,
        room: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> CasePage:
        """Return a page of the cases an actor may see: `state` open, ended or all.

        `fit`: those alone in languages that they read, of what they are asked for.
        """
        if queue is not None and not actor.may("cases.read", queue):
            return CasePage([])
        own = actor.rights.queues
        if queue is not None:
            only: frozenset[str] | None = frozenset({queue})
        elif actor.queues or not actor.rights.allow("cases.read"):
            named = actor.queues or frozenset(own)
            only = frozenset(each for each in named if actor.may("cases.read", each))
        else:
            only = None
        wanted = Wanted(
            state=state,
            only=only,
            without=frozenset(each for each in own if not actor.may("cases.read", each)),
            sealed=actor.may("evidence.sealed", queue),
            priority=priority or "",
            mine=actor.name if mine else "",
            user=user or "",
            room=room or "",
            langs=frozenset(each.lower() for each in actor.langs) if fit else frozenset(),
            skills=actor.skills if fit else frozenset(),
        )
        most = min(max(1, limit), _PAGE)
        return await finish(self.store.page, actor.tenant, wanted, cursor, most)

    async def queues(self, actor: Actor) -> QueueList:
        """Return the numbers of the queues an actor may see, about a second old at most."""
        return await self._numbers.of(actor)

    async def find(self, actor: Actor, case: str) -> CaseLine:
        """Return a case. Who may decide it, `claims.why_not_decide` says."""
        line = await finish(self.store.find, actor.tenant, case)
        refused = why_not_see(actor, line)
        if refused is not None:
            raise refused
        return line

    async def members(
        self, tenant: str, case: str, cursor: str | None, limit: int
    ) -> tuple[list[Member], str | None]:
        """Return a case's events without evidence, the newest first, and where to go on."""
        most = min(max(1, limit), _PAGE)
        return await finish(self.store.members, tenant, case, cursor, most)

    async def notes(self, tenant: str, case: str, viewer: str = "") -> list[Note]:
        """Return what happened to a case, the oldest first, as `viewer` may see it."""
        notes = await finish(self.store.notes, tenant, case)
        line = await finish(self.store.find, tenant, case)
        return [unasked(note, line, viewer) for note in notes]

    # -- moves -------------------------------------------------------------------------------------

    async def claim(self, actor: Actor, case: str, version: int | None = None) -> CaseLine:
        """Take a case for two minutes, or renew that. A `version` must still be the case's."""
        self._away.back(actor.tenant, actor.name)
        return await self._move(
            actor, case, lambda at, line, now: moves.claim(at, actor, line, now, version)
        )

    async def release(self, actor: Actor, case: str) -> CaseLine:
        """Give a case back."""
        return await self._move(
            actor, case, lambda at, line, now: moves.release(at, actor, line, now)
        )

    async def escalate(
        self, actor: Actor, case: str, reason: str, queue: str | None = None
    ) -> CaseLine:
        """Give a case to the leads, in another queue if one is named."""
        return await self._move(
            actor, case, lambda at, line, now: moves.escalate(at, actor, line, now, reason, queue)
        )

    async def hand_over(self, actor: Actor, case: str, to: str, text: str = "") -> CaseLine:
        """Give a case to somebody, who has it claimed for two minutes then."""
        other = await self._other(actor, to)

        def do(connection: Connection, line: CaseLine, now: float) -> Change:
            _check_other(other, line)
            return moves.hand_over(connection, actor, line, now, to, text)

        return await self._move(actor, case, do)

    async def assign(self, actor: Actor, case: str, to: str | None) -> CaseLine:
        """Say whose a case shall be; None: anybody's."""
        other = None if to is None else await self._other(actor, to)

        def do(connection: Connection, line: CaseLine, now: float) -> Change:
            _check_other(other, line)
            return moves.assign(connection, actor, line, now, to)

        return await self._move(actor, case, do)

    async def second(self, actor: Actor, case: str, question: str, choice: str = "") -> CaseLine:
        """Leave a case to a second person; `choice` is hidden until the case has ended."""
        return await self._move(
            actor, case, lambda at, line, now: moves.ask(at, actor, line, now, question, choice)
        )

    async def note(self, actor: Actor, case: str, text: str) -> CaseLine:
        """Write an internal note."""
        return await self._move(
            actor, case, lambda at, line, now: moves.note(at, actor, line, now, text)
        )

    def changed(self, tenant: str, lines: list[CaseLine]) -> None:
        """Take note of what others have changed by `CaseStore.settle` or `reopen`."""
        self._telling.changed(tenant, lines)
        self._publish(tenant)
        self.poke()

    async def _move(
        self,
        actor: Actor,
        case: str,
        do: Callable[[Connection, CaseLine, float], Change],
        permission: Permission = "cases.claim",
    ) -> CaseLine:
        now = self._wall()
        change = await finish(
            self.store.move, actor, case, permission, lambda at, line: do(at, line, now)
        )
        self._tell([change])
        return change.line

    async def _other(self, actor: Actor, to: str) -> Actor | None:
        if self._person is None:
            return None
        other = await self._person(actor.tenant, to)
        if other is None:
            raise Refused(404, "not_found", f"nobody here is called {to}")
        return other

    # -- the task ----------------------------------------------------------------------------------

    def poke(self) -> None:
        """Look now: a local entry with lines of cases is durable."""
        self._poked.set()

    async def run(self) -> None:
        """Do what lines and the clock ask for until cancelled."""
        try:
            while True:
                await asyncio.sleep(LEAST_S)
                with suppress(TimeoutError):  # nobody poked us: it is time anyway
                    async with asyncio.timeout(POLL_S):
                        await self._poked.wait()
                self._poked.clear()
                await self.attempt(self._wall())
        finally:
            await self._numbers.close()

    async def attempt(self, now: float) -> bool:
        """Do one round; False when the database is gone."""
        try:
            await self._round(now)
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("cases cannot be looked after", extra={"fields": {"why": str(problem)}})
            self.failing = True
            return False
        self.failing = False
        return True

    async def _round(self, now: float) -> None:
        work = await finish(self.store.work, now)
        if work.lines:
            await self._take(now)
        if work.stalled:
            self._tell(await finish(self.store.stall, now))
        if work.overdue:
            self._tell(await finish(self.store.expire, now))
        monotonic = time.monotonic()
        if self._give_s and monotonic >= self._give_at:
            self._give_at = monotonic + GIVE_S
            await self._give(now)
        await self._telling.poll(now)
        if monotonic >= self._purge_at:
            more = await finish(self.store.purge, now)
            self._purge_at = monotonic + (0.0 if more else PURGE_S)

    async def _give(self, now: float) -> None:
        people: defaultdict[str, list[Actor]] = defaultdict(list)
        for person in self.present():
            people[person.tenant].append(person)
        for tenant, there in people.items():
            if not await finish(self.store.may_give, tenant, now, self._give_s):
                continue
            back = await finish(self.store.take_back, tenant, now, self._give_s)
            for each in back:
                self._away.note(tenant, each.notes[0].to)
            self._tell(back)
            ready = self._away.present(there)
            self._tell(await finish(self.store.give, tenant, ready, now))

    async def _take(self, now: float) -> None:
        for _ in range(_ROUNDS):
            taken = await finish(self.store.take, now)
            self._tell(taken.changes)
            if not taken.more or not taken.changes:  # the latter: another gateway is at it
                break
            await asyncio.sleep(LEAST_S)  # others wait to write
        if taken.more:
            self.poke()

    async def _count(self, tenant: str) -> list[QueueLine]:
        return await finish(self.store.queues, tenant)

    def _tell(self, changes: list[Change]) -> None:
        self._telling.tell(changes)
        for tenant in {change.tenant for change in changes}:
            self._publish(tenant)

    def _publish(self, tenant: str) -> None:
        if self._wake is not None:
            self._wake.publish("cases", tenant)


def _check_other(other: Actor | None, line: CaseLine) -> None:
    if other is None:
        return
    if why_not_see(other, line) is not None or not other.may("cases.claim", line.queue):
        raise conflict("person", f"{other.name} may not work on this case", line)
