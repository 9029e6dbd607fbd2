"""One console's live socket: what it watches, and what it is told.

Rules:
1. Everything a person changes goes over HTTP; here they only say what they want to hear.
2. Lines are framed once for all who hear them. Who does not read misses lines, is told how many,
   and is cut after a while: nobody waits for anybody.
3. Without TLS, and while nothing waits in the transport, a line goes straight to the socket: that
   is nearly twice as fast as the transport's own way (`seawall bench fanout`). Whatever
   the kernel does not take goes through the transport, so the order holds.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from gateway.edge import frames
from gateway.edge.closing import answer_close, say_close
from gateway.roles import Actor
from gateway.shapes.live import Bye, FromConsole, Missed, ToConsole, Watch
from seawall.quota import Quota

__all__ = ["ConsoleSocket", "Watching", "framed", "write_all"]

SEND_BUFFER = 128 * 1024
FRAME_BYTES = 4096
TOPICS = 32
RATE, BURST = 20.0, 40.0
STALLED_S = 20.0

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[FromConsole] = msgspec.json.Decoder(FromConsole)


class Watching(Protocol):
    """Who keeps the topics."""

    def joined(self, console: ConsoleSocket) -> None:
        """Greet a console."""

    def left(self, console: ConsoleSocket) -> None:
        """Forget a console."""

    def watch(self, console: ConsoleSocket, topic: str) -> None:
        """Let it hear of a topic, if it may."""

    def unwatch(self, console: ConsoleSocket, topic: str) -> None:
        """Let it hear of it no more."""


class ConsoleSocket(WSListener):
    """A connected console. Everything here runs on the loop; times are monotonic seconds."""

    def __init__(self, hub: Watching, token: str, actor: Actor, now: float) -> None:
        super().__init__()
        self.token = token
        self.actor = actor
        self.topics: set[str] = set()
        self.transport: WSTransport | None = None
        self._hub = hub
        self._asked: set[str] = set()
        self._quota = Quota(RATE, BURST, now)
        self._missed: Counter[str] = Counter()
        self._out: asyncio.WriteTransport | None = None
        self._fd = -1
        self._stalled = False
        self._stalled_at: float | None = None
        self._closing = False
        self._now = now

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Start: say hello."""
        self.transport = transport
        sock = transport.underlying_transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._out = transport.underlying_transport
        self._fd = -1 if transport.is_secure else sock.fileno()
        self._hub.joined(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """End."""
        self.transport = self._out = None
        self._hub.left(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hear what the console wants to watch: short, whole text frames and no others."""
        if self._closing:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()
            return
        if frame.msg_type is WSMsgType.CLOSE:
            answer_close(transport, frame)
            return
        if frame.msg_type in (WSMsgType.PING, WSMsgType.PONG):
            return
        if frame.msg_type is not WSMsgType.TEXT or not frame.fin or frame.rsv1:
            self.close(4004, "protocol")
            return
        data = frame.get_payload_as_bytes()
        if len(data) > FRAME_BYTES:
            self.close(1009, "too_large")
            return
        self._heard(data)

    def _heard(self, data: bytes) -> None:
        if not self._quota.take(1.0, self._now):
            self.close(4003, "rate")
            return
        try:
            said = _decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.close(1007, "garbage")
            return
        if isinstance(said, Watch):
            self._asked.add(said.topic)  # some are heard only once the audit has its line
            if len(self._asked) > TOPICS:
                self.close(4004, "too_many_topics")
                return
            self._hub.watch(self, said.topic)
        else:
            self._asked.discard(said.topic)
            self._hub.unwatch(self, said.topic)

    def pause_writing(self) -> None:
        """Note that the console does not read."""
        self._stalled = True
        self._stalled_at = self._now

    def resume_writing(self) -> None:
        """Say what was left out meanwhile."""
        self._stalled, self._stalled_at = False, None
        missed, self._missed = self._missed, Counter()
        for topic, count in missed.items():
            self.write(framed(Missed(topic, count)), topic)

    def write(self, line: bytes, topic: str) -> None:
        """Send one framed line, or note that it was missed."""
        write_all((self,), line, topic)

    def tick(self, now: float) -> bool:
        """Tell the time; False when the console has not read for too long."""
        self._now = now
        return self._stalled_at is None or now - self._stalled_at < STALLED_S

    def close(self, code: int, why: str, retry_after: float | None = None) -> None:
        """Say goodbye and end."""
        transport = self.transport
        if transport is None or self._closing:
            return
        if not self._stalled:
            self.write(framed(Bye(why, retry_after)), "")
        self._closing = True
        self._out = None  # nothing may follow the goodbye
        say_close(transport, code, why, reads=not self._stalled)


def write_all(consoles: Iterable[ConsoleSocket], line: bytes, topic: str) -> None:
    """Send one framed line to each of them, or note that it was missed."""
    size, write = len(line), os.write
    for console in consoles:
        out = console._out  # a loop over very many: no call that can be spared
        if console._stalled:
            console._missed[topic] += 1
        elif out is None or out.is_closing():  # from then on the descriptor may be another's
            continue
        elif console._fd < 0 or out.get_write_buffer_size():
            out.write(line)
        else:
            try:
                taken = write(console._fd, line)
            except BlockingIOError:
                taken = 0
            except OSError:  # it is gone; the transport will notice by itself
                continue
            if taken < size:
                out.write(line[taken:])


def framed(message: ToConsole) -> bytes:
    """Return a message as one text frame."""
    return frames.framed(_encode(message))
