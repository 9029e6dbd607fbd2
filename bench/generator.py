"""A load generator that one core can drive hard: raw sockets, epoll, prebuilt frames.

The same generator drives the gateway and every peer, so that a ratio compares servers and nothing
else. Client frames carry a zero mask: legal, and free. Runs as its own process, pinned.

A reply is a text frame that answers a message. What a gateway says besides (commands, ends of
holds, errors about no message) is none; what it refuses is counted apart, or a gateway that turns
everything away would look like a fast one.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence

import msgspec

__all__ = ["Closed", "Peer", "Target", "closed_loop", "frame", "quantile"]

Payload = Callable[[int], bytes]
"""The n-th message of a run."""
_SAID_BESIDES = (b'{"type":"command"', b'{"type":"hold"', b'{"type":"bye"', b'{"type":"ack"')
_ABOUT_NOTHING = b'{"type":"error","ref":null'
_REFUSED = b'{"type":"error"'
_RESTRICTED = b'"action":"block"'
_UNCHECKED = b'"unchecked.'


class Target(msgspec.Struct, frozen=True):
    """A server under load. `hello` is sent first and its reply awaited; empty for an echo."""

    port: int
    path: str
    key: str = ""
    hello: str = ""


class Closed(msgspec.Struct):
    """What a closed loop counted. `replies` are verdicts, `blocked` those of them that block.

    `unchecked` verdicts say that something was left out, `refused` messages got an error instead.
    """

    replies: int
    blocked: int
    seconds: float
    refused: int = 0
    unchecked: int = 0


def frame(payload: bytes) -> bytes:
    """Return a masked text frame with a zero mask."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes([0x80 | size]) + b"\0\0\0\0" + payload
    return b"\x81\xfe" + struct.pack(">H", size) + b"\0\0\0\0" + payload


class Peer:
    """One connection, greeted: its socket, which does not block, and what of a frame has arrived.

    Raises ConnectionError where the server refuses it.
    """

    __slots__ = ("buffer", "sock")

    def __init__(self, target: Target) -> None:
        self.sock = socket.create_connection(("127.0.0.1", target.port), timeout=5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        auth = f"Authorization: Bearer {target.key}\r\n" if target.key else ""
        self.sock.sendall(
            (
                f"GET {target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Version: 13\r\n{auth}\r\n"
            ).encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._more()
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
        self.buffer = head.split(b"\r\n\r\n", 1)[1]
        if target.hello:
            self.sock.sendall(frame(target.hello.encode()))
            while not self.replies(b""):
                self.buffer += self._more()
        self.sock.setblocking(False)

    def _more(self) -> bytes:
        data = self.sock.recv(65_536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def replies(self, data: bytes) -> int:
        """Count the whole replies in what has arrived; keep the rest."""
        return len(self.answers(data))

    def answers(self, data: bytes) -> list[bytes]:
        """Return the whole replies in what has arrived; keep the rest."""
        buffer = self.buffer + data if self.buffer else data
        found: list[bytes] = []
        at, end = 0, len(buffer)
        while end - at >= 2:
            size = buffer[at + 1] & 0x7F
            start = at + 2
            if size == 126:
                if end - at < 4:
                    break
                size = int.from_bytes(buffer[at + 2 : at + 4], "big")
                start = at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size = int.from_bytes(buffer[at + 2 : at + 10], "big")
                start = at + 10
            if start + size > end:
                break
            if buffer[at] & 0x0F == 1 and not buffer.startswith(_SAID_BESIDES, start):
                found.append(buffer[start : start + size])
            at = start + size
        self.buffer = buffer[at:]
        return [each for each in found if not each.startswith(_ABOUT_NOTHING)]


def closed_loop(
    target: Target | Sequence[Target],
    payload: Payload,
    connections: int,
    outstanding: int,
    seconds: float,
) -> Closed:
    """Keep `outstanding` messages unanswered on each connection for `seconds`.

    Of several targets each gets so many connections.
    """
    targets = [target] if isinstance(target, Target) else target
    peers = [Peer(each) for each in targets for _ in range(connections)]
    poll = select.epoll()
    by_fd = {peer.sock.fileno(): peer for peer in peers}
    number = 0
    for fd, peer in by_fd.items():
        poll.register(fd, select.EPOLLIN)
        burst = b"".join(frame(payload(number + k)) for k in range(outstanding))
        number += outstanding
        peer.sock.send(burst)
    run = Closed(0, 0, 0.0)
    began = time.perf_counter()
    until = began + seconds
    while (now := time.perf_counter()) < until:
        for fd, _ in poll.poll(0.2):
            peer = by_fd[fd]
            data = peer.sock.recv(262_144)
            if not data:
                raise ConnectionError("the server closed a connection under load")
            answers = peer.answers(data)
            if answers:
                _count(run, answers)
                count = len(answers)
                peer.sock.send(b"".join(frame(payload(number + k)) for k in range(count)))
                number += count
    for peer in peers:
        peer.sock.close()
    run.seconds = now - began
    return run


def _count(run: Closed, answers: list[bytes]) -> None:
    for answer in answers:
        if answer.startswith(_REFUSED):
            run.refused += 1
            continue
        run.replies += 1
        run.blocked += _RESTRICTED in answer
        run.unchecked += _UNCHECKED in answer


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value under which `share` of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
