"""Calls people about cases, step by step, until somebody answers.

Rules:
1. One page a case, however many events join it; one more when it is escalated. Taking the case is
   an answer, and so is its end.
2. Each step writes its deliveries in the transaction that counts it: after a restart, or on another
   gateway, it goes on where it stood and calls nobody twice.
3. In quiet hours a page waits. Whoever was called more often than the rota's `storm` within ten
   minutes is reached by the console alone.
4. A delivery that fails once makes the next channel of the tenant try at once; it is itself tried
   again with growing pauses, then lies among the dead letters.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from secrets import token_hex
from typing import Protocol

import msgspec

from gateway.log import log
from gateway.paging.channels import CONSOLE, Plans
from gateway.paging.rota import on_call, quiet_until, steps
from gateway.paging.sending import NotSent, Sends
from gateway.paging.store import CaseAsked, PageRow, PageStore, Planned
from gateway.paging.words import Called
from gateway.shapes.paging import Channel, DeliveryLine, PageLine, RotaBody, Step
from seawall.errors import RecordUnavailable

__all__ = ["Pager", "People"]

TICK_S = 0.5
LEAST_S = 0.2
"""Between two rounds, however often it is poked."""
SCAN_S = 5.0
"""How often cases are looked for that nobody told us of: another gateway's, or of before us."""
STORM_S = 600.0
LOOK_BACK_S = 10.0
PAUSES_S = (5.0, 15.0, 45.0, 120.0, 300.0)
AT_ONCE = 8


Remark = Callable[[str, str, str, float], object]
"""Takes tenant, case, whom and when."""


class People(Protocol):
    """Who can be called; blocking."""

    def leads(self, tenant: str) -> list[str]:
        """Return the names of leads, then admins, that are not disabled."""

    def mail(self, tenant: str, name: str) -> str:
        """Return somebody's mail address; empty where none is known."""

    def pseudonym(self, tenant: str, name: str) -> str:
        """Return what somebody is called outward."""


