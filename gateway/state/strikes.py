"""Strikes, event by event, so that taking one decision back takes its strikes and no others.

What a user has is the decayed sum. The sum is kept beside the items: strikes decay together, so it
needs adding up again only when something changes.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush

import msgspec

from seawall.ladder import decayed

__all__ = ["MOST_ITEMS", "Strike", "Strikes"]

MOST_ITEMS = 256
"""Events remembered for one user: those that weigh most. No ladder is that long."""
FORGOTTEN = 0.01
"""A sum below this is nothing."""

Who = tuple[str, str]
What = tuple[str, int]


class Strike(msgspec.Struct, frozen=True, gc=False):
    """The strikes of one event."""

    strikes: float
    at: float
    ended: bool = False


class _Record(msgspec.Struct, gc=False):
    items: dict[What, Strike]
    sum: float = 0.0
    at: float = 0.0


class Strikes:
    """Strikes by (tenant, user); beyond `bound` users whoever struck first longest ago goes."""

    def __init__(self, half_life_s: float, bound: int = 1_000_000) -> None:
        self.dropped = 0
        """Events forgotten because one user had more than MOST_ITEMS, and users beyond `bound`."""
        self._bound = bound
        self._half_life_s = half_life_s
        self.users: dict[Who, _Record] = {}
        """Whoever has strikes; empty says at once that nobody has."""
        self._due: list[tuple[float, Who]] = []
        self._nameless = 0

    def of(self, tenant: str, user: str, now: float) -> float:
        """Return what a user's strikes come to at `now`."""
        record = self.users.get((tenant, user))
        if record is None:
            return 0.0
        return decayed(record.sum, now - record.at, self._half_life_s)

    def put(self, tenant: str, user: str, event: str, rev: int, strike: Strike) -> bool:
        """Remember an event's strikes, or that they ended; say whether that changed anything.

        An event strikes once, and what has ended stays ended, unless it was decided again later
        (the first decision was taken back as too late). An event without an id is one of its own.
        """
        who = (tenant, user)
        record = self.users.get(who)
        if not event:
            self._nameless += 1
            rev = -self._nameless
        known = record.items.get((event, rev)) if record is not None else None
        if known is not None:
            again = known.ended and not strike.ended and strike.at > known.at
            if not again and (known.ended or not strike.ended):
                return False
        if record is None:
            if len(self.users) >= self._bound:
                self.users.pop(next(iter(self.users)))
                self.dropped += 1
            record = self.users[who] = _Record({})
            heappush(self._due, (strike.at + self._half_life_s, who))
        record.items[event, rev] = strike
        if len(record.items) > MOST_ITEMS:
            self._forget_least(record)
        self._add_up(record)
        return known is not None or not strike.ended

    def sweep(self, now: float, most: int = 1_000) -> None:
        """Forget users whose strikes have faded; looks at no more than `most` of them."""
        while most and self._due and self._due[0][0] <= now:
            most -= 1
            _, who = heappop(self._due)
            record = self.users.get(who)
            if record is None:
                continue
            left = decayed(record.sum, now - record.at, self._half_life_s)
            if left < FORGOTTEN:
                del self.users[who]
            else:
                wait_s = self._half_life_s * max(math.log2(left / FORGOTTEN), 0.0)
                heappush(self._due, (now + max(wait_s, self._half_life_s / 100), who))

    def _add_up(self, record: _Record) -> None:
        at = max(item.at for item in record.items.values())
        record.at = at
        record.sum = sum(
            decayed(item.strikes, at - item.at, self._half_life_s)
            for item in record.items.values()
            if not item.ended
        )

    def _forget_least(self, record: _Record) -> None:
        at = max(item.at for item in record.items.values())

        def weight(what: What) -> float:
            item = record.items[what]
            return 0.0 if item.ended else decayed(item.strikes, at - item.at, self._half_life_s)

        del record.items[min(record.items, key=weight)]
        self.dropped += 1
