"""A gateway in this process on a clock that only its own work moves, so that a busy machine does
not count: overload is about what is done in which order, and wall-clock here would be noise.

Real are the connections, the session, the inbox, the engine, policy, detectors and windows (of this
process). Made up are the system calls, at what a bare echo pays for them, and a journal that is
durable at the next pass. What the generator itself does costs nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from picows import WSMsgType

from bench.workload import hello, make_policy
from gateway.chat.answers import Answers
from gateway.chat.engine import Engine
from gateway.chat.job import Counts, Waiter
from gateway.chat.load import Load
from gateway.chat.rulesets import Rulesets
from gateway.edge.connection import Connection, EdgeLimits, Egress
from gateway.edge.inbox import Inbox
from gateway.metrics import Metrics
from gateway.policy.load import load_policy
from gateway.state.labels import Labels
from seawall import wire
from seawall.binary import Piece
from seawall.session import SessionLimits
from seawall.windows import Check, LocalWindows

__all__ = ["Arrival", "VirtualGateway"]

RECV_S, FRAME_S, WRITE_S = 2.5e-6, 0.9e-6, 2.8e-6
"""A read, a frame of it, a write: together what the bare echo takes for a message."""

Arrival = tuple[float, int, bytes]
"""When it is sent, on which connection, and what."""
Told = Callable[[bytes, float], None]
"""Gets what was written and when."""


class VirtualGateway:
    """The chat path on a virtual clock; `now` is its seconds."""

    def __init__(self, folder: Path, connections: int, told: Told) -> None:
        policy = load_policy(make_policy(folder), None)
        self.metrics = Metrics()
        self.load = Load(lambda: policy.budgets["chat"].ms / 1000)
        self._told = told
        self._skew = -time.process_time()
        self._soon: list[Callable[[], None]] = []
        self._replies: list[Callable[[], None]] = []
        self._egress = Egress(self.call_soon)
        self._windows = _Windows(self)
        self._engine = Engine(
            Rulesets(policy, {}), self._windows, Labels(),
            Answers[Waiter](120.0, 64 << 20), _Recorder(self), self.metrics,  # type: ignore[arg-type]
            self.call_soon, 32_768, clock=self.now, load=self.load,
        )  # fmt: skip
        self.inbox = Inbox(
            self.call_soon,
            self._engine.flush,
            self.load,
            self.now,
            self._egress.flush,
            self._engine.examine,
        )
        limits = SessionLimits(rate=1e9, burst=1e9)
        self.connections = [
            Connection(
                self, self.metrics, limits, EdgeLimits(1 << 30, 60.0), "bench", "key", "server",
                self._egress.touch, self.inbox,
            )
            for _ in range(connections)
        ]  # fmt: skip
        for connection in self.connections:
            transport: Any = _Transport(self)  # Any: it stands in for a socket's
            connection.transport = transport
            self.inbox.put(connection, hello().encode(), self.now())
        self.step([])

    def now(self) -> float:
        """Return the virtual time."""
        return time.process_time() + self._skew

    def free(self, work: Callable[[], None]) -> None:
        """Do something that takes no virtual time."""
        before = time.process_time()
        work()
        self._skew -= time.process_time() - before

    def spend(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._skew += seconds

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Have something called in the next pass."""
        self._soon.append(callback)

    def reply_soon(self, callback: Callable[[], None]) -> None:
        """Have something called in the next pass, when it reads."""
        self._replies.append(callback)

    def run(self, arrivals: Iterable[Arrival], until: float) -> None:
        """Take arrivals, which are in order of time, as they come; stop at `until`."""
        start = self.now()
        coming = deque(arrivals)
        while (now := self.now() - start) < until:
            due: list[Arrival] = []

            def collect(due: list[Arrival] = due, now: float = now) -> None:
                while coming and coming[0][0] <= now:
                    due.append(coming.popleft())

            self.free(collect)
            if not (due or self._soon or self._replies):
                self.spend((coming[0][0] if coming else until) - now + 1e-6)
            self.step(due)

    def step(self, due: Sequence[Arrival]) -> None:
        """Do one pass of the loop: read, work, write."""
        by_place: dict[int, list[bytes]] = defaultdict(list)
        for _, place, data in due:
            by_place[place].append(data)
        soon, self._soon = self._soon, []
        for place, frames in by_place.items():
            connection = self.connections[place]
            backlog: _Transport = connection.transport  # type: ignore[assignment]
            backlog.unread += frames
            self._read(connection, backlog)
        for connection in self.connections:
            backlog = connection.transport  # type: ignore[assignment]
            if backlog.unread:
                self._read(connection, backlog)
        replies, self._replies = self._replies, []
        for callback in (*replies, *soon):
            callback()

    def _read(self, connection: Connection, transport: _Transport) -> None:
        if not transport.reading:
            return
        frames, transport.unread = transport.unread, []
        self.spend(RECV_S + FRAME_S * len(frames))
        read = self.now()
        for data in frames:
            self.inbox.put(connection, data, read)

    def written(self, data: bytes) -> None:
        """Take what a connection wrote."""
        self.spend(WRITE_S)
        at = self.now()
        self.free(lambda: self._told(data, at))

    def opened(self, connection: Connection, hello: wire.Hello) -> wire.HelloReply:
        """Greet."""
        limits, memory = wire.Limits(1, 1, 1, 1, 1.0), wire.Memory(1.0, 1)
        return wire.HelloReply("s", 1, "p", {}, limits, memory, [])

    def received(
        self, connection: Connection, message: wire.ClientMessage, read: float, decoded: float
    ) -> None:
        """Judge."""
        assert isinstance(message, wire.Chat)
        self._engine.judge(message, connection, read, decoded)

    def media(self, connection: Connection, piece: Piece, data: bytes, read: float) -> None:
        """Nobody sends streams here."""
        raise AssertionError("a piece of a stream in a bench of chat")

    def lost(self, connection: Connection) -> None:
        """Nobody is lost here."""


class _Transport:
    """Stands in for a socket: what it was sent and has not been read, and what it wrote."""

    def __init__(self, gateway: VirtualGateway) -> None:
        self.unread: list[bytes] = []
        self.reading = True
        self.is_disconnected = False
        self.underlying_transport = self
        self.write = gateway.written

    def send(self, kind: WSMsgType, line: bytes) -> None:
        """Take one whole message, as picows does: it frames it itself."""
        self.write(line)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class _Windows:
    """This process's own windows, whose counts are back in the next pass."""

    def __init__(self, gateway: VirtualGateway) -> None:
        self._gateway = gateway
        self._local = LocalWindows()

    def submit(self, checks: list[Check], now_ms: int | None, done: Counts) -> None:
        counts = self._local.check(checks, int(self._gateway.now() * 1000) + 1_700_000_000_000)
        self._gateway.reply_soon(partial(done, counts, False))


class _Recorder:
    """A journal that is durable at once, in the next pass."""

    def __init__(self, gateway: VirtualGateway) -> None:
        self.falling: frozenset[tuple[str, str, int]] = frozenset()
        self._gateway = gateway

    def record(self, job: object, event: object, verdict: object, *rest: Any) -> None:
        recorded = rest[1]
        self._gateway.reply_soon(partial(recorded, job, event, verdict))

    def follow(self, event: object, verdict: msgspec.Struct) -> None:
        """Nobody joins here."""