class Pager:
    """Looks after pages and deliveries. `run` is its task; times are seconds since the epoch."""

    def __init__(
        self,
        store: PageStore,
        plans: Plans,
        people: People,
        sender: Sends,
        node: str,
        url: str = "",
        wall: Callable[[], float] = time.time,
        remark: Remark = lambda tenant, case, person, at: None,
    ) -> None:
        """`url` is the console's address, for links; `node` names this gateway.

        `remark` is told of each call about a case, in a thread.
        """
        self._remark = remark
        self.failing = False
        self.heard: list[Callable[[str, PageLine], None]] = []
        """Told (tenant, page) of each page that changed, on whatever gateway."""
        self._store = store
        self._plans = plans
        self._people = people
        self._sender = sender
        self._node = node
        self._url = url.rstrip("/")
        self._wall = wall
        self._poked = asyncio.Event()
        self.rotas: Mapping[str, RotaBody] = {}
        """Every tenant's rota, some seconds old at most."""
        self._scan_at = 0.0
        self._seen: dict[tuple[str, str], PageLine] = {}
        self._since = wall()
        self._sending: set[asyncio.Task[None]] = set()

    def poke(self) -> None:
        """Look now: cases have changed."""
        self._scan_at = 0.0
        self._poked.set()

    async def run(self) -> None:
        """Call people until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._poked.wait()
            self._poked.clear()
            try:
                await self.attempt(self._wall())
            except RecordUnavailable as problem:
                if not self.failing:
                    log.error(
                        "pages cannot be looked after", extra={"fields": {"why": str(problem)}}
                    )
                self.failing = True
            else:
                self.failing = False
            await asyncio.sleep(LEAST_S)

    async def attempt(self, now: float) -> None:
        """Do what is due. Raises RecordUnavailable."""
        if now >= self._scan_at or now < self._scan_at - SCAN_S:
            self._scan_at = now + SCAN_S
            await self._scan(now)
        for page in await asyncio.to_thread(self._store.due, self._node, now):
            await asyncio.to_thread(self._go_on, page, now)
        await self._deliver(now)
        await self._tell(now)

    async def drill(self, tenant: str, person: str | None, channels: list[str]) -> PageLine:
        """Call somebody for practice; over the rota's channels, or just these."""
        now = self._wall()
        page = f"drill-{token_hex(6)}"
        why = " ".join(["drill", person or "", *channels])
        await asyncio.to_thread(self._store.open, tenant, page, "", "p1", why, now)
        self.poke()
        return PageLine(page, "", "p1", why, now, "open", 0, person or "", now, "", None)

    async def close(self) -> None:
        """Give up what is being sent; it is sent again by whoever comes."""
        tasks = list(self._sending)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- steps ----------------------------------------------------------------------------------

    async def _scan(self, now: float) -> None:
        self.rotas = await asyncio.to_thread(self._plans.rotas)
        pages = {tenant: rota.pages for tenant, rota in self.rotas.items()}
        for case in await asyncio.to_thread(self._store.unpaged, RotaBody([]).pages, pages):
            page = case.id if case.state == "open" else f"{case.id}.{case.state}"
            why = case.because or case.rule or case.category
            opened = self._store.open
            await asyncio.to_thread(opened, case.tenant, page, case.id, case.priority, why, now)

    def _go_on(self, page: PageRow, now: float) -> None:
        """Take one step of a page; in a thread."""
        line = page.line
        case = self._store.case(page.tenant, line.case) if line.case else None
        if line.case and (case is None or not case.open):
            self._store.end(page, "closed", "", now)
            return
        if case is not None and case.claimed_by:
            self._store.end(page, "acked", case.claimed_by, now)
            return
        rota = self._plans.rota(page.tenant).rota
        quiet = quiet_until(rota, line.priority, now) if line.case else None
        if quiet is not None:
            self._store.step(page, "quiet", line.step, line.person, quiet, (), now)
            return
        calls = _calls(rota, line)
        for number in range(line.step, len(calls)):
            people = self._whom(page.tenant, rota, calls[number], case, now)
            if people:
                self._call(page, number, calls[number], people, rota, now)
                return
        self._store.step(page, "exhausted", len(calls), line.person, None, (), now)
        fields = {"tenant": page.tenant, "page": line.id, "case": line.case}
        log.error("nobody answers a page", extra={"fields": fields})

    def _call(
        self, page: PageRow, number: int, step: Step, people: list[str], rota: RotaBody, now: float
    ) -> None:
        known = {each.name: each for each in self._plans.channels(page.tenant).channels}
        planned: list[Planned] = []
        for person in people:
            stormy = self._store.called(page.tenant, person, now - STORM_S) >= rota.storm
            names = step.channels if not stormy or not page.line.case else [CONSOLE.name]
            for name in names:
                channel = known.get(name)
                if channel is not None and channel.on:
                    planned.append(_planned(page.line.id, number, channel, person))
        if not any(each.channel == CONSOLE.name for each in planned):
            planned += [_planned(page.line.id, number, CONSOLE, person) for person in people]
        until = now + step.ack_s
        first = people[0]
        done = self._store.step(page, "open", number + 1, first, until, planned, now)
        if done and page.line.case:
            self._remark(page.tenant, page.line.case, first, now)

    def _whom(
        self, tenant: str, rota: RotaBody, step: Step, case: CaseAsked | None, now: float
    ) -> list[str]:
        queue = "" if case is None else case.queue
        turn = on_call(rota, queue, now).people
        match step.who:
            case "on-call":  # without a rota those answer who lead
                return turn[:1] or ([] if rota.shifts else self._people.leads(tenant))
            case "next":
                return turn[1:2]
            case "leads":
                return self._people.leads(tenant)
            case name:
                return [name]

    # -- deliveries -----------------------------------------------------------------------------

    async def _deliver(self, now: float) -> None:
        room = AT_ONCE - len(self._sending)
        if room <= 0:
            return
        waiting = await asyncio.to_thread(self._store.waiting, self._node, now, room)
        for tenant, delivery in waiting:
            task = asyncio.create_task(self._send(tenant, delivery), name="page")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, tenant: str, delivery: DeliveryLine) -> None:
        try:
            await self._try(tenant, delivery)
        except RecordUnavailable as problem:  # its lease ends, then somebody tries again
            fields = {"delivery": delivery.id, "why": str(problem)}
            log.error("a delivery cannot be noted", extra={"fields": fields})
        self._poked.set()

    async def _try(self, tenant: str, delivery: DeliveryLine) -> None:
        found = await asyncio.to_thread(self._about, tenant, delivery)
        if found is None:
            failed = self._store.failed
            await asyncio.to_thread(failed, tenant, delivery.id, "the channel is gone", None)
            return
        channel, called, to = found
        try:
            await self._sender.send(channel, called, to, self._wall())
        except NotSent as problem:
            await asyncio.to_thread(self._failed, tenant, delivery, channel, problem)
        else:
            await asyncio.to_thread(self._store.sent, tenant, delivery.id, self._wall())

    def _about(self, tenant: str, delivery: DeliveryLine) -> tuple[Channel, Called, str] | None:
        channels = self._plans.channels(tenant).channels
        channel = next((each for each in channels if each.name == delivery.channel), None)
        page = self._store.page(tenant, delivery.page)
        if channel is None or page is None:
            return None
        case = self._store.case(tenant, page.case) if page.case else None
        people = self._people
        called = _called(tenant, page, case, people.pseudonym(tenant, delivery.person), self._url)
        return channel, called, people.mail(tenant, delivery.person)

    def _failed(
        self, tenant: str, delivery: DeliveryLine, channel: Channel, problem: NotSent
    ) -> None:
        now = self._wall()
        tried = delivery.attempts
        again = None
        if not problem.for_good and tried < len(PAUSES_S):
            again = now + PAUSES_S[tried]
        self._store.failed(tenant, delivery.id, str(problem), again)
        fields = {"channel": channel.name, "page": delivery.page, "why": str(problem)}
        log.warning("a page could not be sent", extra={"fields": fields})
        if tried == 0:
            self._instead(tenant, delivery, now)

    def _instead(self, tenant: str, delivery: DeliveryLine, now: float) -> None:
        """Try the next channel at once: somebody must be reached."""
        channels = [each for each in self._plans.channels(tenant).channels if each.on]
        names = [each.name for each in channels]
        start = names.index(delivery.channel) + 1 if delivery.channel in names else 0
        for channel in channels[start:]:
            if channel.kind != "console":
                ident = _ident(delivery.id, channel.name)
                planned = Planned(ident, channel.name, delivery.person)
                self._store.add(tenant, delivery.page, [planned], now)
                return

    # -- telling --------------------------------------------------------------------------------

    async def _tell(self, now: float) -> None:
        changed = await asyncio.to_thread(self._store.changed, self._since - LOOK_BACK_S)
        self._since = now
        for row in changed:
            key = (row.tenant, row.line.id)
            if self._seen.get(key) == row.line:
                continue
            self._seen[key] = row.line
            for hear in self.heard:
                hear(row.tenant, row.line)
        while len(self._seen) > 10_000:
            self._seen.pop(next(iter(self._seen)))


