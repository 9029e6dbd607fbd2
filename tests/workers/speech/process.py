"""A real process that listens, and decoders that talk to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from workers.spawn import environment
from workers.speech.options import SpeechOptions
from workers.streams.reports import FromSpeech, Ready
from workers.streams.units import Attach, Detach, Hearing, Sound
from workers.units import cut, frame

__all__ = ["Process", "bye", "door", "send"]

_ENCODE = msgspec.msgpack.Encoder().encode
_SAID = msgspec.msgpack.Decoder(FromSpeech).decode


class Process:
    """The process, and all it said."""

    def __init__(
        self, folder: Path, options: SpeechOptions, memory_mb: int = 1024, *, standby: bool = False
    ) -> None:
        self.path = str(folder / "speech")
        self.said: list[FromSpeech] = []
        self._buffer = bytearray()
        self._sock, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "workers.speech.run", "--fd", str(theirs.fileno())]
        command += ["--parent", str(os.getpid()), "--listen", self.path]
        command += ["--memory-mb", str(memory_mb), *(["--standby"] if standby else [])]
        with theirs:
            self.process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(),), env=environment(), stderr=subprocess.DEVNULL
            )
        self.tell(options)

    def tell(self, what: msgspec.Struct) -> None:
        """Say something as the gateway."""
        self._sock.sendall(frame(_ENCODE(what)))

    def until(self, true: Callable[[list[FromSpeech]], bool], seconds: float = 15.0) -> None:
        """Read what it says until a condition holds. Raises TimeoutError; EOFError at its end."""
        end = time.monotonic() + seconds
        while not true(self.said):
            self._sock.settimeout(max(end - time.monotonic(), 0.001))
            arrived = self._sock.recv(1 << 16)
            if not arrived:
                raise EOFError
            self._buffer += arrived
            self.said += [_SAID(body) for body in cut(self._buffer)]

    def ready(self) -> Ready:
        """Wait for its first word."""
        self.until(lambda said: bool(said))
        first = self.said[0]
        assert isinstance(first, Ready)
        return first

    def close(self) -> int:
        """Leave it; return how it ended."""
        self._sock.close()
        return self.process.wait(10)


def door(process: Process) -> socket.socket:
    """Connect as a decoder."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(10.0)
    sock.connect(process.path)
    return sock


def send(
    process: Process, handle: int, pcm: bytes, hearing: Hearing | None = None
) -> socket.socket:
    """Send a stream as fast as it is taken; return the open connection."""
    sock = door(process)
    sock.sendall(frame(_ENCODE(Attach(handle, hearing=hearing or Hearing()))))
    for at in range(0, len(pcm), 8192):
        sock.sendall(frame(_ENCODE(Sound(1000.0 + at / 32_000, pcm[at : at + 8192]))))
    return sock


def bye(sock: socket.socket) -> None:
    """End a stream as a decoder does."""
    sock.sendall(frame(_ENCODE(Detach())))
    sock.close()
