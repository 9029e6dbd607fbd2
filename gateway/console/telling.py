"""What the gateway knows, told to the consoles that watch it: rooms, streams, queues, the day.

Nothing here is done for a topic that nobody watches.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

from gateway.chat.recent import Recent, Said
from gateway.chat.switches import Switch
from gateway.console.hub import Hub
from gateway.log import log
from gateway.shapes.cases import ContextLine, QueueLine
from gateway.shapes.live import (
    OverviewTold,
    RoomLines,
    RoomSwitches,
    StreamEnded,
    StreamFinding,
    StreamTold,
)
from gateway.shapes.rooms import Overview
from gateway.stream.moderating import StreamShown
from seawall.errors import RecordUnavailable

__all__ = ["Sources", "Telling", "shown"]

GATHER_S = 0.1
"""A room's messages are told in batches this far apart."""
LINES = 200
"""Of one room in one batch; the rest is skipped, and counted."""
TICK_S = 1.0
OVERVIEW_TICKS = 2


class Sources:
    """Where what is told comes from; None: nothing of it is here."""

    def __init__(
        self,
        switches: Callable[[str, str, float], list[Switch]],
        stream: Callable[[str, str], StreamShown | None] | None,
        overview: Callable[[str], Awaitable[Overview]],
        queues: Callable[[str], Awaitable[list[QueueLine]]],
    ) -> None:
        self.switches = switches
        self.stream = stream
        self.overview = overview
        self.queues = queues


class Telling:
    """Feeds the hub. `run` is the task that does so by the clock."""

    def __init__(
        self, hub: Hub, recent: Recent, sources: Sources, wall: Callable[[], float] = time.time
    ) -> None:
        self.failing = False
        self._hub = hub
        self._recent = recent
        self._sources = sources
        self._wall = wall
        self._rooms: defaultdict[tuple[str, str], list[ContextLine]] = defaultdict(list)
        self._skipped: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._switches: dict[tuple[str, str], list[Switch]] = {}
        self._streams: dict[tuple[str, str], StreamShown] = {}
        self._queues: dict[str, list[QueueLine]] = {}
        self._listening = False
        self._ticks = 0
        hub.topics.append(self._watched)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self._ticks += 1
            self._hub.tick()
            self._tell_switches()
            self._tell_streams()
            try:
                await self._tell_numbers()
            except RecordUnavailable as problem:
                if not self.failing:
                    log.error("numbers cannot be read", extra={"fields": {"why": str(problem)}})
                self.failing = True
            else:
                self.failing = False

    # -- rooms ----------------------------------------------------------------------------------

    def _watched(self, tenant: str, topic: str, watched: bool) -> None:
        kind, _, name = topic.partition(":")
        if kind == "room":
            self._switches.pop((tenant, name), None)
            self._listen(bool(self._hub.watched("room")))
        elif kind == "stream" and not watched:
            self._streams.pop((tenant, name), None)
        elif kind == "queue":
            self._queues.pop(tenant, None)

    def _listen(self, wanted: bool) -> None:
        if wanted == self._listening:
            return
        self._listening = wanted
        if wanted:
            self._recent.heard.append(self._said)
        else:
            self._recent.heard.remove(self._said)

    def _said(self, tenant: str, said: Said) -> None:
        key = (tenant, f"room:{said.room}")
        if key not in self._hub:
            return
        if not self._rooms:
            asyncio.get_running_loop().call_later(GATHER_S, self._tell_rooms)
        lines = self._rooms[key]
        if len(lines) < LINES:
            lines.append(shown(said))
        else:
            self._skipped[key] += 1

    def _tell_rooms(self) -> None:
        rooms, self._rooms = self._rooms, defaultdict(list)
        skipped, self._skipped = self._skipped, defaultdict(int)
        for key, lines in rooms.items():
            room = key[1].partition(":")[2]
            self._hub.tell(*key, RoomLines(room, lines, skipped.get(key, 0)))

    def _tell_switches(self) -> None:
        now = self._wall()
        for tenant, topic in self._hub.watched("room"):
            room = topic.partition(":")[2]
            stands = self._sources.switches(tenant, room, now)
            if self._switches.get((tenant, room)) != stands:
                self._switches[tenant, room] = stands
                self._hub.tell(tenant, topic, RoomSwitches(room, stands))

    # -- streams --------------------------------------------------------------------------------

    def _tell_streams(self) -> None:
        if self._sources.stream is None:
            return
        for tenant, topic in self._hub.watched("stream"):
            stream = topic.partition(":")[2]
            before = self._streams.get((tenant, stream))
            shown = self._sources.stream(tenant, stream)
            if shown is None:
                if before is not None:
                    del self._streams[tenant, stream]
                    self._hub.tell(tenant, topic, StreamEnded(stream))
                continue
            self._streams[tenant, stream] = shown
            last = shown.last
            seen = last is not None and last.surface == "frame"
            self._hub.tell(tenant, topic, StreamTold(shown, last.to_ if seen and last else None))
            if last is not None and (before is None or before.last != last):
                self._hub.tell(tenant, topic, StreamFinding(stream, last))

    # -- numbers --------------------------------------------------------------------------------

    async def _tell_numbers(self) -> None:
        for tenant, _ in self._hub.watched("queue"):
            lines = await self._sources.queues(tenant)
            if self._queues.get(tenant) != lines:
                self._queues[tenant] = lines
                self._hub.queues(tenant, lines)
        if self._ticks % OVERVIEW_TICKS == 0:
            for tenant, topic in self._hub.watched("overview"):
                overview = await self._sources.overview(tenant)
                self._hub.tell(tenant, topic, OverviewTold(overview))


def shown(said: Said) -> ContextLine:
    """Return a message of the ring as it is shown."""
    return ContextLine(said.event, said.rev, said.at, said.user, said.name, said.text, said.action)
