"""What the parts of the stream path ask of each other: who takes in, who judges, who keeps.

edge ─► Streams (take in, credit, coverage) ─► Judge (decide, record, act)
                   └─► Tap (evidence, time to dark)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from seawall import wire
from workers.streams.reports import Aligned, Matched, Saw, Spoke
from workers.streams.units import Chosen, Same

__all__ = ["Decoder", "Judge", "Live", "Sender", "Streams", "Tap"]

Sender = Callable[[bytes], None]
"""Queues one encoded message to the server that sends a stream."""


class Live(msgspec.Struct):
    """One stream that is open here. Times are seconds since the epoch by the gateway's clock."""

    tenant: str
    stream: str
    room: str
    user: wire.User
    server: str
    handle: int
    """Names it towards the workers: new with each open, never used again."""
    wire_handle: int
    """Names it in binary frames on its connection; kept over a resume."""
    container: str
    opened_at: float
    send: Sender
    viewers: int = 0
    offset_s: float = 0.0
    """What to add to the server's capture times to get the gateway's."""
    last_byte_at: float = 0.0
    """When bytes of it arrived last."""
    connected: bool = True
    """False between a break and the resume."""


class Streams(Protocol):
    """The streams that are open here: `gateway.stream.registry.Registry`."""

    def find(self, tenant: str, stream: str) -> Live | None:
        """Return an open stream."""

    def all(self) -> list[Live]:
        """Return every open stream."""

    def promote(self, live: Live, for_s: float, why: str) -> None:
        """Look closer at a stream for a while."""

    def align(self, live: Live, utterance: int, done: Callable[[Aligned], None]) -> None:
        """Ask when the words of an utterance were spoken; `done` is called once, within 2 s."""

    def end(self, live: Live, why: str) -> None:
        """Stop examining a stream: it was cut, or closed."""


class Judge(Protocol):
    """Decides about what was seen and heard: `gateway.stream.judging.StreamJudge`."""

    def opened(self, live: Live) -> None:
        """A stream begins."""

    def resumed(self, live: Live) -> None:
        """A stream goes on, on another connection."""

    def closed(self, live: Live, why: str) -> None:
        """A stream ended."""

    def chosen(self, live: Live, chosen: Chosen) -> None:
        """A frame is about to be looked at."""

    def saw(self, live: Live, saw: Saw) -> None:
        """A frame was looked at, or its text read."""

    def same(self, live: Live, same: Same) -> None:
        """A frame looks like an earlier one: what that shows holds for it, at its own time."""

    def spoke(self, live: Live, spoke: Spoke) -> None:
        """Something was said, provisionally or finally."""

    def matched(self, live: Live, matched: Matched) -> None:
        """Sound stands in a catalogue."""


class Tap(Protocol):
    """Sees the bytes of streams go by: the evidence ring, the watch over what was cut."""

    def opened(self, live: Live) -> None:
        """A stream begins."""

    def took(self, live: Live, data: bytes, at: float) -> None:
        """Bytes arrived. `at`: seconds since the epoch."""

    def closed(self, live: Live, why: str) -> None:
        """A stream ended."""


class Decoder(Protocol):
    """What the workers hold of a stream: `workers.streams.decoding.Decoding`."""

    def feed(self, seq: int, at: float, data: bytes, gap: bool) -> bool:
        """Give it the next piece; False where something was dropped."""

    def pace(self, promoted: bool) -> None:
        """Look closer, or as usual."""

    def finish(self) -> None:
        """Decode what is there, and end."""

    def abort(self) -> None:
        """End at once."""
