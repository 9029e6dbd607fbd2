"""What waits when more has arrived than a pass can do: a lane a room, taken in turns.

Turns go over tenants first and over a tenant's rooms second, so that neither a tenant with many
rooms nor a room with many messages makes others wait. Within a room, order of arrival is kept.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

__all__ = ["Lanes"]

Item = TypeVar("Item")


class _Tenant(Generic[Item]):
    """A tenant's rooms in the order of their turns; none is empty."""

    __slots__ = ("rooms", "turns")

    def __init__(self) -> None:
        self.rooms: dict[str, deque[Item]] = {}
        self.turns: deque[str] = deque()


class Lanes(Generic[Item]):
    """Waiting items by tenant and room. `total` is how many there are."""

    __slots__ = ("_tenants", "_turns", "hottest", "total")

    def __init__(self) -> None:
        self.total = 0
        self.hottest: deque[Item] = deque()
        """The longest lane, as far as arrivals tell."""
        self._tenants: dict[str, _Tenant[Item]] = {}
        self._turns: deque[str] = deque()

    def put(self, tenant: str, room: str, item: Item) -> None:
        """Have an item wait at the end of its room's lane."""
        found = self._tenants.get(tenant)
        if found is None:
            found = self._tenants[tenant] = _Tenant()
            self._turns.append(tenant)
        lane = found.rooms.get(room)
        if lane is None:
            lane = found.rooms[room] = deque()
            found.turns.append(room)
        lane.append(item)
        if len(lane) > len(self.hottest):
            self.hottest = lane
        self.total += 1

    def pop(self) -> Item:
        """Take the next item: the next tenant's next room's first. Raises IndexError for none."""
        tenant = self._turns.popleft()
        found = self._tenants[tenant]
        room = found.turns.popleft()
        lane = found.rooms[room]
        item = lane.popleft()
        if lane:
            found.turns.append(room)
        else:
            del found.rooms[room]
        if found.turns:
            self._turns.append(tenant)
        else:
            del self._tenants[tenant]
        self.total -= 1
        return item

    def ahead(self, tenant: str, room: str) -> tuple[int, bool]:
        """Return at most how many items go before one that would be put into this lane now, and
        whether the lane holds more than half of all that waits."""
        total = self.total
        found = self._tenants.get(tenant)
        if found is None:
            return min(total, len(self._turns)), False
        lane = found.rooms.get(room)
        before, rooms = (0, 1) if lane is None else (len(lane), 0)
        turns = (before + 1) * (len(found.turns) + rooms) * len(self._turns)
        return min(total, turns - 1), 2 * before > total

    @property
    def spread(self) -> int:
        """Count what waits, without the lane that holds more than half of it, if one does."""
        longest = len(self.hottest)
        return self.total - longest if 2 * longest > self.total else self.total
