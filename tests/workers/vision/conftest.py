"""Vision workers as processes, and decoders that show them pictures through shared memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

import cv2
import msgspec
import numpy as np
import pytest

from detectors.pictures import Picture
from workers.spawn import environment
from workers.streams.mailbox import Mailbox
from workers.streams.reports import FromVision, Lost, Ready, Saw
from workers.streams.units import Attach, Detach, Freed, Shown
from workers.units import cut, frame as framed
from workers.vision.options import VisionOptions

__all__ = ["Showing", "Start", "Worker", "plain", "scene", "wait_for"]

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(FromVision).decode
_FREED = msgspec.msgpack.Decoder(Freed).decode

Said = Saw | Lost
Start = Callable[..., "Worker"]


def plain(level: int = 60, width: int = 320, height: int = 180) -> Picture:
    """Return an empty picture."""
    return np.full((height, width, 3), level, np.uint8)


def scene(seed: int, width: int = 640, height: int = 360) -> Picture:
    """Return a picture with enough in it to be known again."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def wait_for(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition that reading from a socket makes true."""
    until = monotonic() + seconds
    while not true():
        assert monotonic() < until, "waited in vain"


class Worker:
    """A worker process and the gateway's end of its socket."""

    def __init__(self, folder: Path, options: VisionOptions, memory_mb: int, standby: bool) -> None:
        self.path = str(folder / f"vision-{os.urandom(4).hex()}.sock")
        ours, theirs = socket.socketpair()
        arguments = ("--fd", str(theirs.fileno()), "--parent", str(os.getpid()))
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "workers.vision.run", *arguments,
                 "--listen", self.path, "--memory-mb", str(memory_mb),
                 *(["--standby"] if standby else [])],
                pass_fds=(theirs.fileno(),), env=environment(), stderr=subprocess.PIPE,
            )  # fmt: skip
        self.sock = ours
        self.said: list[FromVision] = []
        self._buffer = bytearray()
        self._decoders: list[Showing] = []
        self.tell(options)

    def ready(self) -> Ready:
        """Wait until it has loaded its models."""
        wait_for(lambda: any(isinstance(each, Ready) for each in self.read()), 20.0)
        return next(each for each in self.said if isinstance(each, Ready))

    def tell(self, what: msgspec.Struct) -> None:
        """Say something as the gateway."""
        self.sock.sendall(framed(_ENCODE(what)))

    def read(self, wait_s: float = 0.01) -> list[FromVision]:
        """Return all it has said so far, after reading what is there."""
        self.sock.settimeout(wait_s)
        try:
            self._buffer += self.sock.recv(1 << 20)
        except TimeoutError:
            return self.said
        except ConnectionResetError:
            return self.said
        self.said += [_DECODE(body) for body in cut(self._buffer)]
        return self.said

    def answer(self, handle: int, n: int, unit: str = "frame") -> Said:
        """Wait for what is said of a frame."""
        found: list[Said] = []

        def there() -> bool:
            found.extend(self.answers(handle, n, unit))
            return bool(found)

        wait_for(there)
        return found[0]

    def answers(self, handle: int, n: int, unit: str = "frame") -> list[Said]:
        """Return what was said of a frame until now."""
        return [
            each
            for each in self.read()
            if isinstance(each, Saw | Lost)
            and (each.handle, each.n, each.unit) == (handle, n, unit)
        ]

    def decoder(self, handle: int, slot_bytes: int = 640 * 360 * 3) -> Showing:
        """Connect a decoder; it is closed with the worker."""
        decoder = Showing(self.path, handle, slot_bytes)
        self._decoders.append(decoder)
        return decoder

    def close(self) -> None:
        """End it, and whoever is connected to it."""
        for decoder in self._decoders:
            decoder.close(detach=False)
        self.sock.close()
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


class Showing:
    """A decoder: a connection to a worker, and slots to show frames in."""

    def __init__(self, path: str, handle: int, slot_bytes: int) -> None:
        self.handle = handle
        self.mailbox = Mailbox(slot_bytes)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.n = 0
        self._buffer = bytearray()
        attach = framed(_ENCODE(Attach(handle, self.mailbox.slots, slot_bytes)))
        with suppress(BrokenPipeError):  # turned away already, which reading tells
            socket.send_fds(self.sock, [attach], [self.mailbox.fd])

    def show(self, picture: Picture, *, changed: bool = False, closer: bool = False,
             within_s: float = 10.0) -> int:  # fmt: skip
        """Show a picture once a slot is free; return its number."""
        taken: list[int] = []

        def have() -> bool:
            slot = self.mailbox.take()
            if slot is None:
                self.listen()
                return False
            taken.append(slot)
            return True

        wait_for(have)
        height, width = picture.shape[:2]
        self.mailbox.rows(taken[0], width, height)[:] = picture
        self.n += 1
        until = monotonic() + within_s
        self.send(Shown(self.n, time(), taken[0], width, height, until, changed, closer))
        return self.n

    def send(self, message: msgspec.Struct) -> None:
        """Say something, true or not."""
        self.sock.sendall(framed(_ENCODE(message)))

    def listen(self, wait_s: float = 0.01) -> bool:
        """Take slots back; False once the worker has closed the connection."""
        self.sock.settimeout(wait_s)
        try:
            data = self.sock.recv(1 << 12)
        except TimeoutError:
            return True
        except ConnectionResetError:
            return False
        self._buffer += data
        for body in cut(self._buffer):
            self.mailbox.free(_FREED(body).slot)
        return bool(data)

    def free_slots(self) -> int:
        """Return how many slots are free now."""
        self.listen()
        taken = [
            slot for _ in range(self.mailbox.slots) if (slot := self.mailbox.take()) is not None
        ]
        for slot in taken:
            self.mailbox.free(slot)
        return len(taken)

    def close(self, *, detach: bool = True) -> None:
        """Leave; a second time does nothing."""
        if self.sock.fileno() < 0:
            return
        if detach:
            self.send(Detach())
        self.sock.close()
        self.mailbox.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts workers; they are ended with the test."""
    started: list[Worker] = []

    def go(memory_mb: int = 0, *, standby: bool = False, **options: object) -> Worker:
        worker = Worker(tmp_path, msgspec.convert(options, VisionOptions), memory_mb, standby)
        started.append(worker)
        return worker

    yield go
    for worker in started:
        worker.close()
