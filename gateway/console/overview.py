"""The overview page: the day in numbers, and what is not as it should be.

What goes through this process (messages, verdicts, rules, latency, connections) is this gateway's
own since `since`; cases are everybody's since midnight UTC. Latency is of all tenants together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from msgspec import Struct

from gateway.chat.recent import Recent
from gateway.console.numbers import Numbers
from gateway.console.rooms import Rooms, Streaming
from gateway.metrics import BOUNDS, Histogram, Metrics
from gateway.policy.brake import Brakes
from gateway.roles import Actor
from gateway.shapes.rooms import CountLine, Health, Overview, RoomList, RoomShown
from gateway.stream.moderating import StreamShown
from seawall.brake import day_of, day_start

__all__ = ["Overviews", "Present", "latency_of"]

TOP = 12
STREAMS = 4096
_SAYS = {
    "windows": "The store of windows is away: they are counted in this process, nothing strikes.",
    "labels": "Restrictions that other gateways set may be seen late.",
    "journal": "The journal's writer is down: what restricts cannot be recorded.",
    "record": "The database is away: decisions wait in the spill file.",
    "keys": "Keys have not been read for a while: revoked ones may still work.",
    "holds": "Holds cannot be read from the database.",
    "outbox": "Commands cannot be read from the database.",
    "media": "A worker that sees or hears streams is not running.",
    "models": "A text model is not running: what it would find goes unheard.",
    "evidence": "Evidence of streams cannot be kept.",
    "nukes": "Nukes cannot be read from the database.",
}


class Categories(Protocol):
    """Which category a rule of a tenant's policy is of."""

    def __call__(self, tenant: str) -> Mapping[str, str]:
        """Return categories by rule."""


class Present(Struct, frozen=True):
    """What is asked of other parts, by tenant; what a gateway lacks stays as it is."""

    connections: Callable[[str], int] = lambda tenant: 0
    consoles: Callable[[str], int] = lambda tenant: 0
    on_call: Callable[[str], Awaitable[list[str]]] | None = None
    streams: Streaming | None = None


class Overviews:
    """The day's numbers and the rooms, for the API and for consoles."""

    def __init__(
        self,
        recent: Recent,
        numbers: Numbers,
        rooms: Rooms,
        metrics: Metrics,
        brakes: Brakes,
        categories: Categories,
        present: Present,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._recent = recent
        self._numbers = numbers
        self._rooms = rooms
        self._metrics = metrics
        self._brakes = brakes
        self._categories = categories
        self._present = present
        self._wall = wall

    async def rooms(self, actor: Actor) -> RoomList:
        """Return rooms in which something was said lately. Raises Refused 403."""
        return await self._rooms.all(actor)

    async def room(self, actor: Actor, room: str) -> RoomShown:
        """Return one room with what was said last. Raises Refused 403."""
        return await self._rooms.one(actor, room)

    async def overview(self, tenant: str) -> Overview:
        """Return the day in numbers. Raises RecordUnavailable."""
        now = self._wall()
        present = self._present
        open_now = await self._numbers.now(tenant)
        day = await self._numbers.day(tenant, day_start(day_of(now)), now)
        on_call = await present.on_call(tenant) if present.on_call is not None else []
        since, verdicts = self._recent.counts(tenant)
        streams = present.streams.all(tenant, STREAMS) if present.streams is not None else []
        rules, categories = self._rules(tenant, now)
        return Overview(
            now, since, sum(verdicts.values()),
            float(sum(pulse.messages for pulse in self._recent.rooms(tenant))), dict(verdicts),
            rules, categories, latency_of(self._metrics.stages["total"]), open_now.priorities,
            day.opened, day.decided, day.expired, day.handling_s, day.first_s, day.overturned,
            day.hours, len(streams), present.connections(tenant), present.consoles(tenant),
            _coverage(streams), self._degraded(), on_call,
        )  # fmt: skip

    def _rules(self, tenant: str, now: float) -> tuple[list[CountLine], list[CountLine]]:
        """Return what rules restricted today, the most first, and the same by category."""
        hits = self._brakes.hits_of(tenant, day_of(now))
        known = self._categories(tenant)
        categories: Counter[str] = Counter()
        for rule, count in hits.items():
            categories[known.get(rule, "other")] += count
        return _top(Counter(hits)), _top(categories)

    def _degraded(self) -> list[Health]:
        return [
            Health(name, _SAYS.get(name, f"{name} is not as it should be."))
            for name, is_down in self._metrics.degraded.items()
            if is_down()
        ]


def _top(counts: Counter[str]) -> list[CountLine]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [CountLine(name, count) for name, count in ranked[:TOP]]


def latency_of(total: Histogram) -> dict[str, float]:
    """Return quantiles in ms, read off between the bounds of a bucket; none without a message."""
    every = sum(total.counts)
    return {
        name: round(_quantile(total.counts, share * every) * 1000, 3)
        for name, share in (("p50", 0.5), ("p95", 0.95))
        if every
    }


def _quantile(counts: list[int], rank: float) -> float:
    """Return the value of that rank, seconds; that of the last bound where it lies beyond."""
    lower = 0.0
    for bound, count in zip(BOUNDS, counts, strict=False):
        if count and rank <= count:
            return float(lower + (bound - lower) * rank / count)
        rank -= count
        lower = bound
    return lower


def _coverage(streams: list[StreamShown]) -> float | None:
    """Return the mean share of speech and frames that was examined; None without a stream."""
    shares = [
        (stream.coverage.speech + stream.coverage.frames) / 2
        for stream in streams
        if stream.coverage is not None
    ]
    return sum(shares) / len(shares) if shares else None
