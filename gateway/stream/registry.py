"""The streams that are open here: opened, found, resumed, closed, and looked at by the clock.

1. A stream is one while its server says so: a second open of it is refused (`id_reused`), unless it
   is the same one again, or comes after a break.
2. A broken connection's streams wait `resume_s` for their server, with decoder, handle and sequence
   kept. `resume` takes them over to the new connection, and so does their `stream.open`.
3. What stalls is said and closed in the end, what never ends is ended after `max_hours`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from secrets import randbelow
from typing import Protocol

from gateway.stream.clock import Clocks
from gateway.stream.intake import Intake
from gateway.stream.limits import StreamLimits
from gateway.stream.metrics import StreamNumbers
from gateway.stream.opening import Opening
from gateway.stream.ports import Judge, Live, Sender, Tap
from seawall import wire
from seawall.errors import OurFault
from workers.streams.client import StreamWorkers
from workers.streams.reports import Aligned
from workers.streams.units import Hearing, Sampling

__all__ = ["Media", "Peer", "Registry", "usual"]

_LOOK_S = 0.25
_HANDLES = 1 << 32
_HOUR_S = 3600.0

Media = Callable[[str, str], tuple[Sampling, Hearing]]
"""Policy's word on how a tenant's room is sampled and heard."""


def usual(tenant: str, room: str) -> tuple[Sampling, Hearing]:
    """Return the defaults, for any tenant and room."""
    return Sampling(), Hearing()


class Spoken(Protocol):
    """What a connection's session knows."""

    server: str

    def serves(self, room: str | None) -> bool:
        """Say whether the server named this room."""


class Peer(Protocol):
    """A connection that carries streams."""

    tenant: str
    key_id: str

    @property
    def session(self) -> Spoken:
        """Return its session."""

    def send(self, line: bytes) -> None:
        """Queue one text message."""

    def error(self, error: wire.Error) -> None:
        """Send an error, and count it."""


