"""How far a server's clock is from ours, from samples of a request and its reply.

A server that tells its time at t2 between our t1 and t4 is ahead by t2 - (t1 + t4) / 2, wrong by at
most half the round trip. Of many samples the one with the shortest round trip is believed (the
minimum-delay filter of NTP, RFC 5905 section 10).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

__all__ = ["Offset", "offset"]


class Offset(msgspec.Struct, frozen=True):
    """A server's clock minus ours, in seconds, and by how much that may be wrong."""

    seconds: float
    uncertainty_s: float

    @property
    def noticed(self) -> bool:
        """Whether the clocks surely differ."""
        return abs(self.seconds) > self.uncertainty_s

    def ours(self, theirs: float) -> float:
        """Return our time of a moment that the server told, within the uncertainty."""
        return theirs - self.seconds


def offset(samples: Iterable[tuple[float, float, float]]) -> Offset:
    """Return the offset by samples of (sent, told by the server, received).

    Seconds since the epoch; the server told its own. Without samples nothing is known: 0,
    uncertain without bound.
    """
    best = min(samples, key=lambda each: each[2] - each[0], default=None)
    if best is None:
        return Offset(0.0, float("inf"))
    sent, told, received = best
    return Offset(told - (sent + received) / 2, (received - sent) / 2)
