"""A worker's door as decoders find it: greets nobody, keeps what comes, with descriptors."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from workers.units import cut, frame

__all__ = ["Door"]


class Door:
    """A unix socket that listens, and the last one who came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptors: list[int] = []
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.bind(str(path))
        self._sock.listen(4)
        self._sock.settimeout(5)
        self._peer: socket.socket | None = None
        self._buffer = bytearray()

    def read(self, count: int) -> list[bytes]:
        """Return the next frames; waits for so many."""
        if self._peer is None:
            self._peer, _ = self._sock.accept()
            self._peer.settimeout(5)
        bodies: list[bytes] = []
        while len(bodies) < count:  # a read ends where a descriptor came along
            data, found, _, _ = socket.recv_fds(self._peer, 1 << 20, 4)
            self.descriptors += found
            self._buffer += data
            bodies += cut(self._buffer)
        return bodies

    def say(self, body: bytes) -> None:
        """Tell who came last."""
        assert self._peer is not None
        self._peer.sendall(frame(body))

    def hang_up(self) -> None:
        """End the connection; another may come."""
        assert self._peer is not None
        self._peer.close()
        self._peer = None
        self._buffer.clear()

    def close(self) -> None:
        """Be gone, address and all."""
        if self._peer is not None:
            self._peer.close()
        self._sock.close()
        self.path.unlink(missing_ok=True)
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()
