"""Rooms as people see them: what was said last, how lively it is, what is switched on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from gateway.chat.recent import Recent, RoomPulse
from gateway.chat.switches import Switch
from gateway.console.numbers import Numbers
from gateway.refusal import forbidden
from gateway.roles import Actor
from gateway.shapes.cases import ContextLine
from gateway.shapes.rooms import RoomLine, RoomList, RoomShown
from gateway.state.labels import Labels
from gateway.stream.moderating import StreamShown

__all__ = ["Rooms", "Streaming"]

SHOWN = 500
"""Rooms of a list: the busiest."""
STREAMS = 4096


class Streaming(Protocol):
    """Streams that are open here: `gateway.stream.moderating.Moderating`."""

    def all(self, tenant: str, limit: int) -> list[StreamShown]:
        """Return how a tenant's streams stand."""


class Switching(Protocol):
    """A hand on rooms: `gateway.chat.switches.Switches`."""

    def of(self, tenant: str, room: str, now: float) -> list[Switch]:
        """Return how every switch of a room stands."""


class Rooms:
    """The rooms of every tenant."""

    def __init__(
        self,
        recent: Recent,
        labels: Labels,
        switches: Switching,
        numbers: Numbers,
        streams: Streaming | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._recent = recent
        self._labels = labels
        self._switches = switches
        self._numbers = numbers
        self._streams = streams
        self._wall = wall

    async def all(self, actor: Actor) -> RoomList:
        """Return the rooms in which something was said lately, the busiest first."""
        _may(actor)
        cases = (await self._numbers.now(actor.tenant)).rooms
        streams = self._streams_of(actor.tenant)
        pulses = self._recent.rooms(actor.tenant)[:SHOWN]
        spoken = {pulse.room for pulse in pulses}
        silent = sorted({*cases, *streams} - spoken)[: SHOWN - len(pulses)]
        pulses += [RoomPulse(room, 0, 0, 0.0) for room in silent]
        return RoomList([self._line(actor.tenant, pulse, cases, streams) for pulse in pulses])

    async def one(self, actor: Actor, room: str) -> RoomShown:
        """Return a room, also one in which nothing was said: it may be switched all the same."""
        _may(actor)
        tenant = actor.tenant
        cases = (await self._numbers.now(tenant)).rooms
        pulse = self._recent.pulse(tenant, room)
        line = self._line(tenant, pulse, cases, self._streams_of(tenant))
        said_here = self._recent.of(tenant, room) if actor.may("evidence.view") else []
        messages = [
            ContextLine(said.event, said.rev, said.at, said.user, said.name, said.text, said.action)
            for said in said_here
        ]
        return RoomShown(line, self._switches.of(tenant, room, self._wall()), messages)

    def _line(
        self, tenant: str, pulse: RoomPulse, cases: dict[str, int], streams: dict[str, list[str]]
    ) -> RoomLine:
        facts = self._labels.facts(tenant, pulse.room, "", self._wall())
        return RoomLine(
            pulse.room, facts.topic, facts.viewers, pulse.messages, pulse.restricted,
            cases.get(pulse.room, 0), streams.get(pulse.room, []), sorted(facts.room),
            pulse.latest,
        )  # fmt: skip

    def _streams_of(self, tenant: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for stream in self._streams.all(tenant, STREAMS) if self._streams is not None else ():
            found.setdefault(stream.room, []).append(stream.stream)
        return found


def _may(actor: Actor) -> None:
    if not actor.may("rooms.read"):
        raise forbidden("rooms.read")
