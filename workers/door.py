"""The unix socket of a worker that decoders connect to; only our own user may."""

from __future__ import annotations

import os
import socket

__all__ = ["listen", "same_user"]

_BACKLOG = 256
_CREDENTIALS = 12
"""Size of what SO_PEERCRED gives: process, user, group."""


def listen(path: str) -> socket.socket:
    """Return a socket decoders connect to; only our own user may. Raises OSError."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        door.bind(path)
    finally:
        os.umask(before)
    door.listen(_BACKLOG)
    door.setblocking(False)
    return door


def same_user(sock: socket.socket) -> bool:
    """Tell whether the other side runs as the user we run as."""
    told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS)
    return int.from_bytes(told[4:8], "little") == os.getuid()