def _calls(rota: RotaBody, line: PageLine) -> list[Step]:
    """Return every call of a page in order; a drill may name its person and its channels."""
    if not line.case:
        words = line.why.split(" ")[1:]
        person, channels = (words or [""])[0], words[1:]
        first = steps(rota)[0]
        chosen = channels or first.channels
        return [Step(person or first.who, chosen, first.ack_s, first.times)] * first.times
    if line.id.endswith(".escalated"):
        leads = [step for step in steps(rota) if step.who == "leads"]
        last = leads or [msgspec.structs.replace(steps(rota)[-1], who="leads")]
        return [step for step in last for _ in range(step.times)]
    return [step for step in steps(rota) for _ in range(step.times)]


def _planned(page: str, number: int, channel: Channel, person: str) -> Planned:
    sent = channel.kind == "console"  # every gateway tells its own consoles of the page
    ident = _ident(page, str(number), channel.name, person)
    return Planned(ident, channel.name, person, sent)


def _ident(*of: str) -> str:
    """Return a delivery's id: the same for the same call, whoever makes it."""
    return "d" + blake2b("\0".join(of).encode(), digest_size=12).hexdigest()


def _called(tenant: str, page: PageLine, case: CaseAsked | None, person: str, url: str) -> Called:
    if case is None:
        return Called(
            page.id, tenant, "", page.priority, "", "", "", "", "", 0, 0, page.at, None, "",
            "drill", person, page.step, url,
        )  # fmt: skip
    return Called(
        page.id, tenant, case.id, case.priority, case.queue, case.rule, case.category,
        case.severity, case.room, case.members, case.users, case.opened, case.due, case.nobody,
        case.because, person, page.step, f"{url}/#/case/{case.id}" if url else "",
    )  # fmt: skip
