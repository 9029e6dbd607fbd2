"""The gateway as one thing: connections on one side, the chat path on the other.

What a connection accepted is dispatched here, by a table, to the part that answers for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from secrets import token_hex
from weakref import WeakKeyDictionary

import msgspec

from gateway.cases.lines import of_report
from gateway.chat.acted import Platform, Restored, on_hold
from gateway.chat.commands import Commands, Receiver
from gateway.chat.engine import Engine
from gateway.chat.holds import HoldDesk
from gateway.chat.recorder import Recorder
from gateway.config import Config
from gateway.edge.connection import Connection, EdgeLimits
from gateway.edge.inbox import Inbox
from gateway.log import log
from gateway.metrics import Metrics
from gateway.record.columns import DAY_S
from gateway.record.entry import PLATFORM, Entry, Evidence
from gateway.record.keys import Key
from gateway.record.whose import Whose
from gateway.state.labels import Labels
from gateway.stream.door import StreamDoor
from seawall import wire
from seawall.binary import Piece
from seawall.errors import RecordUnavailable
from seawall.events import Deleted
from seawall.quota import Quota
from seawall.session import SessionLimits

__all__ = ["Service"]

HELLO_S = 10.0
"""How long a connection may stay without a word."""
ERRANDS = 1000
"""How many answers may be looked up at once."""
WHOSE_S = 2.0
"""How long the record may take to say whose an answer is."""
_JUDGED = frozenset({wire.Chat, wire.Edit, wire.Profile})
_encode = msgspec.json.Encoder().encode


class Service:
    """All connections of this process, and what is done with what they say."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        commands: Commands,
        labels: Labels,
        holds: HoldDesk,
        recorder: Recorder,
        platform: Platform,
        restored: Restored,
        metrics: Metrics,
        touch: Callable[[Connection], None],
        inbox: Inbox,
        whose: Whose,
    ) -> None:
        self.connections: set[Connection] = set()
        self._knocking: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        self._quotas: dict[str, Quota] = {}
        self.draining = False
        self._config = config
        self._engine = engine
        self._commands = commands
        self._labels = labels
        self._holds = holds
        self._recorder = recorder
        self._platform = platform
        self._restored = restored
        self._errands: set[asyncio.Task[None]] = set()
        self._metrics = metrics
        self._touch = touch
        self._inbox = inbox
        self._whose = whose
        self._limits = SessionLimits(inflight=config.inflight, rate=config.rate, burst=config.burst)
        self._edge = EdgeLimits(config.egress_kb * 1024, config.egress_s)
        self.streams = StreamDoor()
        self.deleted: list[Callable[[Deleted], None]] = []
        self._handlers: dict[type, Callable[[Connection, object], None]] = {
            wire.Room: self._room,
            wire.Delete: self._delete,
            wire.Leave: self._leave,
            wire.Report: self._report,
            wire.Acted: self._acted,
            wire.Answer: self._answer,
            wire.Done: self._done,
            wire.Failed: self._failed,
            wire.Resume: self._resume,
            wire.StreamOpen: self._stream,
            wire.StreamStat: self._stream,
            wire.StreamClose: self._stream,
        }

    def connect(self, key: Key) -> Connection:
        """Make the connection object for a handshake that showed `key`."""
        connection = Connection(
            self,
            self._metrics,
            self._limits,
            self._edge,
            key.tenant,
            key.id,
            key.role,
            self._touch,
            self._inbox,
            self._quota(key.tenant),
        )
        self._knocking[connection] = time.perf_counter()  # until it says hello
        return connection

    def _quota(self, tenant: str) -> Quota | None:
        """Return the rate that all connections of a tenant share, None for any."""
        rate = self._config.tenant_rate
        if not rate:
            return None
        quota = self._quotas.get(tenant)
        if quota is None:
            quota = self._quotas[tenant] = Quota(rate, max(1.0, rate), time.perf_counter())
        return quota

    def opened(self, connection: Connection, hello: wire.Hello) -> wire.HelloReply:
        """Greet a connection and let commands reach it."""
        self.connections.add(connection)
        self._commands.connect(
            connection,
            connection.tenant,
            Receiver(connection.session.serves, connection.send),
        )
        policy = self._engine.rulesets.of(connection.tenant).policy
        return wire.HelloReply(
            session=f"s{token_hex(12)}",
            version=wire.VERSION,
            policy=policy.version[:16],
            budgets={
                surface: wire.Budget(budget.ms, budget.on_timeout)
                for surface, budget in policy.budgets.items()
            },
            limits=wire.Limits(
                self._limits.text_bytes,
                self._limits.frame_bytes,
                self._limits.batch_items,
                self._limits.inflight,
                self._limits.rate,
            ),
            memory=wire.Memory(self._config.memory_s, self._config.memory_mb * 1024 * 1024),
            degraded=[name for name, is_down in self._metrics.degraded.items() if is_down()],
            at=time.time(),
        )

    def lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self._knocking.pop(connection, None)  # it may be gone before anybody looked
        self._commands.disconnect(connection, connection.tenant)
        self.streams.lost(connection)

    def media(self, connection: Connection, piece: Piece, data: bytes, read: float) -> None:
        """Hand on a piece of a stream."""
        self.streams.binary(connection, piece, data, read)

    def received(
        self, connection: Connection, message: wire.ClientMessage, read: float, decoded: float
    ) -> None:
        """Hand an accepted message to whoever answers for its kind."""
        kind = type(message)
        if kind in _JUDGED:
            self._engine.judge(message, connection, read, decoded)  # type: ignore[arg-type]
            chatted = self.streams.chatted
            if chatted is not None and kind is not wire.Profile:
                chatted(connection.tenant, message.room)  # type: ignore[union-attr]
        elif kind is wire.Batch:
            self._batch(connection, message, read, decoded)  # type: ignore[arg-type]
        elif kind is wire.Join:
            self._engine.join(message, connection)  # type: ignore[arg-type]
        else:
            self._handlers[kind](connection, message)

    def revoke(self, keys: frozenset[str]) -> None:
        """Close every connection that came with one of these keys."""
        for connection in {*self.connections, *self._knocking}:
            if connection.key_id in keys:
                connection.close(4001, "key_revoked", None)

    def watch(self, now: float) -> None:
        """Cut who has not read for too long, and who never says hello. `now`: monotonic seconds."""
        for connection in list(self.connections):
            if connection.overdue(now):
                connection.close(4002, "slow_consumer", None)
        for connection, came in list(self._knocking.items()):
            if connection in self.connections:
                del self._knocking[connection]
            elif now - came > HELLO_S:
                connection.close(4004, "hello_first", None)

    def drain(self) -> None:
        """Accept nothing new anywhere; what is owed still goes out."""
        self.draining = True
        for connection in self.connections:
            connection.session.drain()

    def goodbye(self) -> None:
        """Close every connection with `draining`."""
        for connection in {*self.connections, *self._knocking}:
            connection.close(1001, "draining", 0.5)

    def connections_of(self, tenant: str) -> int:
        """Count a tenant's connections here."""
        return sum(each.tenant == tenant for each in self.connections)

    @property
    def _keep_s(self) -> float:
        """How long what people write to us is kept."""
        return self._config.evidence_days * DAY_S

    @property
    def owed(self) -> int:
        """Count accepted messages without a verdict."""
        return self._engine.in_work + self._inbox.accepted

    def _batch(
        self, connection: Connection, batch: wire.Batch, read: float, decoded: float
    ) -> None:
        connection.batched(
            (item.id, item.rev) for item in batch.items if isinstance(item, wire.Chat | wire.Edit)
        )
        for item in batch.items:
            self.received(connection, item, read, decoded)

    def _room(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Room)
        self._labels.about(connection.tenant, message)

    def _delete(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Delete)
        event = Deleted(connection.tenant, message.id, message.room, message.by, time.time())
        for hear in self.deleted:
            hear(event)
        self._holds.withdraw(event)

    def _leave(self, connection: Connection, message: object) -> None:
        """Nothing is remembered of who is in a room, so nothing is forgotten."""

    def _report(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Report)
        tenant, now = connection.tenant, time.time()
        viewers = self._labels.facts(tenant, message.room, "", now).viewers
        entry = of_report(tenant, message, viewers, now, self._keep_s)
        self._recorder.note(entry, lambda: connection.send(_encode(wire.Ack(message.id))))
        if self.streams.reported is not None:
            self.streams.reported(connection.tenant, message)

    def _acted(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Acted)
        tenant, target, now = connection.tenant, message.target, time.time()
        self._platform.acted(tenant, message, now)
        outcome = on_hold(message)
        if outcome is None or not target.id:
            return
        if outcome == "approved":
            self._restored.add(tenant, target.id, now)
        else:
            self._restored.remove(tenant, target.id)
        self._holds.settle(tenant, target.id, target.rev, outcome, PLATFORM + message.by, now)

    def _errand(self, work: Coroutine[object, object, None], name: str) -> bool:
        if len(self._errands) >= ERRANDS:
            self._metrics.unchecked[name, "full"] += 1
            work.close()
            return False
        task = asyncio.create_task(work, name=name)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)
        return True

    def _answer(self, connection: Connection, message: object) -> None:
        """Record an answer. What it says is kept only under the name of whoever said it."""
        assert isinstance(message, wire.Answer)
        said = "\n".join(text for text in (message.outcome, message.text) if text)
        entry = Entry("answer", connection.tenant, message.id, time.time(), "ack", ref=message.ref)

        def note(whose: str) -> None:
            kept = Evidence(said, keep_s=self._keep_s) if said and whose else None
            named = msgspec.structs.replace(entry, subject=whose, evidence=kept)
            self._recorder.note(named, lambda: connection.send(_encode(wire.Ack(message.id))))

        if not self._errand(self._look_up(entry, note), "answer"):
            note("")

    async def _look_up(self, answer: Entry, note: Callable[[str], None]) -> None:
        """Tell `note` whose an answer is; "" where the record does not know or does not say."""
        whose = ""
        try:
            async with asyncio.timeout(WHOSE_S):
                whose = await self._whose.find(answer.tenant, answer.ref)
        except (RecordUnavailable, TimeoutError):
            self._metrics.unchecked["answer", "record"] += 1
        note(whose)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("errand failed", exc_info=error, extra={"fields": {"task": task.get_name()}})

    def _done(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Done)
        server = connection.session.server
        self._commands.done(connection.tenant, message.command, server, connection)

    def _failed(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.Failed)
        server = connection.session.server
        reason = message.reason or ""
        self._commands.failed(connection.tenant, message.command, server, reason, connection)

    def _resume(self, connection: Connection, message: object) -> None:
        connection.resumed = True
        receiver = Receiver(connection.session.serves, connection.send)
        self._commands.resend(connection.tenant, receiver, connection)
        self._holds.resend(connection.tenant, receiver)
        self.streams.resume(connection)

    def _stream(self, connection: Connection, message: object) -> None:
        assert isinstance(message, wire.StreamOpen | wire.StreamStat | wire.StreamClose)
        self.streams.said(connection, message)
