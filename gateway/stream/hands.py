"""Everything that judges and acts on streams, put together: who knows whom. Nothing runs by itself.

The ingest gets `judge` and `taps`, and is then attached; `start`, `sweep`, `run` and `stop` belong
to whoever runs the gateway.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from gateway.chat.commands import Commands
from gateway.chat.job import WindowAsker
from gateway.chat.recorder import Recorder
from gateway.chat.rulesets import Rulesets
from gateway.metrics import Metrics
from gateway.policy.brake import Brakes
from gateway.record.entry import CommandEnd, Entry
from gateway.record.kept import KeptEvidence
from gateway.record.secret import load_secret
from gateway.record.standing import Standing
from gateway.record.where import Where
from gateway.state.labels import Labels
from gateway.stream.acting import Acting
from gateway.stream.darkness import Darkness, Patience
from gateway.stream.evidence import Evidence
from gateway.stream.judging import StreamJudge
from gateway.stream.moderating import Moderating
from gateway.stream.numbers import Numbers
from gateway.stream.orders import StreamOrders
from gateway.stream.ports import Live, Streams, Tap
from gateway.stream.ringwriter import RingLimits
from gateway.stream.veto import Countdown, Recording, Vetoes
from seawall import wire
from workers.streams.reports import Aligned

__all__ = ["Attached", "StreamHands", "StreamParts"]


class StreamParts(msgspec.Struct):
    """What the chat path has that streams need too."""

    rulesets: Rulesets
    windows: WindowAsker
    labels: Labels
    recorder: Recorder
    commands: Commands
    journal: Recording
    metrics: Metrics
    evidence: KeptEvidence
    standing: Standing
    brakes: Brakes
    changed: Callable[[str], None]
    """Told the tenant whose labels changed."""


class Attached:
    """The streams that are open here, once there is somebody who takes them in."""

    def __init__(self) -> None:
        self.registry: Streams | None = None

    def find(self, tenant: str, stream: str) -> Live | None:
        """Return an open stream."""
        return None if self.registry is None else self.registry.find(tenant, stream)

    def all(self) -> list[Live]:
        """Return every open stream."""
        return [] if self.registry is None else self.registry.all()

    def promote(self, live: Live, for_s: float, why: str) -> None:
        """Look closer at a stream for a while."""
        if self.registry is not None:
            self.registry.promote(live, for_s, why)

    def align(self, live: Live, utterance: int, done: Callable[[Aligned], None]) -> None:
        """Ask when the words of an utterance were spoken."""
        if self.registry is None:
            done(Aligned(live.handle, utterance, []))
        else:
            self.registry.align(live, utterance, done)

    def end(self, live: Live, why: str) -> None:
        """Stop examining a stream."""
        if self.registry is not None:
            self.registry.end(live, why)


class StreamHands:
    """The parts behind the ingest. Build it in a running loop."""

    def __init__(
        self,
        parts: StreamParts,
        where: Where,
        limits: RingLimits | None = None,
        patience: Patience | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._parts, self._wall = parts, wall
        self.streams = Attached()
        self.numbers = Numbers()
        labels, recorder, rulesets = parts.labels, parts.recorder, parts.rulesets
        kept, secret, note = parts.evidence, load_secret(where.data), self._note
        self.evidence = Evidence(where.data, secret, kept, note, self._reach_s, limits, wall)
        self.darkness = Darkness(note, self.numbers, patience, wall)
        self.orders = StreamOrders(recorder, parts.commands, labels, self.darkness.cut)
        self.darkness.attach(self.orders, self.streams)
        self.vetoes = Vetoes(
            self.orders,
            self.streams,
            note,
            parts.standing,
            self.numbers,
            parts.changed,
            self._taken_back,
            self._cut,
            wall,
        )
        self.acting = Acting(
            self.orders, self.vetoes, self.evidence, parts.metrics, self.numbers, self._told, wall
        )
        self.judge = StreamJudge(
            rulesets,
            parts.windows,
            labels,
            recorder,
            self.acting,
            self.streams,
            parts.metrics,
            self.numbers,
            parts.brakes,
            self._begun,
            wall,
        )
        self.moderating = self._moderating(wall)
        self.taps: tuple[Tap, ...] = (self.evidence, self.darkness)

    def _begun(self, live: Live) -> None:
        self.vetoes.opened(live)
        self.orders.again(live, self._wall())

    def _moderating(self, wall: Callable[[], float]) -> Moderating:
        return Moderating(
            self.orders,
            self.vetoes,
            self.judge,
            self.streams,
            self._parts.journal,
            self.darkness,
            self.evidence,
            wall,
        )

    def attach(self, registry: Streams) -> None:
        """Learn who takes streams in."""
        self.streams.registry = registry

    def start(self) -> None:
        """Start the evidence thread; in the loop."""
        self.evidence.start()

    async def run(self, spilled: Callable[[], int]) -> None:
        """Sweep up clips until cancelled. `spilled` counts entries that wait for the database."""
        await self.evidence.run(spilled)

    def sweep(self, now: float) -> None:
        """Do what is due; call it some times a second."""
        self.vetoes.sweep(now)
        self.darkness.sweep(now)
        writer, numbers = self.evidence.writer, self.numbers
        numbers.evidence = writer.counts
        numbers.stored.update(rings=writer.stored, clips=writer.clipped, waiting=writer.waiting)

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd, at: float) -> None:
        """Hear how a command ended, whatever it was about."""
        self.darkness.ended(tenant, command, end, at)

    async def stop(self) -> None:
        """End what is under way; before the journal stops."""
        await self.vetoes.close()
        await self.evidence.stop()

    def _note(self, entry: Entry) -> None:
        self._parts.recorder.note(entry, lambda: None)

    def _reach_s(self, live: Live) -> float:
        """Return how far back evidence of a stream reaches, as its room's policy says."""
        return self._parts.rulesets.of(live.tenant).for_room(live.room).media.evidence_s

    def _told(self, live: Live, finding: wire.Finding) -> None:
        self.judge.told(live, finding)

    def _cut(self, live: Live, countdown: Countdown) -> None:
        """Keep what a stream showed while its cut waited."""
        key = (countdown.tenant, countdown.event, countdown.rev)
        self.evidence.freeze(live, key, "frame", cuts=True)

    def _taken_back(self, tenant: str, stream: str) -> None:
        self.judge.step_back(tenant, stream)
