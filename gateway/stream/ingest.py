"""What stream servers say, to the stream it is about: messages, and binary frames by handle."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from gateway.stream.metrics import StreamNumbers
from gateway.stream.registry import Peer, Registry
from seawall import wire
from seawall.binary import Piece

__all__ = ["Ingest"]

_ERROR_S = 1.0
"""A connection hears of binary frames that are nobody's at most so often; all are counted. What
names a stream is always answered: its client waits for that."""


class Ingest:
    """The door of live streams."""

    def __init__(
        self, registry: Registry, numbers: StreamNumbers, wall: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._numbers = numbers
        self._wall = wall
        self._told: WeakKeyDictionary[Peer, float] = WeakKeyDictionary()

    def open(self, peer: Peer, message: wire.StreamOpen) -> None:
        """Open a stream: `stream.opened`, or an error."""
        error = self._registry.open(peer, message)
        if error is not None:
            self._numbers.opens[error.code] += 1
            peer.error(error)

    def stat(self, peer: Peer, message: wire.StreamStat) -> None:
        """Note how many watch."""
        intake = self._registry.by_name(peer, message.stream)
        if intake is None:
            self._unknown(peer, message.stream)
        elif message.viewers is not None:
            intake.live.viewers = message.viewers

    def close(self, peer: Peer, message: wire.StreamClose) -> None:
        """End a stream: a last `coverage` and `ack` follow once everything is examined."""
        intake = self._registry.by_name(peer, message.stream)
        if intake is None:
            self._unknown(peer, message.stream)
            return
        if message.viewers is not None:
            intake.live.viewers = message.viewers
        self._registry.close_stream(intake, "closed", ack=True)

    def binary(self, peer: Peer, piece: Piece, data: bytes, read: float) -> None:
        """Take a piece in, of a session that let it pass. `read`: monotonic seconds."""
        intake = self._registry.by_handle(piece.handle, peer)
        if intake is None:
            self._numbers.pieces["unknown"] += 1
            self._complain(peer, piece.handle)
            return
        intake.piece(piece.seq, piece.captured_ms, data[piece.offset :], read)

    def _unknown(self, peer: Peer, stream: str) -> None:
        text = "no open stream has this id"
        peer.error(wire.Error(stream, None, "unknown_stream", text))

    def _complain(self, peer: Peer, handle: int) -> None:
        now = self._wall()
        if abs(now - self._told.get(peer, 0.0)) >= _ERROR_S:
            self._told[peer] = now
            text = f"no open stream has the handle {handle}"
            peer.error(wire.Error(None, None, "unknown_stream", text))
