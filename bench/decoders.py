"""A zygote with decoders, and stand-ins for the vision and speech workers, to play streams through.

For benches and tests: the processes, sockets and shared memory are the real ones; only the two who
look and listen merely write down what they are given.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from workers.spawn import environment
from workers.streams.mailbox import Gallery
from workers.streams.orders import Awake, FromZygote, Gone, Kill, Spawn
from workers.streams.units import (
    Attach,
    Bytes,
    Detach,
    Finish,
    Freed,
    FromDecoder,
    Hearing,
    Sampling,
    Shown,
    Sound,
    Start,
    Took,
    ToSpeech,
    ToVision,
)
from workers.units import cut, frame

__all__ = ["Decoders", "Ear", "Eye", "Played", "bytes_of"]

_ENCODE = msgspec.msgpack.Encoder().encode
_ZYGOTE = msgspec.msgpack.Decoder(FromZygote)
_DECODER = msgspec.msgpack.Decoder(FromDecoder)
_VISION = msgspec.msgpack.Decoder(ToVision)
_SPEECH = msgspec.msgpack.Decoder(ToSpeech)
_PIECE_BYTES = 16_384


class Played:
    """What a decoder said of a stream, and how it ended."""

    def __init__(self) -> None:
        self.said: list[FromDecoder] = []
        self.taken = 0
        self.gone: Gone | None = None

    def listen(self, sock: socket.socket, until: float) -> None:
        """Write down what a decoder says until it hangs up. Raises TimeoutError."""
        buffer = bytearray()
        while True:
            if time.monotonic() > until:
                raise TimeoutError("the decoder does not end")
            try:
                data = sock.recv(1 << 16)
            except ConnectionResetError:
                return
            if not data:
                return
            buffer += data
            for body in cut(buffer):
                said = _DECODER.decode(body)
                if isinstance(said, Took):
                    self.taken += said.bytes
                else:
                    self.said.append(said)

    def of(self, kind: type[FromDecoder]) -> list[FromDecoder]:
        """Return what was said of one kind."""
        return [each for each in self.said if type(each) is kind]


class _Door:
    """A unix socket at which decoders attach; a thread for each of them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.bind(path)
        self._sock.listen(64)
        self._open: list[socket.socket] = []
        self._serving: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody, and let nobody in."""
        for sock in (self._sock, *self._open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it hung up first
            finally:
                sock.close()
        Path(self.path).unlink(missing_ok=True)

    def settle(self, wait_s: float) -> None:
        """Wait until everything was read of those who hung up."""
        # Whoever knocked before this was let in once it is: they come in as they knocked.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as last:
            last.settimeout(wait_s)
            last.connect(self.path)
            last.shutdown(socket.SHUT_WR)
            last.recv(1)
        for thread in self._serving:
            thread.join(wait_s)
        self._serving = [thread for thread in self._serving if thread.is_alive()]

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._sock.accept()
            except OSError:
                return
            self._open.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            thread.start()
            self._serving.append(thread)

    def _serve(self, peer: socket.socket) -> None:
        buffer, descriptors = bytearray(), list[int]()
        while True:
            try:
                data, more, _, _ = socket.recv_fds(peer, 1 << 16, 4)
            except OSError:
                return
            if not data:
                peer.close()
                return
            descriptors += more
            buffer += data
            for body in cut(buffer):
                self.take(peer, body, descriptors)

    def take(self, peer: socket.socket, body: bytes, descriptors: list[int]) -> None:
        """Take one frame of a decoder."""
        raise NotImplementedError


class Eye(_Door):
    """In the vision worker's place: looks at each picture, and gives its slot back."""

    def __init__(self, path: str, keep: bool = False) -> None:
        """`keep` copies each picture; `holding` gives no slot back while it is set."""
        self.shown: list[tuple[Shown, float]] = []
        self.pictures: list[NDArray[np.uint8]] = []
        self.attached: list[Attach] = []
        self.detached = 0
        self.holding = False
        self._keep = keep
        self._galleries: dict[socket.socket, Gallery] = {}
        super().__init__(path)  # last: from here on it takes what comes

    def take(self, peer: socket.socket, body: bytes, descriptors: list[int]) -> None:
        """Look at what is shown."""
        match _VISION.decode(body):
            case Attach() as attach:
                self.attached.append(attach)
                gallery = Gallery(descriptors.pop(0), attach.slots, attach.slot_bytes)
                self._galleries[peer] = gallery
            case Shown() as shown:
                rows = self._galleries[peer].rows(shown.slot, shown.width, shown.height)
                self.shown.append((shown, float(rows[::16, ::16].mean())))
                if self._keep:
                    self.pictures.append(rows.copy())
                if not self.holding:
                    with suppress(OSError):  # it hung up: then it wants no slot back
                        peer.sendall(frame(_ENCODE(Freed(shown.slot))))
            case Detach():
                self.detached += 1


