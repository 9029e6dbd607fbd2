"""The connections that commands and outcomes can be told to, by tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

import msgspec

__all__ = ["Line", "Lines", "Receiver"]


class Receiver(msgspec.Struct, frozen=True):
    """A connection as commands see it: does it serve the room, and how to send to it."""

    serves: Callable[[str | None], bool]
    send: Callable[[bytes], None]


@dataclass(slots=True, eq=False)
class Line:
    """One life of a connection. `serial` is never given twice; `resume` gives it a new one.

    Until it is `ready` it waits for what is open.
    """

    serial: int
    receiver: Receiver
    ready: bool

    def serves(self, room: str | None) -> bool:
        """Say whether commands for a room go here."""
        return self.receiver.serves(room)


class Lines:
    """All of them. `owner` is whatever the caller knows the connection by."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[object, Line]] = {}
        self._serials = count(1)

    def join(self, owner: object, tenant: str, receiver: Receiver, *, ready: bool) -> None:
        """Add a connection."""
        line = Line(next(self._serials), receiver, ready)
        self._lines.setdefault(tenant, {})[owner] = line

    def leave(self, owner: object, tenant: str) -> None:
        """Forget a connection, if it is there."""
        lines = self._lines.get(tenant, {})
        lines.pop(owner, None)
        if not lines:
            self._lines.pop(tenant, None)

    def renew(self, owner: object, tenant: str) -> bool:
        """Let a connection wait for all that is open, heard or not; False when it is not there."""
        line = self.find(owner, tenant)
        if line is not None:
            line.serial, line.ready = next(self._serials), False
        return line is not None

    def find(self, owner: object, tenant: str) -> Line | None:
        """Return a connection."""
        return self._lines.get(tenant, {}).get(owner)

    def of(self, tenant: str) -> Iterable[Line]:
        """Return a tenant's connections, the longest here first."""
        return self._lines.get(tenant, {}).values()

    def tenants(self) -> list[str]:
        """Return the tenants that have a connection."""
        return list(self._lines)

    def is_served(self, tenant: str, room: str | None) -> bool:
        """Say whether any connection serves a room."""
        return any(line.serves(room) for line in self.of(tenant))
