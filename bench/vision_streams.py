"""Streams that show frames to a vision worker as decoders do, timed from showing to the answer."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, time

import msgspec
import numpy as np

from bench.procs import rss_bytes
from bench.systems.clocks import cpu_s
from detectors.pictures import Picture
from workers.spawn import environment
from workers.streams.mailbox import Mailbox
from workers.streams.reports import FromVision, Lost, Ready, Saw
from workers.streams.units import Attach, Freed, Shown
from workers.units import cut, frame as framed
from workers.vision.options import VisionOptions

__all__ = ["WITHIN_S", "Figures", "Stage", "percentile"]

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(FromVision).decode
_FREED = msgspec.msgpack.Decoder(Freed).decode
WITHIN_S = 0.5
"""The budget of a frame."""
_DRAIN_S = 3.0
_START_S = 60.0


class Figures(msgspec.Struct):
    """What a run showed. Milliseconds of waiting, seconds of the worker's CPU."""

    shown: int = 0
    full: int = 0
    """Frames for which no slot was free."""
    verdict_ms: list[float] = []
    queue_ms: list[float] = []
    text_ms: list[float] = []
    partly: int = 0
    lost: dict[str, int] = {}
    cpu_s: float = 0.0
    wall_s: float = 0.0
    rss_mb: float = 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile; not a number where there is nothing."""
    return float(np.percentile(values, share)) if values else float("nan")


class _Stream:
    """One decoder: its connection and its slots."""

    def __init__(self, path: str, handle: int, slot_bytes: int) -> None:
        self.handle = handle
        self.mailbox = Mailbox(slot_bytes)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        attach = framed(_ENCODE(Attach(handle, self.mailbox.slots, slot_bytes)))
        socket.send_fds(self.sock, [attach], [self.mailbox.fd])
        self.sock.setblocking(False)
        self.buffer = bytearray()
        self.n = 0

    def show(self, picture: Picture, changed: bool) -> float | None:
        """Show a frame; return when, None where no slot was free."""
        slot = self.mailbox.take()
        if slot is None:
            return None
        height, width = picture.shape[:2]
        self.mailbox.rows(slot, width, height)[:] = picture
        self.n += 1
        now = monotonic()
        shown = Shown(self.n, time(), slot, width, height, now + WITHIN_S, changed)
        self.sock.sendall(framed(_ENCODE(shown)))
        return now

    def listen(self) -> None:
        """Take slots back."""
        self.buffer += self.sock.recv(1 << 12)
        for body in cut(self.buffer):
            self.mailbox.free(_FREED(body).slot)


class Stage:
    """A worker process and the streams that show it frames. Use it as a context manager."""

    def __init__(self, folder: Path, options: VisionOptions, streams: int) -> None:
        self._path = str(folder / f"{os.urandom(4).hex()}.sock")
        self._sock, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "workers.vision.run", "--fd", str(theirs.fileno()),
                 "--parent", str(os.getpid()), "--listen", self._path],
                pass_fds=(theirs.fileno(),), env=environment(),
            )  # fmt: skip
        self._buffer = bytearray()
        self._sock.sendall(framed(_ENCODE(options)))
        self._sock.settimeout(_START_S)
        while not (said := self._read()):
            pass
        if not isinstance(said[0], Ready) or said[0].problem:
            raise SystemExit(f"the worker cannot see: {said[0]}")
        self._sock.setblocking(False)
        self._count = streams

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()
        self._process.wait(10)

    def run(self, pictures: Sequence[Picture], fps: float, seconds: float) -> Figures:
        """Show frames for so long, each stream at its own moments, and wait for the answers."""
        slot_bytes = max(picture.nbytes for picture in pictures)
        streams = [_Stream(self._path, 1 + at, slot_bytes) for at in range(self._count)]
        selector = selectors.DefaultSelector()
        selector.register(self._sock, selectors.EVENT_READ)
        for stream in streams:
            selector.register(stream.sock, selectors.EVENT_READ, stream)
        figures, shown_at = Figures(verdict_ms=[], queue_ms=[], text_ms=[], lost={}), {}
        random = np.random.default_rng(3)
        began, cpu = monotonic(), cpu_s(self._process.pid)
        moments = sorted(
            (began + float(offset) + number / fps, at)
            for at, offset in enumerate(random.uniform(0.0, 1 / fps, self._count))
            for number in range(int(seconds * fps))
        )
        waiting = list(reversed(moments))
        end = moments[-1][0] + _DRAIN_S
        while monotonic() < end:
            now = monotonic()
            while waiting and waiting[-1][0] <= now:
                stream = streams[waiting.pop()[1]]
                picture = pictures[(stream.handle + stream.n) % len(pictures)]
                at = stream.show(picture, changed=True)
                figures.shown += at is not None
                figures.full += at is None
                if at is not None:
                    shown_at[stream.handle, stream.n] = at
            until = waiting[-1][0] if waiting else end
            for key, _ in selector.select(max(0.0, until - monotonic())):
                if isinstance(key.data, _Stream):
                    key.data.listen()
                else:
                    self._note(figures, shown_at)
        figures.cpu_s = cpu_s(self._process.pid) - cpu
        figures.wall_s = monotonic() - began
        figures.rss_mb = rss_bytes(self._process.pid) / 1e6
        for stream in streams:
            stream.sock.close()
            stream.mailbox.close()
        return figures

    def _note(self, figures: Figures, shown_at: dict[tuple[int, int], float]) -> None:
        for said in self._read():
            now = monotonic()
            if isinstance(said, Saw):
                took = (now - shown_at[said.handle, said.n]) * 1000
                (figures.verdict_ms if said.unit == "frame" else figures.text_ms).append(took)
                figures.partly += bool(said.unchecked)
                if said.unit == "frame":
                    figures.queue_ms.append(said.ms["queue"])
            elif isinstance(said, Lost):
                name = f"{said.unit}.{said.cause}"
                figures.lost[name] = figures.lost.get(name, 0) + 1

    def _read(self) -> list[FromVision]:
        self._buffer += self._sock.recv(1 << 20)
        return [_DECODE(body) for body in cut(self._buffer)]
