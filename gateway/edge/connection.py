"""One server's WebSocket: picows' callbacks on one side, the sans-I/O session on the other.

Rules:
1. A text frame that is whole goes straight to the session; fragments go through the assembler.
2. What goes out is collected and written once per tick; who does not read is cut by bytes and age.
3. Reading pauses while too many messages lack a verdict, and while the inbox holds this one.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from gateway.edge.closing import answer_close, say_close
from gateway.edge.echo import kind_of
from gateway.edge.frames import Assembler, Kind, Violation, framed
from gateway.edge.inbox import Inbox
from gateway.metrics import Metrics
from seawall import wire
from seawall.binary import Piece
from seawall.quota import Quota
from seawall.session import Close, Peek, Session, SessionLimits, State

__all__ = ["Connection", "EdgeLimits", "Egress", "Handler"]

SEND_BUFFER = 128 * 1024
RECOVERY_S = 30.0
"""So long after its hello a connection may send again what a broken one did not hear."""
_ENDS = frozenset({wire.Error, Close, wire.Hello})
_encode = msgspec.json.Encoder().encode
_SHED = b'\x81%c{"type":"error","ref":%b,"rev":0,%b'
"""A refusal as a whole text frame of a size under 126, which a server does not mask."""
_SHED_BYTES = len(b'{"type":"error","ref":,"rev":0,')
_TEXT = WSMsgType.TEXT
_CLOSED = State.CLOSED


class EdgeLimits(msgspec.Struct, frozen=True):
    """How much may wait to be read by a server: bytes, and seconds since it stopped reading."""

    egress_bytes: int
    egress_s: float


class Handler(Protocol):
    """What the gateway does with what a connection accepted."""

    def opened(self, connection: Connection, hello: wire.Hello) -> wire.HelloReply:
        """Greet a connection."""

    def received(
        self, connection: Connection, message: wire.ClientMessage, read: float, decoded: float
    ) -> None:
        """Take an accepted message. `read` and `decoded` are monotonic seconds."""

    def media(self, connection: Connection, piece: Piece, data: bytes, read: float) -> None:
        """Take a piece of a stream: what its header says, and the whole message."""

    def lost(self, connection: Connection) -> None:
        """Note that a connection is gone."""


class Connection(WSListener):
    """A connected server. Everything here runs on the loop."""

    def __init__(
        self,
        handler: Handler,
        metrics: Metrics,
        limits: SessionLimits,
        edge: EdgeLimits,
        tenant: str,
        key_id: str,
        role: str,
        touch: Callable[[Connection], None],
        inbox: Inbox,
        quota: Quota | None = None,
    ) -> None:
        super().__init__()
        self.tenant = tenant
        self.key_id = key_id
        self.session = Session(limits, role, inbox.clock(), quota)
        self.recovers_until = 0.0
        """Until when messages may be some that were answered before: monotonic seconds."""
        self.greeted_at = 0.0
        """When it said hello, seconds since the epoch."""
        self.resumed = False
        """Whether it said that it goes on after a break."""
        self.transport: WSTransport | None = None
        self._handler = handler
        self._metrics = metrics
        self._edge = edge
        self._touch = touch
        self._inbox = inbox
        self._clock = inbox.clock
        self._out: list[bytes] = []
        self._touched = False
        self._batches: dict[tuple[str, int], None] = {}
        self._verdicts: list[bytes] = []
        self._frames = Assembler(limits.frame_bytes)
        self._paused = False
        self._held = False
        self._shed: list[bytes] = []
        self._stalled_at: float | None = None
        self._closing = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Start: wait for `hello`."""
        self.transport = transport
        # The kernel would hide megabytes of unread verdicts; what waits must be seen to be bounded.
        sock = transport.underlying_transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._metrics.connections += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """End: forget everything owed to this connection."""
        self._metrics.connections -= 1
        self._out.clear()
        self._shed.clear()
        self._verdicts.clear()
        self._batches.clear()
        self.session.closed()
        self._handler.lost(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame as picows hands it over: raw, possibly one fragment of many."""
        read = self._clock()
        kind = frame.msg_type
        if self._closing:
            if kind is WSMsgType.CLOSE:
                transport.disconnect()
            return
        if kind is _TEXT and frame.fin and not self._frames.busy and not frame.rsv1:
            self._inbox.put(self, frame.get_payload_as_bytes(), read)
        elif (piece := kind_of(frame)) is not None:
            self._piece(frame, piece, read)
        elif kind is WSMsgType.CLOSE:
            answer_close(transport, frame)

    def pause_writing(self) -> None:
        """Note since when the server does not read."""
        if self._stalled_at is None:
            self._stalled_at = self._clock()

    def resume_writing(self) -> None:
        """Note that the server reads again."""
        self._stalled_at = None

    def repeats(self, claimed_at: float) -> bool:
        """Say whether a message that claims to be of that time may have been sent before."""
        return self.resumed or claimed_at < self.greeted_at

    def answer(self, ref: str, rev: int, verdict: bytes) -> None:
        """Hand over an encoded verdict; it leaves with the tick, once."""
        key = (ref, rev)
        if not self.session.answered(key):
            return
        if self._batches and key in self._batches:
            del self._batches[key]
            self._verdicts.append(verdict)
        else:
            self._out.append(verdict)
        if not self._touched:
            self._touched_now()
        if self._paused and not self.session.full:
            self._resume()

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        """Say that a message was not accepted after all."""
        self._batches.pop((ref, rev), None)
        if self.session.answered((ref, rev)):
            wait = retry_after or msgspec.UNSET
            self.error(wire.Error(ref, rev, code, message, wait))
        if self._paused and not self.session.full:
            self._resume()

    def carry_media(self) -> None:
        """Let binary messages be as large as WIRE allows on a connection that carries media."""
        self._frames.binary_limit = wire.MEDIA_FRAME_BYTES

    def complain(self, ref: str, rev: int, code: str, message: str) -> None:
        """Send an error about a message and go on owing the verdict of another of the same id."""
        self.error(wire.Error(ref, rev, code, message))

    def error(self, error: wire.Error) -> None:
        """Send an error, and count it."""
        self._metrics.errors[error.code] += 1
        self.send(_encode(error))

    def send(self, line: bytes) -> None:
        """Queue one text message; it leaves with the tick."""
        self._out.append(line)
        self._touched_now()

    def take(self, data: bytes, read: float) -> None:
        """Parse a whole text message and hand over what it holds."""
        session = self.session
        if self._closing or session.state is _CLOSED:
            return
        outcome = session.receive(data, read)
        if type(outcome) in _ENDS:
            self._settle(outcome)
        else:
            self._handler.received(self, outcome, read, self._clock())  # type: ignore[arg-type]
            if len(session.outstanding) >= session.limits.inflight:
                self._pause()

    def parse(self, data: bytes, read: float) -> Sequence[wire.ClientMessage]:
        """Parse a whole text message to be handed over later; return the messages it holds."""
        if self._closing or self.session.state is State.CLOSED:
            return ()
        outcome = self.session.receive(data, read)
        if type(outcome) in _ENDS:
            self._settle(outcome)
            return ()
        if self.session.full:
            self._pause()
        if isinstance(outcome, wire.Batch):
            judged = (item for item in outcome.items if isinstance(item, wire.Chat | wire.Edit))
            self.batched((item.id, item.rev) for item in judged)
            return outcome.items
        return (outcome,)  # type: ignore[return-value]  # the ends were settled

    def deliver(self, message: wire.ClientMessage, read: float, taken: float) -> None:
        """Hand over a message that was parsed before; a lost connection's is its sender's again."""
        if not self._closing and self.session.state is not State.CLOSED:
            self._handler.received(self, message, read, taken)

    def turn_away(self, data: bytes, found: Peek, read: float, why: bytes) -> None:
        """Refuse a frame unread, where that may be; else it is received, and hears of itself."""
        if self._closing or not self.session.may_shed((found.id, found.rev), read):
            self.take(data, read)
            return
        ref, rev = _encode(found.id), found.rev
        size = _SHED_BYTES + len(ref) + len(why)
        if size < 126 and not rev:  # nearly all: framed while it is written
            self._shed.append(_SHED % (size, ref, why))
        else:
            self._shed.append(framed(b'{"type":"error","ref":%b,"rev":%d,%b' % (ref, rev, why)))
        if not self._touched:
            self._touched_now()

    def hold(self) -> None:
        """Read no more for now."""
        self._held = True
        self._still()

    def release(self) -> None:
        """Read again, unless too many messages lack a verdict."""
        self._held = False
        self._resume()

    def batched(self, items: Iterable[tuple[str, int]]) -> None:
        """Note which verdicts belong to a batch: they come back together as `verdicts`."""
        for key in items:
            if key in self.session.outstanding:
                self._batches[key] = None

    def flush(self) -> None:
        """Write what this tick collected, in one piece."""
        self._touched = False
        out, shed = self._out, self._shed
        if self._verdicts:
            out.append(b'{"type":"verdicts","items":[' + b",".join(self._verdicts) + b"]}")
            self._verdicts.clear()
        transport = self.transport
        if shed:
            self._metrics.errors["overloaded"] += len(shed)
        if transport is None or transport.is_disconnected:
            out.clear()
            shed.clear()
            return
        if len(out) == 1 and not shed:
            transport.send(_TEXT, out[0])  # written at once, past the loop's queue
        else:
            shed += [framed(line) for line in out]
            transport.underlying_transport.write(b"".join(shed))
            shed.clear()
        out.clear()
        if self._stalled_at is not None:
            self._check_backlog(transport)

    def _check_backlog(self, transport: WSTransport) -> None:
        """Cut a server that has let too much pile up; asked only while it does not read."""
        if transport.underlying_transport.get_write_buffer_size() > self._edge.egress_bytes:
            self.close(4002, "slow_consumer", None)

    def overdue(self, now: float) -> bool:
        """Say whether the server has not read for too long. `now` is monotonic seconds."""
        return self._stalled_at is not None and now - self._stalled_at > self._edge.egress_s

    def close(self, code: int, why: str, retry_after: float | None) -> None:
        """Say goodbye and end the connection with a close code of WIRE."""
        transport = self.transport
        if transport is None or self._closing:
            return
        self._closing = True
        self._metrics.closes[why] += 1
        reads = code != 4002
        if reads:
            self._out.append(_encode(wire.Bye(why, retry_after)))
            self.flush()
        say_close(transport, code, why, reads=reads)

    def _touched_now(self) -> None:
        if not self._touched:
            self._touched = True
            self._touch(self)

    def _settle(self, outcome: wire.ClientMessage | wire.Error | Close) -> None:
        """Answer what was not accepted, or is not for anybody else."""
        if isinstance(outcome, wire.Error):
            self.error(outcome)
        elif isinstance(outcome, Close):
            if outcome.error is not None:
                self.error(outcome.error)
            self.close(outcome.code, outcome.reason, outcome.retry_after)
        elif isinstance(outcome, wire.Hello):
            reply = self._handler.opened(self, outcome)
            self.session.opened()
            self.greeted_at = time.time()
            self.recovers_until = self._clock() + RECOVERY_S
            self.send(_encode(reply))

    def _piece(self, frame: WSFrame, kind: Kind, read: float) -> None:
        reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
        whole = self._frames.add(kind, frame.fin, reserved, frame.get_payload_as_bytes())
        if isinstance(whole, Violation):
            self.close(whole.code, whole.why, None)
        elif whole is None:
            return
        elif whole.binary:
            outcome = self.session.piece(whole.data, read)
            if isinstance(outcome, Piece):
                self._handler.media(self, outcome, whole.data, read)
            else:
                self._settle(outcome)
        else:
            self._inbox.put(self, whole.data, read)

    def _pause(self) -> None:
        self._paused = True
        self._still()

    def _still(self) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.underlying_transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self.session.full:
            self._paused = False
        if self._paused or self._held:
            return
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.underlying_transport.resume_reading()


class Egress:
    """Connections with something to write: each is written once at the end of the tick."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._touched: list[Connection] = []

    def touch(self, connection: Connection) -> None:
        """Have a connection written."""
        if not self._touched:
            self._call_soon(self.flush)
        self._touched.append(connection)

    def flush(self) -> None:
        """Write them all now."""
        touched, self._touched = self._touched, []
        for connection in touched:
            connection.flush()