class Registry:
    """Implements `gateway.stream.ports.Streams`. Create it in the loop that uses it."""

    def __init__(
        self,
        workers: StreamWorkers,
        limits: StreamLimits,
        numbers: StreamNumbers,
        judge: Judge,
        taps: Sequence[Tap],
        media: Media = usual,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.clocks = Clocks()
        self.draining = False
        self._workers = workers
        self._limits = limits
        self._numbers = numbers
        self._judge = judge
        self._taps = tuple(taps)
        self._media = media
        self._wall = wall
        self._opening = Opening(limits)
        self._streams: dict[tuple[str, str], Intake] = {}
        self._handles: dict[int, Intake] = {}
        # Frames sent with the handles of a process before this one should meet nothing.
        self._next_handle = 1 + randbelow(1 << 24)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_LOOK_S, self._look)
        self._empty = asyncio.Event()
        self._empty.set()

    # -- streams, as the other parts see them ------------------------------------------------------

    def find(self, tenant: str, stream: str) -> Live | None:
        """Return an open stream; None for one that was ended."""
        intake = self._streams.get((tenant, stream))
        return None if intake is None or intake.stopped else intake.live

    def all(self) -> list[Live]:
        """Return every open stream."""
        return [intake.live for intake in self._streams.values() if not intake.stopped]

    def coverage(self, live: Live) -> wire.Coverage | None:
        """Return what was told last of how much of a stream is examined."""
        intake = self._handles.get(live.wire_handle)
        return None if intake is None else intake.covered

    def promote(self, live: Live, for_s: float, why: str) -> None:
        """Look closer at a stream for a while."""
        if (intake := self._handles.get(live.wire_handle)) is not None:
            self._numbers.promotions[why] += 1
            intake.promote(for_s, self._wall())

    def align(self, live: Live, utterance: int, done: Callable[[Aligned], None]) -> None:
        """Ask when the words of an utterance were spoken; `done` is called once, within 2 s."""
        self._workers.align(live.handle, utterance, done)

    def end(self, live: Live, why: str) -> None:
        """Examine a stream no more; what still comes of it is seen by the taps."""
        if (intake := self._handles.get(live.wire_handle)) is not None:
            intake.end(why)

    # -- what servers say --------------------------------------------------------------------------

    def open(self, peer: Peer, request: wire.StreamOpen) -> wire.Error | None:
        """Open a stream, or let it go on; return why not."""
        now = self._wall()
        known = self._streams.get((peer.tenant, request.stream))
        if known is not None and not known.closing:
            return self._again(known, peer, request, now)
        refused = self._opening.refuses(
            request, peer, self._handles.values(), self._workers.ready and not self.draining
        )
        if refused is not None:
            return refused
        self._begin(peer, request, now)
        self._numbers.opens["opened"] += 1
        return None

    def by_handle(self, handle: int, peer: object) -> Intake | None:
        """Return the stream of a handle that this connection may send on."""
        intake = self._handles.get(handle)
        return intake if intake is not None and intake.connection is peer else None

    def by_name(self, peer: Peer, stream: str) -> Intake | None:
        """Return the stream of that id which this connection sends."""
        intake = self._streams.get((peer.tenant, stream))
        return intake if intake is not None and intake.connection is peer else None

    def close_stream(self, intake: Intake, why: str, ack: bool = False) -> None:
        """End a stream once everything that came is examined."""
        if not intake.closing:
            intake.ack = ack
            self._numbers.closes[why] += 1
            intake.close(why, self._wall())

    def broke(self, peer: object) -> None:
        """Note that a connection is lost: its streams wait for their server."""
        now = self._wall()
        for intake in list(self._handles.values()):
            if intake.connection is peer:
                intake.broke(now)

    def resume(self, peer: Peer) -> int:
        """Take a server's waiting streams over to its new connection; return how many."""
        waiting = [
            intake
            for intake in self._streams.values()
            if intake.connection is None
            and intake.live.tenant == peer.tenant
            and intake.live.server == peer.session.server
            and not intake.closing
            and peer.session.serves(intake.live.room)
        ]
        for intake in waiting:
            self._numbers.opens["resumed"] += 1
            intake.resume(peer, peer.send)
            self._judge.resumed(intake.live)
        return len(waiting)

    # -- the end -----------------------------------------------------------------------------------

    async def drain(self, deadline_s: float) -> bool:
        """End every stream, opening none; say whether all ended by the deadline."""
        self.draining = True
        for intake in list(self._handles.values()):
            self.close_stream(intake, "draining")
        try:
            async with asyncio.timeout(deadline_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        """End every stream at once; nothing is waited for."""
        self.draining = True
        self._timer.cancel()
        for intake in list(self._handles.values()):
            intake.end("stopped")
            self.close_stream(intake, "stopped")

    def __len__(self) -> int:
        return len(self._handles)

    # -- the small things --------------------------------------------------------------------------

    def _again(
        self, known: Intake, peer: Peer, request: wire.StreamOpen, now: float
    ) -> wire.Error | None:
        """Answer an open of a stream that is open."""
        if known.connection is peer and not known.stopped:
            resumes = request.resume and self._opening.is_same(known, peer, request)
            if resumes or known.request == request:
                known.greet()  # it goes on already, or its answer was not heard
                return None
        if not self._opening.goes_on(known, peer, request, now):
            if known.connection is None or known.stopped:
                # It is another one by now: what waited for its server waits no more.
                self.close_stream(known, "replaced")
                return self.open(peer, request)
            text = "this stream is open already"
            return wire.Error(request.id, None, "id_reused", text)
        outcome = "resumed" if known.connection is None else "taken_over"
        self._numbers.opens[outcome] += 1
        known.resume(peer, peer.send, surely=request.resume)
        self._judge.resumed(known.live)
        return None

    def _begin(self, peer: Peer, request: wire.StreamOpen, now: float) -> None:
        handle, server = self._next_handle, peer.session.server
        self._next_handle += 1
        if handle >= _HANDLES:
            raise OurFault("no handles left")
        clock = self.clocks.of(peer.tenant, server)
        send: Sender = peer.send
        live = Live(
            peer.tenant,
            request.stream,
            request.room,
            request.user,
            server,
            handle,
            handle,
            request.container,
            now,
            send,
            request.viewers or 0,
            clock.offset_s,
        )
        sampling, hearing = self._media(peer.tenant, request.room)
        intake = Intake(
            live,
            request,
            peer,
            clock,
            self._limits,
            self._numbers,
            self._judge,
            self._taps,
            sampling.max_gap_s,
            (self._workers.sees, self._workers.hears and hearing.profile != "off"),
            self._over,
            self._wall,
        )
        self._streams[live.tenant, live.stream] = intake
        self._handles[handle] = intake
        self._empty.clear()
        for tap in self._taps:
            tap.opened(live)
        self._judge.opened(live)
        intake.decoder = self._workers.open(handle, request.container, sampling, hearing, intake)
        intake.greet()

    def _over(self, intake: Intake, why: str) -> None:
        live = intake.live
        self._handles.pop(live.wire_handle, None)
        if self._streams.get((live.tenant, live.stream)) is intake:
            del self._streams[live.tenant, live.stream]
        if not self._handles:
            self._empty.set()
        self._judge.closed(live, why)
        for tap in self._taps:
            tap.closed(live, why)

    def _look(self) -> None:
        self._timer = self._loop.call_later(_LOOK_S, self._look)
        now, read = self._wall(), time.perf_counter()
        for intake in list(self._handles.values()):
            # Each by itself: what is wrong with one stream is no other's.
            self._loop.call_soon(self._look_at, intake, now, read)

    def _look_at(self, intake: Intake, now: float, read: float) -> None:
        if why := self._ends(intake, now):
            self.close_stream(intake, why)
        if intake.live.wire_handle in self._handles:
            intake.look(now, read)

    def _ends(self, intake: Intake, now: float) -> str:
        """Say why a stream must end by itself, "" for no reason."""
        limits = self._limits
        if intake.closing:
            return ""
        if intake.connection is None and now - intake.lost_at > limits.resume_s:
            return "lost"
        if now - intake.live.opened_at > limits.max_hours * _HOUR_S:
            return "too_long"
        if intake.stopped:
            return intake.stopped if intake.quiet_s(now) > limits.dark_s else ""
        if intake.connection is not None and intake.quiet_s(now) > limits.idle_s:
            return "idle"
        return ""
