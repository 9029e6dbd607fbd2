"""A decoder's end of its socket to the gateway: bytes in, what became of them out.

1. One thread. Whoever wants bytes waits here (`next`), and whoever decodes comes by between two
   packets (`turn`): so the socket is emptied, and the workers' lines are served, all the time.
2. How old the bytes are that are being read is known (`age_s`), the time they waited unread in the
   socket included: that is how far behind we are, whatever the stream's clocks say.
3. More than `most_bytes` that wait: the oldest are dropped, and said to be.
4. What was read is said for many small pieces at once: each `Took` wakes the gateway. It is never
   held back for longer than `_GATHER_S`, and goes before whatever else is said.
5. `next` is called from inside the demuxer, which drops what is raised there: a gateway that is
   gone ends the bytes, and is raised by whatever is called next from outside.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from media.source import Piece
from workers.streams.units import Bytes, Finish, FromDecoder, Pace, Start, ToDecoder, Took
from workers.units import cut, frame

__all__ = ["GatewayGone", "Inlet", "Served"]

_READ_BYTES: Final = 1 << 18
_SEND_S: Final = 30.0
_TURN_S: Final = 0.004
_IDLE_S: Final = 0.25
_GATHER_BYTES: Final = 1 << 16
_GATHER_S: Final = 0.1
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(ToDecoder).decode


class GatewayGone(Exception):
    """The gateway hung up, or does not read: there is nobody to decode for."""


class Served(Protocol):
    """What is looked after while nothing comes."""

    def descriptors(self) -> list[tuple[int, int]]:
        """Return descriptors to wait for, and the events (`select.poll`)."""

    def turn(self, now: float) -> None:
        """Do what is due. `now` is monotonic."""


class Inlet:
    """The gateway, as a decoder sees it."""

    def __init__(
        self, sock: socket.socket, alive: Callable[[bool], None], most_bytes: int = 16 << 20
    ) -> None:
        """Take the socket. `alive` is called at each turn: True at work, False before waiting."""
        sock.settimeout(_SEND_S)
        self.promoted = False
        self.finished = False
        """Whether nothing more comes."""
        self.served: Served | None = None
        self.dropped: list[tuple[float, float]] = []
        """From when to when bytes were dropped here; whoever reads it empties it."""
        self._sock, self._alive, self._most = sock, alive, most_bytes
        self._buffer = bytearray()
        self._pieces: deque[tuple[Bytes, float]] = deque()
        self._bytes = 0
        self._gap = False
        self._gone: GatewayGone | None = None
        self._took: Took | None = None
        self._took_since = 0.0
        self._came = self._turned = time.monotonic()

    @property
    def age_s(self) -> float:
        """How long ago the bytes that were read last arrived here."""
        return time.monotonic() - self._came

    def start(self, within_s: float) -> Start:
        """Wait for what to decode. Raises GatewayGone, ValueError."""
        until = time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            if not self._poll(left):
                continue
            bodies = self._receive()
            if bodies:
                first = _DECODE(bodies[0])
                if not isinstance(first, Start):
                    raise ValueError("the first frame must be `start`")
                self._take(bodies[1:], time.monotonic())
                return first
        raise GatewayGone

    def next(self) -> Piece | None:
        """Return the next piece, waiting for it; None once everything was read, or nobody is left.

        It never raises GatewayGone: `turn` and `say` do.
        """
        try:
            return None if self._gone is not None else self._next()
        except GatewayGone as gone:
            self._gone = gone
            return None

    def _next(self) -> Piece | None:
        self.turn(always=True)
        while not self._pieces:
            if self.finished:
                if self._took is not None:
                    self._send(self._gathered())
                return None
            self._alive(False)
            ready = self._poll(_IDLE_S if self._took is None else _GATHER_S)
            self._alive(True)
            now = time.monotonic()
            self._serve(now)
            if ready:
                self._take(self._receive(), now)
            self._turned = now
        piece, self._came = self._pieces.popleft()
        self._bytes -= len(piece.data)
        self._settle(piece)
        gap, self._gap = piece.gap or self._gap, False
        return Piece(piece.at, piece.data, gap)

    def turn(self, always: bool = False) -> None:
        """Take in what arrived and serve the lines, without waiting. Raises GatewayGone."""
        if self._gone is not None:
            raise self._gone
        now = time.monotonic()
        if now - self._turned < _TURN_S and not always:
            return
        self._alive(True)
        self._serve(now)
        if not self.finished and self._readable():
            # It may have come right after the last look: so old it is taken for.
            self._take(self._receive(), self._turned)
        self._turned = now

    def say(self, what: FromDecoder) -> None:
        """Tell the gateway. Raises GatewayGone."""
        self._send(frame(_ENCODE(what)) if self._took is None else self._gathered(what))

    def _settle(self, piece: Bytes) -> None:
        """Say that a piece was read: at once, or with those that follow."""
        before, size = self._took, len(piece.data)
        if before is None:
            self._took_since = time.monotonic()
            self._took = Took(piece.seq, size)
        else:
            self._took = Took(piece.seq, before.bytes + size)
        if self._took.bytes >= _GATHER_BYTES:
            self._send(self._gathered())

    def _gathered(self, *more: FromDecoder) -> bytes:
        took, self._took = self._took, None
        return b"".join(frame(_ENCODE(each)) for each in (took, *more) if each is not None)

    def _send(self, data: bytes) -> None:
        if self._gone is not None:
            raise self._gone
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise GatewayGone from error

    def _serve(self, now: float) -> None:
        if self._took is not None and now - self._took_since >= _GATHER_S:
            self._send(self._gathered())
        if self.served is not None:
            self.served.turn(now)

    def _readable(self) -> bool:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def _poll(self, wait_s: float) -> bool:
        """Wait for the gateway, or for a line that has something; True where the gateway has."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        for descriptor, events in self.served.descriptors() if self.served else ():
            poll.register(descriptor, events)
        return any(fd == self._sock.fileno() for fd, _ in poll.poll(wait_s * 1000))

    def _receive(self) -> list[bytes]:
        try:
            data = self._sock.recv(_READ_BYTES)
        except OSError as error:
            raise GatewayGone from error
        if not data:
            raise GatewayGone
        self._buffer += data
        return cut(self._buffer)

    def _take(self, bodies: list[bytes], came: float) -> None:
        for body in bodies:
            said = _DECODE(body)
            if isinstance(said, Bytes):
                self._pieces.append((said, came))
                self._bytes += len(said.data)
            elif isinstance(said, Pace):
                self.promoted = said.promoted
            elif isinstance(said, Finish):
                self.finished = True
        while self._bytes > self._most and len(self._pieces) > 1:
            piece, _ = self._pieces.popleft()
            self._bytes -= len(piece.data)
            self._gap = True
            self.dropped.append((piece.at, self._pieces[0][0].at))
            self._settle(piece)
