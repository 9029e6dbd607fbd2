"""Clients that misbehave, in a process of their own: what they try, and what they get.

Rules:
1. `fragments` sends good messages one byte a segment, each byte a fragment of its own; `floods`
   the largest batches, as fast as they are taken; `garbage` in turns bytes that are no frame and
   frames that are no message; `pings` as many pings as are taken.
2. Each comes back AGAIN_S after it was cut. Nothing of theirs is in the ledger.
3. It does a step for each connection and tick and yields to everybody (nice): on few cores it must
   not starve the generator that measures what it does to the others.
"""

from __future__ import annotations

import os
import random
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from bench.generator import Target
from bench.load.lifeline import tied
from bench.load.links import upgrade
from bench.load.messages import PING, control_frame, text_frame
from bench.load.plan import Job
from seawall.wire import BATCH_ITEMS, FRAME_BYTES

__all__ = ["main"]

AGAIN_S = 0.5
TICK_S = 0.002
_BYTES_A_STEP = 16
_PINGS_A_STEP = 32
_CHAT = (
    '{{"type":"chat","id":"{id}","room":"hostile","user":{{"id":"h{user}","name":"h","roles":[]}},'
    '"text":"{text}","at":4102444800.5,"surface":"chat"}}'
)


def _fragments(mark: str) -> Iterator[bytes]:
    """Yield a few bytes a step: a message whose every byte is a frame of its own."""
    number = 0
    while True:
        payload = _CHAT.format(id=f"{mark}f{number}", user=1, text="one byte at a time").encode()
        number += 1
        frames = [
            bytes([(0x80 if at == len(payload) - 1 else 0) | (0 if at else 1), 0x81, 0, 0, 0, 0])
            + payload[at : at + 1]
            for at in range(len(payload))
        ]
        data = b"".join(frames)
        yield from (data[at : at + 1] for at in range(len(data)))


def _floods(mark: str) -> Iterator[bytes]:
    """Yield batches as large as a frame may be."""
    number = 0
    room = FRAME_BYTES // BATCH_ITEMS - 220
    while True:
        items = [
            _CHAT.format(id=f"{mark}l{number + k}", user=k, text="flood " * (room // 6))
            for k in range(BATCH_ITEMS)
        ]
        number += BATCH_ITEMS
        yield text_frame(b'{"type":"batch","items":[' + ",".join(items).encode() + b"]}")


def _garbage(mark: str) -> Iterator[bytes]:
    """Yield frames that are no message, then bytes that are no frame."""
    chance = random.Random(mark)
    while True:
        for text in (b"{", b"[]", b'{"type":"nothing"}', b'{"type":"chat"}', b"\xff\xfe"):
            yield text_frame(text)
        if chance.random() < 0.05:
            yield chance.randbytes(64)


def _pings(mark: str) -> Iterator[bytes]:
    """Yield pings of the largest size."""
    del mark
    while True:
        yield control_frame(PING, b"p" * 125) * _PINGS_A_STEP


MAKERS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "fragments": _fragments,
    "floods": _floods,
    "garbage": _garbage,
    "pings": _pings,
}


class Foe:
    """One connection that misbehaves, and comes back whenever it was cut."""

    def __init__(self, kind: str, target: Target, mark: str, counts: Counter[str]) -> None:
        self._kind = kind
        self._target = target
        self._mark = mark
        self._counts = counts
        self._lives = 0
        self._again = 0.0
        self._sock: socket.socket | None = None

    def step(self, now: float) -> None:
        """Do a little harm."""
        try:
            if self._sock is None:
                if now >= self._again:
                    self._dial()
                return
            self._hear(self._sock)
            self._harm(self._sock)
        except (ConnectionError, TimeoutError) as error:
            self._cut(now, type(error).__name__)

    def _dial(self) -> None:
        self._sock = socket.create_connection(("127.0.0.1", self._target.port), timeout=1.0)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.sendall(upgrade(self._target))
        head = self._sock.recv(4096)
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head[:20].decode(errors="replace"))
        if self._target.hello:
            self._sock.sendall(text_frame(self._target.hello.encode()))
        self._sock.setblocking(False)
        self._lives += 1
        self._out = memoryview(b"")
        self._says = MAKERS[self._kind](f"{self._mark}{self._lives}x")
        self._counts[f"hostile {self._kind}: connected"] += 1

    def _hear(self, sock: socket.socket) -> None:
        """Read what came, and count what it says about us."""
        try:
            data = sock.recv(1 << 20)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError("ended")
        self._counts[f"hostile {self._kind}: errors"] += data.count(b'{"type":"error"')
        self._counts[f"hostile {self._kind}: verdicts"] += data.count(b'{"type":"verdict"')
        self._tail = data

    def _harm(self, sock: socket.socket) -> None:
        steps = _BYTES_A_STEP if self._kind == "fragments" else 1
        try:
            for _ in range(steps):
                if not self._out:
                    self._out = memoryview(next(self._says))
                sent = sock.send(self._out)
                self._counts[f"hostile {self._kind}: bytes"] += sent
                self._out = self._out[sent:]
        except BlockingIOError:
            return

    def _cut(self, now: float, why: str) -> None:
        tail = getattr(self, "_tail", b"")[-140:]
        at = tail.rfind(b"\x88")
        code = int.from_bytes(tail[at + 2 : at + 4], "big") if at >= 0 else 0
        self._counts[f"hostile {self._kind}: closed {code or why}"] += 1
        if self._sock is not None:
            self._sock.close()
        self._sock = None
        self._tail = b""
        self._again = now + AGAIN_S


def main() -> int:
    """Misbehave until stdin ends, then tell what came of it."""
    tied()
    os.nice(10)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    if job.core is not None:
        os.sched_setaffinity(0, {job.core})
    clients, counts = job.scenario.clients, Counter[str]()
    foes = [
        Foe(kind, job.targets[n % len(job.targets)], f"x{job.run}{kind[0]}{n}-", counts)
        for kind in clients.hostile
        for n in range(clients.hostile_connections)
    ]
    print("ready", flush=True)
    with selectors.DefaultSelector() as orders:
        orders.register(sys.stdin.buffer, selectors.EVENT_READ)
        while True:
            for foe in foes:
                foe.step(time.monotonic())
            if orders.select(TICK_S) and not sys.stdin.buffer.readline():
                break
    sys.stdout.buffer.write(msgspec.json.encode(counts) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
