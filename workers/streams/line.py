"""A decoder's connection to the vision or the speech worker: it never waits for either.

1. What cannot be written waits in a queue that is bounded in bytes; beyond it the oldest is
   dropped.
2. A worker that dies is looked for again, after a growing pause. What waited for it is lost.
3. Whoever sends says what it is that is sent (`about`), and is told how it went.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from workers.units import cut

__all__ = ["Line"]

About = TypeVar("About")

_BACKOFF_S: Final = (0.02, 0.1, 0.25)
_READ_BYTES: Final = 1 << 16
_OutOfRoom: Final = (errno.EAGAIN, errno.EWOULDBLOCK)


class Line(Generic[About]):
    """Frames out, frames in, over a unix socket that may go away at any moment."""

    def __init__(
        self,
        path: str,
        hello: Callable[[], tuple[bytes, list[int]]],
        sent: Callable[[About], None],
        lost: Callable[[About, str], None],
        most_bytes: int = 1 << 20,
    ) -> None:
        """Take the worker's address, and what is said first, with the descriptors that go along.

        `sent` and `lost` are told what became of each thing sent; `lost` with a cause of `Missed`.
        """
        self._path, self._hello = path, hello
        self._sent, self._lost = sent, lost
        self._most = most_bytes
        self._sock: socket.socket | None = None
        self._out: deque[tuple[bytes, About | None]] = deque()
        self._bytes = self._written = self._failures = 0
        self._retry_at = 0.0
        self._buffer = bytearray()
        self.lives = 0
        """How often a connection was made."""

    @property
    def up(self) -> bool:
        """Whether somebody is there."""
        return self._sock is not None

    @property
    def waiting(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._out)

    def fileno(self) -> int:
        """Return the socket's descriptor, -1 while there is none."""
        return self._sock.fileno() if self._sock is not None else -1

    def send(self, frame: bytes, about: About) -> bool:
        """Send a frame, now or as soon as there is room; False where nobody is there."""
        if self._sock is None:
            return False
        self._out.append((frame, about))
        self._bytes += len(frame)
        self._write()
        while self._bytes > self._most and len(self._out) > 1:
            # The first may have left in part.
            at = 1 if self._written else 0
            old, of = self._out[at]
            del self._out[at]
            self._bytes -= len(old)
            if of is not None:
                self._lost(of, "full")
        return True

    def turn(self, now: float) -> list[bytes]:
        """Connect where there is need, write what waits, return the frames that came."""
        if self._sock is None and (now < self._retry_at or not self._connect(now)):
            return []
        self._write()
        return self._read()

    def close(self) -> None:
        """Hang up; what waits is lost."""
        self._drop("down")

    def _connect(self, now: float) -> bool:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            sock.connect(self._path)
            frame, descriptors = self._hello()
            left = socket.send_fds(sock, [frame], descriptors) if descriptors else 0
        except OSError:
            # Nobody listens, or the queue before the door is full: both pass.
            sock.close()
            self._retry_at = now + _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
            self._failures += 1
            return False
        self._sock, self._failures = sock, 0
        self.lives += 1
        self._buffer.clear()
        self._written, self._bytes = left, len(frame)
        self._out.append((frame, None))
        return True

    def _write(self) -> None:
        while self._out and self._sock is not None:
            frame, about = self._out[0]
            try:
                self._written += self._sock.send(memoryview(frame)[self._written :])
            except OSError as error:
                if error.errno not in _OutOfRoom:
                    self._drop("down")
                return
            if self._written < len(frame):
                return
            self._out.popleft()
            self._bytes -= len(frame)
            self._written = 0
            if about is not None:
                self._sent(about)

    def _read(self) -> list[bytes]:
        if self._sock is None:
            return []
        try:
            data = self._sock.recv(_READ_BYTES)
        except OSError as error:
            if error.errno not in _OutOfRoom:
                self._drop("down")
            return []
        if not data:
            self._drop("down")
            return []
        self._buffer += data
        try:
            return cut(self._buffer)
        except ValueError:
            self._drop("down")
            return []

    def _drop(self, cause: str) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None
        lost = [about for _, about in self._out if about is not None]
        self._out.clear()
        self._bytes = self._written = 0
        for about in lost:
            self._lost(about, cause)
