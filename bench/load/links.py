"""The raw generator's connections: sockets that never block, from the dial to the greeting and on.

Rules:
1. What the kernel does not take waits in the link, what is due while the link is away is sent when
   it is back. Both are the server's time, not the generator's.
2. A link that was broken dials again, says hello and `resume`, and sends again every message that
   was not answered: what a correct chat server does. A close code that forbids a retry ends it.
3. A slow link is read by a timer, so many bytes a second, and keeps next to nothing in the kernel.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

from bench.generator import Target
from bench.load.messages import CLOSE, PING, PONG, control_frame, text_frame
from bench.load.plan import Heard
from bench.load.replies import Replies, Rest

__all__ = ["Link", "LinkError", "Links", "upgrade"]

OPENING_S = 15.0
AGAIN_S = 0.2
"""A server that did not take a connection is asked again after this."""
READ = 65_536
_SLOW_BUFFER = 4_096
_NO_RETRY = frozenset({1002, 1007, 1009, 4001, 4004})
_DIALING, _GREETING, _OPEN, _AWAY, _ENDED = range(5)
_IN, _OUT = select.EPOLLIN, select.EPOLLOUT


class LinkError(Exception):
    """The server's: a connection that was refused, or did not open in time."""


class _Greeting(msgspec.Struct):
    """What of a gateway's hello is of use here. `at`: its clock, seconds since the epoch."""

    session: str = ""
    at: float = 0.0


class Link:
    """One connection, and what waits for it."""

    __slots__ = (
        "fd", "hello_at", "out", "place", "recv", "rest", "session", "slow", "sock",
        "state", "target", "waits",
    )  # fmt: skip

    def __init__(self, place: int, target: Target, slow: bool) -> None:
        self.place = place
        self.target = target
        self.slow = slow
        self.session = ""
        self.hello_at = 0.0
        self.dial()

    def dial(self) -> None:
        """Begin to connect."""
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.slow:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_BUFFER)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect_ex(("127.0.0.1", self.target.port))  # refusal comes with an event
        self.fd, self.recv = self.sock.fileno(), self.sock.recv
        self.rest, self.state, self.waits = Rest(), _DIALING, True
        self.out = bytearray(upgrade(self.target))


