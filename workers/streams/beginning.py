"""What the gateway says to a worker before that one serves: what to be, and `Serve`."""

from __future__ import annotations

import select
import socket
from time import monotonic

import msgspec

from workers.streams.reports import Serve
from workers.units import cut

__all__ = ["Beginning"]

_OPTIONS_S = 10.0
_READ_BYTES = 1 << 16
_SERVE = msgspec.msgpack.Decoder(Serve).decode


class Beginning:
    """The worker's side. Nothing more comes of the gateway until it was told `Ready`."""

    def __init__(self, sock: socket.socket) -> None:
        """Take the gateway's socket, blocking or not."""
        self._sock = sock
        self._in = bytearray()
        self._frames: list[bytes] = []

    def options(self) -> bytes | None:
        """Wait for what to be; None where nobody says it. Raises OSError, ValueError."""
        return self._next(_OPTIONS_S)

    def called(self) -> bool:
        """Wait to be needed, as long as it takes; False when the gateway is gone.

        Raises OSError; ValueError where it says something else.
        """
        said = self._next(None)
        if said is None:
            return False
        _SERVE(said)
        return True

    def _next(self, within_s: float | None) -> bytes | None:
        until = None if within_s is None else monotonic() + within_s
        while not self._frames:
            left_s = None if until is None else max(0.0, until - monotonic())
            if not select.select([self._sock], [], [], left_s)[0]:
                return None
            data = self._sock.recv(_READ_BYTES)
            if not data:
                return None
            self._in += data
            self._frames += cut(self._in)
        return self._frames.pop(0)
