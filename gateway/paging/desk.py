"""Paging as people ask for it: rota, channels, who is on call, pages, answers, drills, retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from gateway.cases.cursors import Place, parse, show
from gateway.paging.channels import Plans
from gateway.paging.pager import Pager
from gateway.paging.rota import on_call
from gateway.paging.staff import Staff
from gateway.paging.store import PageStore
from gateway.refusal import unknown
from gateway.roles import Actor
from gateway.shapes.paging import (
    Channels,
    ChannelsBody,
    DeliveryLine,
    DeliveryPage,
    DrillBody,
    OnCall,
    OnCallList,
    PageLine,
    PagePage,
    Rota,
    RotaBody,
)

__all__ = ["PagingDesk"]


class PagingDesk:
    """What the API asks. Every call raises RecordUnavailable, and Refused as it says."""

    def __init__(
        self,
        store: PageStore,
        plans: Plans,
        pager: Pager,
        staff: Staff,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._plans = plans
        self._pager = pager
        self._staff = staff
        self._wall = wall

    async def rota(self, tenant: str) -> Rota:
        """Return the rota that stands."""
        return await asyncio.to_thread(self._plans.rota, tenant)

    async def write_rota(self, actor: Actor, body: RotaBody, version: int | None) -> Rota:
        """Write the rota anew. Raises Refused 400, 404 for somebody nobody knows, 412."""
        for name in sorted(_people(body)):
            if not self._staff.knows(actor.tenant, name):
                raise unknown(f"moderator: {name}")
        write = self._plans.write_rota
        return await asyncio.to_thread(write, actor.tenant, body, version, actor.name)

    async def channels(self, tenant: str) -> Channels:
        """Return the channels without their secrets, and what is wrong with each."""
        return await asyncio.to_thread(self._channels, tenant)

    async def write_channels(
        self, actor: Actor, body: ChannelsBody, version: int | None
    ) -> Channels:
        """Write all channels anew. Raises Refused 400, 412."""
        write = self._plans.write_channels
        await asyncio.to_thread(write, actor.tenant, body, version, actor.name)
        return await self.channels(actor.tenant)

    async def on_call(self, tenant: str) -> OnCallList:
        """Return who is on call now: for every queue the rota names, and for all others."""
        now = self._wall()
        rota = (await self.rota(tenant)).rota
        queues = {queue for shift in rota.shifts for queue in shift.queues}
        queues |= {queue for swap in rota.overrides for queue in swap.queues}
        found: list[OnCall] = [on_call(rota, queue, now) for queue in ("", *sorted(queues))]
        if not rota.shifts and not found[0].people:
            found[0] = OnCall("", self._staff.leads(tenant), "leads", None)
        return OnCallList(found, now)

    def first_called(self, tenant: str) -> list[str]:
        """Return who would be called first now, for any queue, as the pager knows it."""
        rota, now = self._pager.rotas.get(tenant), self._wall()
        if rota is None or not rota.shifts:  # then those answer who lead
            return self._staff.leads(tenant)
        queues = {queue for shift in rota.shifts for queue in shift.queues}
        found = [on_call(rota, queue, now).people[:1] for queue in ("", *sorted(queues))]
        return list(dict.fromkeys(person for people in found for person in people))

    def is_called_first(self, tenant: str, name: str) -> bool:
        """Say whether somebody is the first to be called now, for any queue."""
        return name in self.first_called(tenant)

    async def pages(self, tenant: str, cursor: str | None, limit: int) -> PagePage:
        """Return pages, the newest first. Raises Refused 400 `bad_cursor`."""
        find = self._store.pages
        found = await asyncio.to_thread(find, tenant, _place(cursor), limit + 1)
        return PagePage(found[:limit], _next(found, limit))

    async def ack(self, actor: Actor, page: str) -> PageLine:
        """Answer a page. Raises Refused 404, 409 naming who was first."""
        now = self._wall()
        line = await asyncio.to_thread(self._store.ack, actor.tenant, page, actor.name, now)
        self._pager.poke()
        return line

    async def drill(self, actor: Actor, body: DrillBody) -> PageLine:
        """Call somebody for practice. Raises Refused 404 for an unknown person or channel."""
        if body.person is not None and not self._staff.knows(actor.tenant, body.person):
            raise unknown("moderator")
        known = {each.name for each in (await self.channels(actor.tenant)).channels}
        if not known.issuperset(body.channels):
            raise unknown("channel")
        return await self._pager.drill(actor.tenant, body.person, body.channels)

    async def deliveries(
        self, tenant: str, state: str | None, cursor: str | None, limit: int
    ) -> DeliveryPage:
        """Return deliveries, the newest first. Raises Refused 400 `bad_cursor`."""
        find = self._store.deliveries
        found = await asyncio.to_thread(find, tenant, state, _place(cursor), limit + 1)
        return DeliveryPage(found[:limit], _next(found, limit))

    async def retry(self, actor: Actor, delivery: str) -> DeliveryLine:
        """Try a dead delivery again. Raises Refused 404, 409."""
        now = self._wall()
        line = await asyncio.to_thread(self._store.retry, actor.tenant, delivery, now)
        self._pager.poke()
        return line

    def _channels(self, tenant: str) -> Channels:
        standing, failing = self._plans.channels(tenant), self._store.failing(tenant)
        shown = [
            msgspec.structs.replace(each, secret="", failing=failing.get(each.name, ""))
            for each in standing.channels
        ]
        return msgspec.structs.replace(standing, channels=shown)


def _people(body: RotaBody) -> set[str]:
    """Return the names of people in a rota."""
    named = {step.who for step in body.steps} - {"on-call", "next", "leads"}
    named |= {person for shift in body.shifts for person in shift.people}
    return named | {swap.person for swap in body.overrides}


def _place(cursor: str | None) -> tuple[float, str] | None:
    if cursor is None:
        return None
    place = parse(cursor)
    return place.at, place.id


def _next(found: list[PageLine] | list[DeliveryLine], limit: int) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return show(Place(last.at, last.id))
