"""A small zygote: forks decoders that decode nothing, and do wrong what their bytes tell them to.

Every piece is taken and becomes a frame that is shown to the vision worker, and a second of sound
that is sent to the speech worker. Words in a piece: CRASH, STUCK, LIE, NEVER (encrypted),
BARREN (nothing comes of it).
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import time
from contextlib import suppress

import msgspec

from workers.life import die_with
from workers.streams.orders import Awake, Gone, Kill, Spawn, Spawned, ToZygote
from workers.streams.units import (
    Attach,
    Bytes,
    Chosen,
    Detach,
    Ended,
    Failed,
    Finish,
    Heard,
    Missed,
    Opened,
    Shown,
    Sound,
    Start,
    ToDecoder,
    Took,
    Track,
)
from workers.units import cut, frame

ENCODE = msgspec.msgpack.Encoder().encode


class Line:
    """A connection to a worker, made anew when it is gone."""

    def __init__(self, path: str, handle: int) -> None:
        self._path, self._handle = path, handle
        self._sock: socket.socket | None = None

    def send(self, what: msgspec.Struct) -> bool:
        try:
            if self._sock is None:
                self._sock = socket.socket(socket.AF_UNIX)
                self._sock.connect(self._path)
                self._sock.sendall(frame(ENCODE(Attach(self._handle))))
            # A worker that is gone is noticed by reading: writing alone may succeed once more.
            if select.select([self._sock], [], [], 0)[0] and not self._sock.recv(1 << 16):
                raise OSError
            self._sock.sendall(frame(ENCODE(what)))
        except OSError:
            self._sock = None
            return False
        return True


class Decoder:
    """One forked decoder."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._n = 0

    def say(self, what: msgspec.Struct) -> None:
        self._sock.sendall(frame(ENCODE(what)))

    def run(self) -> None:
        buffer = bytearray()
        decode = msgspec.msgpack.Decoder(ToDecoder).decode
        start: Start | None = None
        while data := self._sock.recv(1 << 16):
            buffer += data
            for body in cut(buffer):
                said = decode(body)
                if isinstance(said, Start):
                    start = said
                    self._vision = Line(said.vision, said.handle)
                    self._speech = Line(said.speech, said.handle)
                elif isinstance(said, Bytes):
                    assert start is not None
                    if not self._piece(said, start):
                        return
                elif isinstance(said, Finish):
                    for line in (self._vision, self._speech):
                        line.send(Detach())
                    self.say(Ended(frames_chosen=self._n))
                    return

    def _piece(self, piece: Bytes, start: Start) -> bool:
        data = piece.data
        if b"STUCK" in data:
            time.sleep(600)
        if b"CRASH" in data:
            os._exit(3)
        if b"LIE" in data:
            self._sock.sendall(frame(b"\xc1garbage"))
        if b"NEVER" in data:
            self.say(Failed("unsupported", "encrypted: so it was told"))
            return False
        if b"BARREN" in data:
            self.say(Took(piece.seq, len(data)))
            return True
        if not self._n:
            tracks = [Track("video", "none", 2, 2), Track("audio", "none", rate=16_000)]
            self.say(Opened(tracks, start.container))
        self.say(Took(piece.seq, len(data)))
        if piece.gap:
            self.say(Missed("frames", piece.at - 0.01, piece.at, "gap"))
        self._n += 1
        if start.vision:
            shown = Shown(self._n, piece.at, 0, 2, 2, time.monotonic() + 1)
            self.say(
                Chosen(self._n, piece.at, piece.at, "key")
                if self._vision.send(shown)
                else Missed("frames", piece.at, piece.at + 0.04, "down")
            )
        if start.speech:
            self.say(
                Heard(piece.at, piece.at + 1)
                if self._speech.send(Sound(piece.at, b"\0" * 32))
                else Missed("speech", piece.at, piece.at + 1, "down")
            )
        return True


def main() -> None:
    """Serve orders until the gateway is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int)
    parser.add_argument("--parent", type=int)
    given = parser.parse_args()
    die_with(given.parent)
    sock = socket.socket(fileno=given.fd)
    sock.sendall(frame(ENCODE(Awake(1.0))))
    decode = msgspec.msgpack.Decoder(ToZygote).decode
    buffer, pids = bytearray(), dict[int, int]()
    while True:
        if select.select([sock], [], [], 0.01)[0]:
            data, descriptors = b"", list[int]()
            with suppress(ConnectionResetError):
                data, descriptors, _, _ = socket.recv_fds(sock, 1 << 16, 8)
            if not data:
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
                return
            buffer += data
            for body in cut(buffer):
                order = decode(body)
                if isinstance(order, Kill):
                    for pid in [pid for pid, handle in pids.items() if handle == order.handle]:
                        os.kill(pid, signal.SIGKILL)
                    continue
                assert isinstance(order, Spawn)
                theirs, us = socket.socket(fileno=descriptors.pop(0)), os.getpid()
                pid = os.fork()
                if not pid:
                    die_with(us)
                    sock.close()
                    with suppress(OSError):
                        Decoder(theirs).run()
                    os._exit(0)
                theirs.close()
                pids[pid] = order.handle
                sock.sendall(frame(ENCODE(Spawned(order.handle, pid))))
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                gone = Gone(pids.pop(pid), pid, os.waitstatus_to_exitcode(status))
                sock.sendall(frame(ENCODE(gone)))


if __name__ == "__main__":
    main()
