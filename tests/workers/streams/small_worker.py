"""A small vision or speech worker: answers at once, knows nothing.

Its first frame says how it fails: `mute` (no answers), `silent` (no sign of life), `unable`, `weak`
(it does without a list).
"""

from __future__ import annotations

import argparse
import selectors
import socket
import sys
import time
from contextlib import suppress

import msgspec

from workers.life import die_with
from workers.streams.reports import (
    Align,
    Aligned,
    Listened,
    Loaded,
    Ready,
    Saw,
    Serve,
    Spoke,
    Stats,
    Word,
)
from workers.streams.units import Attach, Detach, Freed, Shown, Sound, ToSpeech, ToVision
from workers.units import cut, frame

__all__ = ["SmallOptions"]

ENCODE = msgspec.msgpack.Encoder().encode
FROM_DECODER = msgspec.msgpack.Decoder(Attach | Shown | Sound | Detach).decode
assert ToVision
assert ToSpeech


class SmallOptions(msgspec.Struct, frozen=True):
    """What it is told first."""

    fails: str = ""


class Worker:
    """Listens for decoders, tells the gateway."""

    def __init__(self, sock: socket.socket, path: str, standby: bool = False) -> None:
        self._sock = sock
        self._listener = socket.socket(socket.AF_UNIX)
        self._path, self._standby = path, standby
        self._selector = selectors.DefaultSelector()
        self._buffers: dict[socket.socket, bytearray] = {sock: bytearray()}
        self._handles: dict[socket.socket, int] = {}
        self._n = 0
        self._fails: str | None = None
        self._serves = False

    def say(self, what: msgspec.Struct) -> None:
        self._sock.sendall(frame(ENCODE(what)))

    def run(self) -> None:
        self._selector.register(self._sock, selectors.EVENT_READ)
        told_at = 0.0
        while True:
            for key, _ in self._selector.select(0.02):
                found = key.fileobj
                assert isinstance(found, socket.socket)
                if found is self._listener:
                    accepted, _ = found.accept()
                    self._buffers[accepted] = bytearray()
                    self._selector.register(accepted, selectors.EVENT_READ)
                else:
                    self._read(found)
            now = time.monotonic()
            if now - told_at > 0.1 and self._serves and self._fails != "silent":
                told_at = now
                weak = {"list": "gone"} if self._fails == "weak" else {}
                self.say(Stats(depth={"all": 0}, done={"all": self._n}, weak=weak))

    def _read(self, sock: socket.socket) -> None:
        data = b""
        with suppress(ConnectionResetError):
            data = sock.recv(1 << 16)
        if not data:
            if sock is self._sock:
                sys.exit(0)
            self._selector.unregister(sock)
            sock.close()
            return
        self._buffers[sock] += data
        for body in cut(self._buffers[sock]):
            if sock is not self._sock:
                self._take(sock, FROM_DECODER(body))
            elif self._fails is None:
                self._fails = msgspec.msgpack.decode(body, type=SmallOptions).fails
                if self._fails == "unable":
                    self.say(Ready(problem="no weights"))
                elif self._standby:
                    self.say(Loaded())
                else:
                    self._serve()
            elif not self._serves:
                msgspec.msgpack.decode(body, type=Serve)
                self._serve()
            else:
                asked = msgspec.msgpack.decode(body, type=Align)
                self.say(Aligned(asked.handle, asked.n, [Word("word", 1.0, 2.0)]))

    def _serve(self) -> None:
        self._listener.bind(self._path)
        self._listener.listen()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._serves = True
        self.say(Ready({"small": "1"}))

    def _take(self, sock: socket.socket, said: Attach | Shown | Sound | Detach) -> None:
        if isinstance(said, Attach):
            self._handles[sock] = said.handle
            return
        handle = self._handles[sock]
        if self._fails == "mute":
            return
        self._n += 1
        if isinstance(said, Shown):
            self.say(Saw(handle, said.n, said.at, "frame", []))
            with suppress(OSError):  # a decoder may be gone
                sock.sendall(frame(ENCODE(Freed(said.slot))))
        elif isinstance(said, Sound):
            spoken = (said.at, said.at + 1)
            word = Spoke(handle, self._n, *spoken, "a word", [], "en", True)
            # Together: who has the word knows that its sound is settled.
            self._sock.sendall(
                frame(ENCODE(word)) + frame(ENCODE(Listened(handle, *spoken, "speech")))
            )


def main() -> None:
    """Serve until the gateway is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--listen")
    parser.add_argument("--memory-mb", type=int)
    parser.add_argument("--standby", action="store_true")
    given = parser.parse_args()
    die_with(given.parent)
    Worker(socket.socket(fileno=given.fd), given.listen, given.standby).run()


if __name__ == "__main__":
    main()
