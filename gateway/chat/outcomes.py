"""How holds ended lately: told to each connection once, and again to one that says `resume`."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import msgspec

from gateway.chat.lines import Receiver
from gateway.record.holds import Held
from seawall import wire

__all__ = ["KEPT_S", "Outcomes"]

KEPT_S = 600.0
"""How far back who resumes is told."""
_MOST = 50_000
_encode = msgspec.json.Encoder().encode

Key = tuple[str, str, int]


class _Told(NamedTuple):
    room: str
    line: bytes
    decided: float


class Outcomes:
    """Outcomes of all tenants by (tenant, id, rev), the latest `most` of them."""

    def __init__(self, most: int = _MOST) -> None:
        self._told: OrderedDict[Key, _Told] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._told)

    def add(self, held: Held) -> bytes | None:
        """Return what to tell the servers of an ended hold's room; None when they have been."""
        key = (held.tenant, held.id, held.rev)
        known = self._told.get(key)
        if held.outcome is None or (known is not None and known.decided >= (held.decided or 0.0)):
            return None
        line = _encode(wire.Hold(held.id, held.rev, held.outcome))
        self._told[key] = _Told(held.room, line, held.decided or 0.0)
        self._told.move_to_end(key)
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        return line

    def resend(self, tenant: str, receiver: Receiver) -> None:
        """Tell one connection again how the holds of its rooms ended, in the order of their end."""
        for (owner, _, _), told in self._told.items():
            if owner == tenant and receiver.serves(told.room):
                receiver.send(told.line)

    def forget(self, before: float) -> None:
        """Forget what ended before then."""
        while self._told and next(iter(self._told.values())).decided < before:
            self._told.popitem(last=False)
