"""A person's hand on a stream: warn, blur, mute, cut, lift, veto; and how a stream stands.

What a person restricts keeps a clip, as a decision does. It is a label of people: decisions and
their reverts neither lift nor shorten it.
`lift` takes one kind away whoever set it, or all; it ends a countdown too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from secrets import token_hex
from typing import Literal

import msgspec

from gateway.chat.acted import STREAM_LABELS, ended, latest
from gateway.record.entry import Entry, Evidence, LabelRow
from gateway.state.layers import LIFTED, LIFTED_S
from gateway.stream.acting import Freezing
from gateway.stream.darkness import CutShown, Darkness
from gateway.stream.judging import StreamJudge
from gateway.stream.orders import StreamOrders
from gateway.stream.ports import Live, Streams
from gateway.stream.veto import PENDING, Countdown, Recording, Vetoes
from seawall import wire
from seawall.actions import Action, Target

__all__ = ["Acted", "Kind", "Moderating", "Pending", "Restriction", "StreamShown"]

Kind = Literal["warn", "blur", "mute_audio", "mute_video", "cut"]


class Restriction(msgspec.Struct, frozen=True):
    """One thing in force on a stream; `until` None: until reversed."""

    kind: str
    until: float | None
    because: str


class Pending(msgspec.Struct, frozen=True):
    """A cut that waits for a veto until a time; `nobody` is what happens without one."""

    event: str
    rev: int
    rule: str
    until: float
    nobody: str


class StreamShown(msgspec.Struct, frozen=True):
    """A stream as it stands. Times are seconds since the epoch; findings those since it opened.

    `quiet_s` is how long no byte has come, `offset_s` how far its server's clock is behind ours.
    """

    stream: str
    room: str
    user: str
    server: str
    container: str
    opened_at: float
    connected: bool
    viewers: int
    quiet_s: float
    offset_s: float
    findings: int
    last: wire.Finding | None
    restrictions: list[Restriction]
    pending: Pending | None
    coverage: wire.Coverage | None = None


class Acted(msgspec.Struct, frozen=True):
    """What a person did to a stream; `commands` are what its servers were told."""

    stream: str
    by: str
    at: float
    event: str
    commands: tuple[Action, ...]


class Moderating:
    """What people do to streams."""

    def __init__(
        self,
        orders: StreamOrders,
        vetoes: Vetoes,
        judge: StreamJudge,
        streams: Streams,
        journal: Recording,
        darkness: Darkness,
        evidence: Freezing,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.coverage: Callable[[Live], wire.Coverage | None] = lambda live: None
        """Who knows what was examined of a stream lately."""
        self._orders = orders
        self._vetoes = vetoes
        self._judge = judge
        self._streams = streams
        self._journal = journal
        self._darkness = darkness
        self._evidence = evidence
        self._wall = wall

    def all(self, tenant: str, limit: int) -> list[StreamShown]:
        """Return how a tenant's streams stand that are open here, the newest first."""
        mine = [live for live in self._streams.all() if live.tenant == tenant]
        mine.sort(key=lambda live: (-live.opened_at, live.stream))
        return [self._shown(live) for live in mine[:limit]]

    def cuts(self, tenant: str) -> list[CutShown]:
        """Return what came of a tenant's last cuts here, the newest first."""
        return self._darkness.recent(tenant)

    def find(self, tenant: str, stream: str) -> StreamShown | None:
        """Return how a stream stands; None where it is not open here."""
        live = self._streams.find(tenant, stream)
        return None if live is None else self._shown(live)

    def room_of(self, tenant: str, stream: str, room: str = "") -> str | None:
        """Return the room of a stream: that it is open in, that it is restricted in, or `room`."""
        live = self._streams.find(tenant, stream)
        if live is not None:
            return live.room
        known = self._orders.labels.rooms_of(tenant, stream)
        return known[0] if known else (room or None)

    async def veto(self, tenant: str, stream: str, by: str, reason: str) -> Countdown | None:
        """Let a stream go on that waits to be cut. Raises RecordUnavailable."""
        return await self._vetoes.veto(tenant, stream, by, reason, self._journal)

    async def act(
        self,
        tenant: str,
        stream: str,
        room: str,
        kind: Kind,
        for_s: float | None,
        by: str,
        reason: str,
    ) -> Acted:
        """Restrict a stream for seconds, or (None) until reversed. Raises SeawallError."""
        now = self._at(tenant, stream, room, kind)
        target = Target("stream", room, stream)
        action = Action(target, kind, None if kind == "warn" else for_s)
        if kind == "cut" and self._vetoes.of(tenant, stream) is not None:
            await self._vetoes.veto(tenant, stream, by, "cut by hand", self._journal)
        return await self._order(tenant, stream, room, kind, (action,), (), by, reason, now)

    async def lift(
        self, tenant: str, stream: str, room: str, kind: Kind | None, by: str, reason: str
    ) -> Acted:
        """Take a restriction away whoever set it; all of them without a kind.

        Raises SeawallError.
        """
        labels = self._orders.labels
        layers = labels.layers(tenant, "stream", room, stream)
        standing = labels.of_stream(tenant, stream, self._wall())
        kinds = [kind] if kind is not None else sorted(STREAM_LABELS & standing.keys())
        now = max([self._wall(), *(latest(layers, each, self._wall()) for each in kinds)])
        if kind is None and PENDING in standing:
            await self._vetoes.veto(tenant, stream, by, reason or "lifted", self._journal)
        rows: list[LabelRow] = []
        for each in kinds:
            lifted = (each + LIFTED, now + LIFTED_S, "lift", "flood", by)
            rows.append(LabelRow("stream", room, stream, *lifted))
            rows += ended("stream", room, stream, layers, each, by)
        target = Target("stream", room, stream)
        actions = tuple(Action(target, each, 0.0) for each in kinds)
        return await self._order(
            tenant, stream, room, "lift", actions, tuple(rows), by, reason, now
        )

    async def _order(
        self,
        tenant: str,
        stream: str,
        room: str,
        what: str,
        actions: tuple[Action, ...],
        rows: tuple[LabelRow, ...],
        by: str,
        reason: str,
        now: float,
    ) -> Acted:
        live = self._streams.find(tenant, stream)
        event = f"s{token_hex(8)}.hand"
        entry = Entry(
            "moderator", tenant, event, now, what, 0, room, "" if live is None else live.user.id,
            rule=reason[:500], category="", by=by, ref=stream, labels=rows,
        )  # fmt: skip
        restricts = live is not None and any(each.for_s != 0 for each in actions)
        if live is not None and restricts:
            entry = msgspec.structs.replace(entry, evidence=Evidence("", live.user.name or ""))
        await self._orders.ordered(entry, actions)
        if live is not None and restricts:
            self._evidence.freeze(live, (tenant, event, 0), "frame", cuts=what == "cut")
        return Acted(stream, by, now, event, actions)

    def _at(self, tenant: str, stream: str, room: str, kind: str) -> float:
        layers = self._orders.labels.layers(tenant, "stream", room, stream)
        return latest(layers, kind, self._wall())

    def _shown(self, live: Live) -> StreamShown:
        now = self._wall()
        standing = self._orders.labels.of_stream(live.tenant, live.stream, now)
        waits = self._vetoes.of(live.tenant, live.stream)
        findings, last = self._judge.last(live)
        return StreamShown(
            live.stream,
            live.room,
            live.user.id,
            live.server,
            live.container,
            live.opened_at,
            live.connected,
            live.viewers,
            max(0.0, now - live.last_byte_at) if live.last_byte_at else 0.0,
            live.offset_s,
            findings,
            last,
            [
                Restriction(name, label.until, label.because)
                for name, label in sorted(standing.items())
                if name in STREAM_LABELS
            ],
            None
            if waits is None
            else Pending(waits.event, waits.rev, waits.rule, waits.until, waits.nobody),
            self.coverage(live),
        )
