"""Where stream messages of connections come in, whether or not streams are taken in here.

With `media` off there is nobody behind it: a `stream.open` is `unsupported`, the rest of no stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from gateway.stream.registry import Peer
from gateway.stream.setup import StreamPath
from seawall import wire
from seawall.binary import Piece

__all__ = ["Carrier", "StreamDoor"]

StreamMessage = wire.StreamOpen | wire.StreamStat | wire.StreamClose
Refusal = Callable[[str, str, float], str | None]
"""Says of tenant and stream why it may not be opened now; None where it may."""


class Carrier(Peer, Protocol):
    """A connection that may carry streams."""

    def carry_media(self) -> None:
        """Take larger frames from now on."""


class StreamDoor:
    """What a connection says of streams, and who hears it."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self.chatted: Callable[[str, str], None] | None = None
        """Told tenant and room of every message, where somebody watches streams."""
        self.reported: Callable[[str, wire.Report], None] | None = None
        self._path: StreamPath | None = None
        self._refusal: Refusal | None = None
        self._wall = wall

    def lead_to(self, path: StreamPath, refusal: Refusal) -> None:
        """Take streams in from now on."""
        self._path, self._refusal = path, refusal

    def said(self, peer: Carrier, message: StreamMessage) -> None:
        """Answer what a server says of a stream."""
        path = self._path
        if path is None:
            peer.error(_nobody(message))
            return
        match message:
            case wire.StreamOpen():
                self._open(path, peer, message)
            case wire.StreamStat():
                path.stat(peer, message)
            case wire.StreamClose():
                path.stream_close(peer, message)

    def binary(self, peer: Carrier, piece: Piece, data: bytes, read: float) -> None:
        """Hand on a piece of a stream, and the message it came in. `read`: monotonic seconds."""
        if self._path is None:
            peer.error(_nobody(None))
        else:
            self._path.binary(peer, piece, data, read)

    def resume(self, peer: Carrier) -> None:
        """Let a server's streams go on, on this connection."""
        if self._path is not None and self._path.resume(peer):
            peer.carry_media()

    def lost(self, peer: Carrier) -> None:
        """Note that a connection is gone."""
        if self._path is not None:
            self._path.lost(peer)

    def _open(self, path: StreamPath, peer: Carrier, message: wire.StreamOpen) -> None:
        refusal = self._refusal
        why = refusal and refusal(peer.tenant, message.stream, self._wall())
        if why:
            peer.error(wire.Error(message.id, None, "not_allowed", why))
            return
        peer.carry_media()
        path.stream_open(peer, message)


def _nobody(message: StreamMessage | None) -> wire.Error:
    """Say that no streams are taken in here."""
    if isinstance(message, wire.StreamOpen):
        text = "this gateway takes in no streams: its setting `media` is off"
        return wire.Error(message.id, None, "unsupported", text)
    ref = None if message is None else message.stream
    return wire.Error(ref, None, "unknown_stream", "no open stream has this handle or id")