class Ear(_Door):
    """In the speech worker's place: keeps all sound, by the handle of its stream."""

    def __init__(self, path: str) -> None:
        self.sounds: list[Sound] = []
        self.detached = 0
        super().__init__(path)

    def take(self, peer: socket.socket, body: bytes, descriptors: list[int]) -> None:
        """Keep what is heard."""
        match _SPEECH.decode(body):
            case Sound() as sound:
                self.sounds.append(sound)
            case Detach():
                self.detached += 1
            case _:
                pass

    @property
    def pcm(self) -> NDArray[np.int16]:
        """All samples so far."""
        return np.frombuffer(b"".join(sound.pcm for sound in self.sounds), "<i2")


class Decoders:
    """A zygote, and the two doors its decoders attach at."""

    def __init__(self, memory_mb: int = 512, step_cpu_s: float = 5.0, keep: bool = False) -> None:
        """Start the zygote. Call from a thread that lives as long as it is needed."""
        self._folder = tempfile.TemporaryDirectory(prefix="seawall-")
        self.eye = Eye(f"{self._folder.name}/eye", keep)
        self.ear = Ear(f"{self._folder.name}/ear")
        self._limits = memory_mb, step_cpu_s
        self._sock, theirs = socket.socketpair()
        self._sock.settimeout(60)
        with theirs:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "workers.streams.zygote"),
                    *("--fd", str(theirs.fileno()), "--parent", str(os.getpid())),
                ],
                pass_fds=(theirs.fileno(),),
                env=environment(),
            )
        self._buffer = bytearray()
        self._waiting: list[FromZygote] = []
        self._handles = 0
        self.playing = Played()
        """What was said so far of the stream that is played."""
        awake = self.heard()
        if not isinstance(awake, Awake):
            raise TypeError(f"the zygote began with {awake}")
        self.awake = awake

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()
        self.process.wait(10)
        self.eye.close()
        self.ear.close()
        self._folder.cleanup()

    def heard(self) -> FromZygote:
        """Return the next thing the zygote says."""
        while not self._waiting:
            data = self._sock.recv(1 << 16)
            if not data:
                raise ConnectionError("the zygote is gone")
            self._buffer += data
            self._waiting += [_ZYGOTE.decode(body) for body in cut(self._buffer)]
        return self._waiting.pop(0)

    def spawn(self) -> tuple[int, socket.socket]:
        """Fork a decoder; return its handle, and our end of its socket."""
        self._handles += 1
        ours, theirs = socket.socketpair()
        ours.settimeout(60)
        memory_mb, step_cpu_s = self._limits
        order = Spawn(self._handles, memory_mb, 0, step_cpu_s)
        with theirs:
            socket.send_fds(self._sock, [frame(_ENCODE(order))], [theirs.fileno()])
        return self._handles, ours

    def kill(self, handle: int) -> None:
        """Order a decoder's end."""
        self.send(frame(_ENCODE(Kill(handle))))

    def send(self, data: bytes) -> None:
        """Send the zygote anything."""
        self._sock.sendall(data)

    def start(
        self,
        handle: int,
        container: str,
        sampling: Sampling | None = None,
        hearing: Hearing | None = None,
        deaf: bool = False,
        blind: bool = False,
    ) -> bytes:
        """Return the first frame of a decoder."""
        return frame(
            _ENCODE(
                Start(
                    handle,
                    container,
                    sampling or Sampling(),
                    hearing or Hearing(),
                    "" if blind else self.eye.path,
                    "" if deaf else self.ear.path,
                    seed=handle,
                )
            )
        )

    def play(
        self,
        pieces: Iterable[Bytes],
        container: str,
        sampling: Sampling | None = None,
        before: Callable[[int, socket.socket], None] | None = None,
        wait_s: float = 60.0,
    ) -> Played:
        """Play a stream through a decoder of its own, to its end.

        `before` is called once it was started. Raises TimeoutError where it does not end.
        """
        handle, sock = self.spawn()
        played = self.playing = Played()
        with sock:
            sock.settimeout(wait_s)
            sock.sendall(self.start(handle, container, sampling))
            if before is not None:
                before(handle, sock)
            feeder = threading.Thread(target=_feed, args=(sock, pieces), daemon=True)
            feeder.start()
            played.listen(sock, time.monotonic() + wait_s)
            feeder.join(wait_s)
        while played.gone is None:
            said = self.heard()
            if isinstance(said, Gone) and said.handle == handle:
                played.gone = said
        for door in (self.eye, self.ear):
            door.settle(wait_s)
        return played


def _feed(sock: socket.socket, pieces: Iterable[Bytes]) -> None:
    try:
        for piece in pieces:
            sock.sendall(frame(_ENCODE(piece)))
        sock.sendall(frame(_ENCODE(Finish())))
    except OSError:
        return  # it ended first, which whoever listens sees


def bytes_of(data: bytes, at: float = 1000.0, lasts: float = 0.0, size: int = _PIECE_BYTES,
             ) -> Iterable[Bytes]:  # fmt: skip
    """Cut a file into pieces, captured over `lasts` seconds from `at` on."""
    count = max(1, -(-len(data) // size))
    for n in range(count):
        then = at + lasts * n / count
        yield Bytes(n + 1, then, data[n * size : (n + 1) * size])
