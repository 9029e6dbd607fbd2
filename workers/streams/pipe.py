"""Our end of a child's socket on the loop: frames out as they are, whole frames in, and its end.

A transport of asyncio would copy every piece of media and hide how much it still holds. Here a
frame goes to the kernel in parts, what does not fit waits, and the owner sees how much that is.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence

from workers.units import LENGTH, cut

__all__ = ["Pipe"]

_READ_BYTES = 256 * 1024


class Pipe:
    """A framed socket to a child. `arrived` gets every whole frame; its ValueError is a lie told.

    `ended` is called once: with "" when the child is gone, else with what it said that cannot be;
    never after `close`, and never from within `write`.
    """

    def __init__(
        self,
        sock: socket.socket,
        arrived: Callable[[bytes], None],
        ended: Callable[[str], None],
    ) -> None:
        sock.setblocking(False)
        self.waiting_bytes = 0
        """What was written and is not in the kernel yet."""
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._arrived = arrived
        self._ended = ended
        self._buffer = bytearray()
        self._out: deque[memoryview] = deque()
        self._open = True
        self._loop.add_reader(sock, self._read)

    @property
    def is_open(self) -> bool:
        """Whether the child can still be heard."""
        return self._open

    def write(self, *parts: bytes) -> None:
        """Send one frame whose body lies in parts; what the kernel does not take waits."""
        if not self._open:
            return
        whole = (LENGTH.pack(sum(map(len, parts))), *parts)
        sent = 0 if self._out else self._send(whole)
        for part in whole:
            if sent >= len(part):
                sent -= len(part)
                continue
            rest = memoryview(part)[sent:]
            sent = 0
            if not self._out:
                self._loop.add_writer(self._sock, self._write)
            self._out.append(rest)
            self.waiting_bytes += len(rest)

    def hand(self, body: bytes, sockets: Sequence[socket.socket]) -> bool:
        """Send one small frame with descriptors; False where it cannot go at once and whole."""
        if not self._open or self._out:
            return False
        whole = LENGTH.pack(len(body)) + body
        try:
            sent = socket.send_fds(self._sock, [whole], [each.fileno() for each in sockets])
        except OSError:  # full: the child does not read; or gone, which reading will tell
            return False
        return sent == len(whole)

    def close(self) -> None:
        """Hear and say nothing more; nobody is told."""
        if not self._open:
            return
        self.detach().close()

    def detach(self) -> socket.socket:
        """End as `close` does, but return the socket open: somebody else goes on with it."""
        self._open = False
        self._loop.remove_reader(self._sock)
        if self._out:
            self._loop.remove_writer(self._sock)
            self._out.clear()
            self.waiting_bytes = 0
        return self._sock

    def _send(self, parts: Sequence[bytes | memoryview]) -> int:
        try:
            return self._sock.sendmsg(parts)
        except OSError:  # full, or gone: then reading tells, once what it said last is read
            return 0

    def _write(self) -> None:
        """Send what waits, now that there is room."""
        out = self._out
        try:
            sent = self._sock.sendmsg([out[place] for place in range(min(len(out), 16))])
        except BlockingIOError:
            return
        except OSError:  # gone; reading tells. Nothing of this can be said any more
            self._loop.remove_writer(self._sock)
            out.clear()
            self.waiting_bytes = 0
            return
        self.waiting_bytes -= sent
        while sent:
            first = out[0]
            if sent < len(first):
                out[0] = first[sent:]
                break
            sent -= len(first)
            out.popleft()
        if not out:
            self._loop.remove_writer(self._sock)

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end("")
            return
        self._buffer += data
        try:
            for body in cut(self._buffer):
                self._arrived(body)
                if not self._open:  # what came made us close it
                    return
        except ValueError as error:  # msgspec's errors are ones, too
            self._end(str(error) or "garbage")

    def _end(self, why: str) -> None:
        if self._open:
            self.close()
            self._ended(why)
