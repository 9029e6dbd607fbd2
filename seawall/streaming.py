"""Live streams on the client's side, without I/O: credit, sequence, and what is dropped when.

Rules:
1. Live media is never delayed into latency: what could not be sent within `keep_s`, or is more than
   `keep_bytes`, is dropped, oldest first, and counted.
2. Every piece has its number from the start, dropped ones too: the gateway sees where bytes miss.
3. A break closes nothing. The stream is resumed under the same names; what was sent and did not
   arrive is sent again where it is younger than `keep_s`.
4. Where the gateway begins anew, what a container must begin with (`head`) goes first.
5. A stream that the gateway closed by itself is opened again as soon as there is something to send.
6. What is wrong with an open stream's bytes is a complaint, and it goes on. A refused opening is
   final. One that is refused after a break was cut meanwhile: whoever sends it hears the command
   first, and the refusal `CUT_S` later.
7. A stream that the gateway has open and nobody here knows any more is closed.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import msgspec

from seawall import wire
from seawall.binary import pack
from seawall.errors import WireError
from seawall.retry import RETRIED

__all__ = ["CUT_S", "KEEP_BYTES", "KEEP_S", "PIECE", "Flow", "Flows"]

PIECE = 64 * 1024
"""The most bytes of a container in one frame; less where the gateway gives less credit."""
KEEP_S = 1.0
KEEP_BYTES = 8 * 1024 * 1024
CUT_S = 2.0
_AGAIN_S = 0.5
"""A stream that the gateway forgot is opened again after so long, never in a circle."""
_LEAST = 1024
_RECENT = 128
_MODULUS = 2**32


class _Piece(NamedTuple):
    """A piece that waits, or was sent lately. `since`: monotonic; infinite for a head."""

    seq: int
    data: bytes
    at_ms: int
    since: float


class Flow:
    """One stream: what waits to be sent of it, and what the gateway allows. `now`: monotonic."""

    def __init__(
        self, opening: wire.StreamOpen, keep_s: float = KEEP_S, keep_bytes: int = KEEP_BYTES
    ) -> None:
        self.opening = opening
        self.head = b""
        """What the container begins with, for whoever begins in its middle; "" if nothing."""
        self.opens = 0
        """How often the gateway opened it."""
        self.credit = 0
        self.seq = 0
        """The number of the next piece that is offered."""
        self.sent = 0
        """Bytes handed to the socket."""
        self.dropped = 0
        """Bytes that never were: out of credit, without a connection, or stopped."""
        self.refused: WireError | None = None
        self.refused_at = 0.0
        """From when on a refusal is told."""
        self.complaint: WireError | None = None
        """What is wrong with what was sent last, as the gateway says."""
        self.stopped = False
        self.closed = False
        """The gateway confirmed its end."""
        self._keep_s = keep_s
        self._keep_bytes = keep_bytes
        self._queue: deque[_Piece] = deque()
        self._waiting = 0
        self._recent: deque[_Piece] = deque(maxlen=_RECENT)
        self._piece = PIECE
        self._handle: int | None = None
        self._told: deque[bytes] = deque(maxlen=16)
        self._closing: bytes | None = None
        self._asked = False
        self._again_at = 0.0
        self._since = 0
        """Bytes sent since this connection's first `stream.opened`."""
        self._rests = False
        """Whether it is opened again only for something to send."""

    @property
    def waiting(self) -> int:
        """Bytes that wait to be sent."""
        return self._waiting

    @property
    def is_open(self) -> bool:
        """Whether the gateway takes bytes of it now."""
        return self._handle is not None

    @property
    def is_ending(self) -> bool:
        """Whether its end was said, or waits to be."""
        return self._closing is not None

    def offer(self, data: bytes, at: float, now: float) -> None:
        """Queue bytes captured `at`; drop the oldest where there is no room."""
        for start in range(0, len(data), self._piece):
            piece = data[start : start + self._piece]
            self._queue.append(_Piece(self.seq, piece, max(0, int(at * 1000)), now))
            self.seq = (self.seq + 1) % _MODULUS
            self._waiting += len(piece)
        self.expire(now)

    def expire(self, now: float) -> None:
        """Drop what waited too long, and what is too much."""
        while self._queue:
            late = self._queue[0].since < now - self._keep_s
            if not late and self._waiting <= self._keep_bytes:
                break
            self._drop()
        while self._recent and self._recent[0].since < now - self._keep_s:
            self._recent.popleft()

    def stop(self) -> None:
        """Send no more bytes, not even those that wait."""
        self.stopped = True
        self._recent.clear()
        while self._queue:
            self._drop()

    def tell(self, message: wire.StreamStat) -> None:
        """Queue a `stream.stat`; of many that wait the oldest are forgotten."""
        self._told.append(msgspec.json.encode(message))

    def close(self, message: wire.StreamClose) -> None:
        """Say the end, after what still waits."""
        self._closing = msgspec.json.encode(message)

    def next_text(self, now: float, at: float) -> bytes | None:
        """Return the next message about it. `at`: seconds since the epoch."""
        if self.refused is not None or self.closed:
            return None
        if not self._asked and now >= self._again_at and not (self._rests and not self._queue):
            self._asked, self._rests = True, False
            again = msgspec.structs.replace(self.opening, at=at, resume=self.opens > 0)
            return msgspec.json.encode(again)
        if not self.is_open:
            return None
        if self._told:
            return self._told.popleft()
        if self._closing and not self._queue:
            closing, self._closing = self._closing, b""
            return closing
        return None

    def next_piece(self, now: float) -> bytes | None:
        """Return the next binary frame; None without credit, or with nothing to send."""
        self.expire(now)
        if self._handle is None or not self._queue or len(self._queue[0].data) > self.credit:
            return None
        piece = self._queue.popleft()
        self._waiting -= len(piece.data)
        self.credit -= len(piece.data)
        self.sent += len(piece.data)
        self._since += len(piece.data)
        self._recent.append(piece)
        return pack(self._handle, piece.seq, piece.at_ms, piece.data)

    def opened(self, message: wire.StreamOpened) -> None:
        """The gateway takes it: from where it was, or, where `next` is absent, from now on."""
        if self._handle == message.handle:  # of our `resume`, and of our `stream.open`
            self.credit = max(0, message.credit - self._since)
            return
        self._handle, self.credit, self._since = message.handle, message.credit, 0
        self._piece = min(PIECE, max(_LEAST, message.credit))
        self.opens += 1
        if self.stopped or self.opens == 1:
            return
        again = [] if message.next is None else self._unseen(message.next)
        if message.next is None and self.head:
            again = self._beginning()
        self._recent.clear()
        self._queue.extendleft(reversed(again))
        self._waiting += sum(len(piece.data) for piece in again)

    def broke(self) -> None:
        """The connection is gone: it will be resumed on the next one."""
        self._handle, self._asked, self.credit, self._again_at = None, False, 0, 0.0
        if self._closing == b"":  # nobody will confirm what was said on it
            self.closed = True

    def forgotten(self, now: float) -> None:
        """The gateway has no such stream: it closed it by itself, or the end was said before."""
        if self.is_ending:
            self.closed = True
            return
        self.broke()
        self._rests, self._again_at = True, now + _AGAIN_S

    def failed(self, error: wire.Error, now: float) -> None:
        """Its opening was refused: for good, or to be tried again."""
        if error.code in RETRIED:
            self._asked, self._again_at = False, now + (error.retry_after or 1.0)
        elif not self.is_open or error.code == "not_allowed":
            cut = self.opens > 0 and error.code == "not_allowed"
            self.refused, self.refused_at = _raised(error), now + CUT_S if cut else now
            if cut:
                self.stop()
        elif error.ref != self.opening.id:
            self.complaint = _raised(error)

    def due_in(self, now: float) -> float | None:
        """Return in how many seconds it is to be opened again, None for never."""
        over = self._asked or self.closed or self.refused is not None
        over = over or (self._rests and not self._queue)
        return None if over else max(0.0, self._again_at - now)

    def _unseen(self, expected: int) -> list[_Piece]:
        """Return what was sent lately from that number on: it got lost with the connection."""
        known = self._recent
        return [p for p in known if (p.seq - expected) % _MODULUS < _MODULUS // 2]

    def _beginning(self) -> list[_Piece]:
        first = self._queue[0] if self._queue else _Piece(self.seq, b"", 0, 0.0)
        parts = [self.head[a : a + self._piece] for a in range(0, len(self.head), self._piece)]
        numbers = [(first.seq - len(parts) + at) % _MODULUS for at in range(len(parts))]
        pairs = zip(numbers, parts, strict=True)
        return [_Piece(seq, part, first.at_ms, float("inf")) for seq, part in pairs]

    def _drop(self) -> None:
        size = len(self._queue.popleft().data)
        self._waiting -= size
        self.dropped += size


def _raised(error: wire.Error) -> WireError:
    return WireError(error.code, error.message, error.ref, error.rev)


class Flows:
    """The streams of one client."""

    def __init__(self) -> None:
        self._flows: dict[str, Flow] = {}
        self._stray: deque[str] = deque(maxlen=_RECENT)
        """Streams that the gateway goes on with, and nobody here."""
        self._turn = 0

    def __len__(self) -> int:
        return len(self._flows)

    def add(self, flow: Flow) -> None:
        """Take a stream in. Raises WireError `id_reused` for one that is open here."""
        name = flow.opening.stream
        if name in self._flows:
            raise WireError("id_reused", "this stream is open here", flow.opening.id)
        self._flows[name] = flow

    def remove(self, flow: Flow) -> None:
        """Forget a stream."""
        self._flows.pop(flow.opening.stream, None)

    def next_text(self, now: float, at: float) -> bytes | None:
        """Return the next message about any stream."""
        while self._stray:
            flow = self._flows.get(name := self._stray.popleft())
            if flow is None or flow.closed:
                return msgspec.json.encode(wire.StreamClose(name))
        texts = (flow.next_text(now, at) for flow in self._flows.values())
        return next((text for text in texts if text is not None), None)

    def next_piece(self, now: float) -> bytes | None:
        """Return the next piece of any stream, each in its turn."""
        flows = tuple(self._flows.values())
        for step in range(len(flows)):
            at = (self._turn + step) % len(flows)
            if (piece := flows[at].next_piece(now)) is not None:
                self._turn = at + 1
                return piece
        return None

    def hear(self, message: wire.ServerMessage, now: float) -> bool:
        """Take a message in; say whether it was about one of these streams and is settled."""
        match message:
            case wire.StreamOpened(stream=name) if (
                flow := self._flows.get(name)
            ) and not flow.closed:
                flow.opened(message)
            case wire.StreamOpened(stream=name):
                self._stray.append(name)
            case wire.Credit(stream=name, bytes=more) if flow := self._flows.get(name):
                flow.credit += max(0, more)
            case wire.Ack(ref=ref) if (flow := self._flows.get(ref)) and flow.is_ending:
                flow.closed = True
            case wire.Error(ref=ref, code=code) if flow := self._meant(ref):
                if flow.is_open and code in RETRIED:
                    return False
                if code == "unknown_stream":
                    flow.forgotten(now)
                else:
                    flow.failed(message, now)
            case _:
                return False
        return True

    def broke(self) -> None:
        """The connection is gone."""
        self._stray.clear()
        for flow in self._flows.values():
            flow.broke()

    def due_in(self, now: float) -> float | None:
        """Return in how many seconds a stream is to be opened again, None for never."""
        dues = (flow.due_in(now) for flow in self._flows.values())
        return min((due for due in dues if due is not None), default=None)

    def _meant(self, ref: str | None) -> Flow | None:
        flows = self._flows.values()
        return next((f for f in flows if ref in (f.opening.id, f.opening.stream)), None)
