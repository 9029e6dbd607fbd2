"""The order of commands over nodes, restarts and stepped clocks: a hybrid logical clock.

A sequence number is `tick * 1024 + node`: the tick is the wall time in milliseconds, or one more
than the greatest tick ever given or seen; the node's ten bits make those of two nodes differ. It
stays below 2**53, which every JSON reader can hold, until the year 2248.

After Kulkarni, Demirbas et al., Logical Physical Clocks (2014), with the counter folded into the
tick: a node that gives over a thousand numbers a second runs ahead of the wall and is caught up
with when it rests.
"""

from __future__ import annotations

from hashlib import sha256

__all__ = ["NODE_BITS", "SEQ_LIMIT", "Sequence", "ordered_at", "time_of"]

NODE_BITS = 10
_NODES = 1 << NODE_BITS
_BEHIND_S = 3600.0
SEQ_LIMIT = 2**53 - (1 << 30)
"""No number from here on is believed: whoever gave it would leave us no room."""


def time_of(seq: int) -> float:
    """Return when a sequence number was given, seconds since the epoch by its node's clock."""
    return (seq >> NODE_BITS) / 1000


def ordered_at(seq: int, now: float) -> float:
    """Return when a command counts as ordered: by the other clocks, where ours is behind them.

    Else what we order would be too old on arrival. A clock that is hours ahead is not believed.
    """
    ahead_s = time_of(seq) - now
    return now if ahead_s < 1.0 else now + min(ahead_s, _BEHIND_S)


class Sequence:
    """Sequence numbers of one node, strictly growing, and above all it has seen of others."""

    def __init__(self, node: str) -> None:
        self.node = node
        self._last = 0
        self._turn = 0
        self._bits = self._choose()

    def next(self, now: float) -> int:
        """Give a number; `now` is the wall time in seconds and may step."""
        tick = max(int(now * 1000), (self._last >> NODE_BITS) + 1)
        self._last = (tick << NODE_BITS) | self._bits
        return self._last

    def see(self, seq: int) -> None:
        """Take note of another node's number: what is given from now on is above it."""
        if not self._last < seq < SEQ_LIMIT:
            return
        self._last = seq
        if seq & (_NODES - 1) == self._bits:  # another node drew our bits: it is above our last
            self._turn += 1
            self._bits = self._choose()

    def _choose(self) -> int:
        digest = sha256(f"{self._turn} {self.node}".encode()).digest()
        return int.from_bytes(digest[:2], "big") % _NODES
