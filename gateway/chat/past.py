"""Commands that ended here a while ago: recorded once, again if that got lost, and noted late."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from gateway.chat.pending import LEASE_S
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd
from seawall import wire

__all__ = ["Ended", "Late", "Past"]

_MOST = 20_000

Ended = Callable[[str, wire.Command, CommandEnd], None]
"""Called with the tenant, the command and its end: to be recorded. Again, should it get lost."""
Late = Callable[[str, wire.Command, str], None]
"""Called with the tenant, an expired command and who did it after all: once."""


@dataclass(slots=True, eq=False)
class _Ended:
    tenant: str
    command: wire.Command
    end: CommandEnd
    open_at: float | None = None
    """When the database was seen without this end: first, or before it was recorded again."""
    late: bool = False


class Past:
    """The ends this process gave, the latest `most` of them."""

    def __init__(self, metrics: Metrics, ended: Ended, late: Late, most: int = _MOST) -> None:
        self._metrics = metrics
        self._ended = ended
        self._late = late
        self._most = most
        self._ends: OrderedDict[str, _Ended] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._ends

    def add(self, tenant: str, command: wire.Command, outcome: str, by: str, reason: str) -> None:
        """Give a command its end and have it recorded."""
        # Checks that the outcome is one the record knows.
        end = msgspec.convert((command.id, outcome, by, reason), CommandEnd)
        self._put(_Ended(tenant, command, end))
        self._metrics.commands[command.kind, outcome] += 1
        self._ended(tenant, command, end)

    def done(
        self,
        tenant: str,
        key: str,
        by: str,
        serves: Callable[[str | None], bool] = lambda room: True,
    ) -> None:
        """Hear `done` of a command that has ended: only after an expiry does it tell anything.

        And only from whoever serves the command's room.
        """
        past = self._ends[key]
        if past.tenant != tenant or not serves(past.command.target.room):
            return
        if past.end.outcome == "expired":
            self.late(tenant, past.command, by)

    def late(self, tenant: str, command: wire.Command, by: str) -> None:
        """Note that a command which had expired, here or elsewhere, was carried out after all."""
        past = self._ends.get(command.id)
        if past is None:
            past = _Ended(tenant, command, CommandEnd(command.id, "expired"))
            self._put(past)
        if not past.late:
            past.late = True
            self._metrics.commands[command.kind, "late"] += 1
            self._late(tenant, command, by)

    def still_open(self, key: str, now: float) -> None:
        """Hear that the database lacks an end. After the time of a lease it is recorded again.

        The journal may have been full, or its spill may not have been replayed yet.
        """
        past = self._ends[key]
        if past.open_at is None:
            past.open_at = now
        elif not 0 <= now - past.open_at < LEASE_S:  # below 0: the clock was set back
            past.open_at = now
            self._ended(past.tenant, past.command, past.end)

    def _put(self, past: _Ended) -> None:
        self._ends[past.command.id] = past
        if len(self._ends) > self._most:
            self._ends.popitem(last=False)
