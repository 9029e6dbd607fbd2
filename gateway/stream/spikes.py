"""Notices when the chat of a room with a stream suddenly boils: people see it before any model.

A room's messages are counted in steps of a few seconds and held against what is usual there. Rooms
without an open stream cost a look into a table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

__all__ = ["Spikes"]

STEP_S = 5.0
LEAST = 15
"""Fewer messages in a step are never a spike."""
TIMES = 3.0
_USUAL = 0.8
"""How much of what is usual stays so after a step."""

Room = tuple[str, str]
"""(tenant, room)."""


class _Pulse(msgspec.Struct):
    since: float
    count: int = 0
    usual: float = 0.0


class Spikes:
    """Counts by room. `spiked` is told of a room at most once a step."""

    def __init__(self, spiked: Callable[[str, str], None]) -> None:
        self._rooms: dict[Room, _Pulse] = {}
        self._spiked = spiked

    def seen(self, tenant: str, room: str) -> None:
        """Count a message of a room, if it is watched."""
        pulse = self._rooms.get((tenant, room))
        if pulse is None:
            return
        pulse.count += 1
        if pulse.count == max(LEAST, int(TIMES * pulse.usual)):
            self._spiked(tenant, room)

    def sweep(self, rooms: Collection[Room], now: float) -> None:
        """Count in these rooms from now on, and begin a new step where one is over.

        Call it some times a second; `now` in seconds.
        """
        known = self._rooms
        if not rooms and not known:
            return
        self._rooms = {room: known.get(room) or _Pulse(now) for room in rooms}
        for pulse in self._rooms.values():
            if not 0 <= now - pulse.since < STEP_S:
                pulse.usual = _USUAL * pulse.usual + (1 - _USUAL) * pulse.count
                pulse.since, pulse.count = now, 0