class Links:
    """All connections of a generator process, and the one place where they are waited for.

    `owed(place)` returns the frames of what was sent on a link and has no answer; `answered` is
    called with a link and how many answers came on it.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        heard: Heard,
        replies: Replies,
        slow: int,
        owed: Callable[[int], Sequence[bytes]],
        answered: Callable[[Link, int], None] | None = None,
    ) -> None:
        self._heard = heard
        self._replies = replies
        self._owed = owed
        self._answered = answered
        self.later: list[tuple[float, Link]] = []
        """Links that are away, and when each comes back."""
        self._poll = select.epoll()
        self._by_fd: dict[int, Link] = {}
        self._starting = True
        self.all = [Link(place, target, place < slow) for place, target in enumerate(targets)]
        for link in self.all:
            self._meet(link)

    @property
    def fd(self) -> int:
        """What becomes readable when a link is."""
        return self._poll.fileno()

    def open(self) -> None:
        """Wait until every link is open. Raises LinkError."""
        until = time.monotonic() + OPENING_S
        while not all(link.state == _OPEN for link in self.all):
            if time.monotonic() > until:
                raise LinkError(f"not every connection opened in {OPENING_S:.0f} s")
            self.turn(0.05)
        self._starting = False

    def close(self) -> None:
        """Close every link."""
        for link in self._by_fd.values():
            link.sock.close()
        self._poll.close()

    def send(self, link: Link, data: bytes) -> None:
        """Send; what a link that is away does not take is owed when it comes back."""
        if link.state != _OPEN:
            return
        if link.waits:
            link.out += data
        else:
            self._push(link, data)

    def turn(self, timeout: float = 0.0, most: int = 48) -> int:
        """Handle what has happened; return how many answers came. Waits whole milliseconds."""
        count = 0
        for fd, event in self._poll.poll(timeout, most):
            link = self._by_fd.get(fd)
            if link is None:
                continue
            if event & _OUT:
                self._flush(link)
            if event != _OUT:
                came = self._read(link, READ)
                count += came
                if came and self._answered is not None:
                    self._answered(link, came)
        if self.later:
            self.redial()
        return count

    def redial(self) -> None:
        """Let the next link come back whose time has come."""
        if self.later[0][0] <= time.monotonic():
            link = self.later.pop(0)[1]
            link.dial()
            self._meet(link)

    def sip(self, size: int) -> int:
        """Read so many bytes of each slow link; return how many answers came."""
        return sum(self._read(link, size) for link in self.all if link.slow and link.state == _OPEN)

    def hurry(self) -> None:
        """Read slow links like all others from now on."""
        for link in self.all:
            if link.slow:
                link.slow = False
                if link.state == _OPEN:
                    self._watch(link)

    def cut(self, link: Link) -> None:
        """Break a link without a word, and come back at once."""
        if link.state == _OPEN:
            self._away(link, 0.0)

    def _meet(self, link: Link) -> None:
        self._by_fd[link.fd] = link
        self._poll.register(link.fd, _IN | _OUT)

    def _away(self, link: Link, wait_s: float) -> None:
        self._poll.unregister(link.fd)
        del self._by_fd[link.fd]
        link.sock.close()
        link.out.clear()
        link.state = _AWAY
        self.later.append((time.monotonic() + wait_s, link))
        self.later.sort(key=lambda each: each[0])

    def _push(self, link: Link, data: bytes) -> None:
        try:
            sent = link.sock.send(data)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            sent = len(data)  # the read that follows finds the link broken
        if sent < len(data):
            link.out += data[sent:]
            link.waits = True
            self._watch(link)

    def _flush(self, link: Link) -> None:
        try:
            while link.out:
                del link.out[: link.sock.send(link.out[:262_144])]
        except BlockingIOError:
            return
        except ConnectionError:
            link.out.clear()
        link.waits = False
        self._watch(link)

    def _watch(self, link: Link) -> None:
        reads = 0 if link.slow and link.state == _OPEN else _IN
        self._poll.modify(link.fd, reads | (_OUT if link.waits else 0))

    def _read(self, link: Link, size: int) -> int:
        try:
            data = link.recv(size)
        except BlockingIOError:
            return 0
        except ConnectionError:
            data = b""
        if not data:
            self._ended(link)
            return 0
        if link.state != _OPEN:
            return self._opening(link, link.rest.tail + data)
        if data[0] > 0x87:  # a control frame comes alone where nothing else is said
            self._control(link, data)
        count = self._replies.take(link.rest, data, time.monotonic())
        if self._replies.commands:
            self._obey(link)
        return count

    def _control(self, link: Link, data: bytes) -> None:
        if data[0] & 0x0F == PING:
            self.send(link, control_frame(PONG, data[2 : 2 + (data[1] & 0x7F)]))

    def _obey(self, link: Link) -> None:
        """Say of every command that it was carried out, as a chat server must."""
        for command in self._replies.commands:
            self.send(link, text_frame(b'{"type":"done","command":"%b"}' % command))
        self._heard.commands += len(self._replies.commands)
        self._replies.commands.clear()

    def _opening(self, link: Link, data: bytes) -> int:
        """Take the handshake's reply, then the greeting, then what came with it."""
        link.rest.tail = b""
        if link.state == _DIALING:
            head, blank, data = data.partition(b"\r\n\r\n")
            if not blank:
                link.rest.tail = head
                return 0
            if not head.startswith(b"HTTP/1.1 101"):
                self._refused(link, head.split(b"\r\n", 1)[0].decode(errors="replace"))
                return 0
            if not link.target.hello:
                self._opened(link)
                return 0
            link.state = _GREETING
            link.hello_at = time.time()
            self._push(link, text_frame(link.target.hello.encode()))
        payload, after = _first_frame(data)
        if not payload:
            link.rest.tail = data
            return 0
        greeting = msgspec.json.decode(payload, type=_Greeting)
        if greeting.at:
            self._heard.clocks.append((link.hello_at, greeting.at, time.time()))
        if link.session:
            resume = b'{"type":"resume","session":"%b"}' % link.session.encode()
            self._push(link, text_frame(resume))
        link.session = greeting.session
        self._opened(link)
        return self._replies.take(link.rest, after, time.monotonic()) if after else 0

    def _opened(self, link: Link) -> None:
        link.state = _OPEN
        self._watch(link)
        owed = self._owed(link.place)
        if owed:
            self._heard.resent += len(owed)
            self.send(link, b"".join(owed))

    def _refused(self, link: Link, why: str) -> None:
        if self._starting:
            raise LinkError(why)
        self._heard.closes[why] += 1
        self._away(link, AGAIN_S)

    def _ended(self, link: Link) -> None:
        """Note with which code the server ended a link, and come back where that is allowed."""
        tail = link.rest.tail
        at = tail.rfind(bytes([0x80 | CLOSE]))
        code = int.from_bytes(tail[at + 2 : at + 4], "big") if at >= 0 else 1006
        if self._starting:
            raise LinkError(f"the server ended a connection that opened, with {code}")
        self._heard.closes[str(code)] += 1
        self._away(link, AGAIN_S)
        if code in _NO_RETRY:
            self.later = [each for each in self.later if each[1] is not link]
            link.state = _ENDED


def upgrade(target: Target) -> bytes:
    """Return the request that opens a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    auth = f"Authorization: Bearer {target.key}\r\n" if target.key else ""
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\n{auth}\r\n"
    ).encode()


def _first_frame(data: bytes) -> tuple[bytes, bytes]:
    """Return the first frame's payload and what follows it; nothing before it is whole."""
    start, size = 2, data[1] & 0x7F if len(data) > 1 else 0
    if size == 126:
        start, size = 4, int.from_bytes(data[2:4], "big")
    elif size == 127:
        start, size = 10, int.from_bytes(data[2:10], "big")
    if not size or len(data) < start + size:
        return b"", b""
    return data[start : start + size], data[start + size :]
