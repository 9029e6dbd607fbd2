"""Commands without an end, as one gateway knows them: where from, told to whom, who answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from gateway.record.entry import CommandRow
from seawall import wire
from seawall.actions import Target

__all__ = ["LEASE_S", "Open", "Stored", "Table", "to_wire"]

LEASE_S = 5.0
"""How long a gateway answers for a command before it must say so again."""


class Stored(msgspec.Struct, frozen=True):
    """An open command as the outbox in the database has it. Times are seconds since the epoch."""

    tenant: str
    command: wire.Command
    created: float
    expires: float
    node: str = ""
    leased: float = 0.0
    sent: float | None = None


@dataclass(slots=True, eq=False)
class Open:
    """A command without an end yet; `told` and `failed` are serial numbers of connections."""

    tenant: str
    command: wire.Command
    until: float
    node: str = ""
    leased: float = 0.0
    stored: bool = False
    """It was seen in the database: once it is not open there any more, it has ended."""
    reached: bool = False
    """It reached a connection, of this gateway or another."""
    told: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    refusal: tuple[str, str] = ("", "")

    def is_ours(self, node: str, now: float) -> bool:
        """Say whether this gateway may end it by itself: no other one answers for it."""
        return self.node in ("", node) or self.leased <= now


Key = tuple[str, Target]


class Table:
    """Open commands by id, tenant and target; at most `bound` of them."""

    def __init__(self, bound: int) -> None:
        self._all: OrderedDict[str, Open] = OrderedDict()
        self._tenants: dict[str, dict[str, Open]] = {}
        self._targets: dict[Key, dict[str, Open]] = {}
        self._bound = bound

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Open]:
        return iter(tuple(self._all.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._all

    @property
    def is_full(self) -> bool:
        """Whether one more would be one too many."""
        return len(self._all) >= self._bound

    def add(self, order: Open) -> None:
        """Keep a command."""
        key = order.command.id
        self._all[key] = order
        self._tenants.setdefault(order.tenant, {})[key] = order
        self._targets.setdefault((order.tenant, order.command.target), {})[key] = order

    def find(self, tenant: str, key: str) -> Open | None:
        """Return a tenant's command."""
        order = self._all.get(key)
        return order if order is not None and order.tenant == tenant else None

    def oldest(self) -> Open:
        """Return the command that came first."""
        return next(iter(self._all.values()))

    def of(self, tenant: str) -> list[Open]:
        """Return a tenant's commands in the order of seq."""
        return sorted(self._tenants.get(tenant, {}).values(), key=lambda each: each.command.seq)

    def on(self, tenant: str, target: Target) -> list[Open]:
        """Return the commands for one target."""
        return list(self._targets.get((tenant, target), {}).values())

    def pop(self, key: str) -> None:
        """Forget a command, if it is there."""
        order = self._all.pop(key, None)
        if order is not None:
            _take(self._tenants, order.tenant, key)
            _take(self._targets, (order.tenant, order.command.target), key)


def to_wire(row: CommandRow) -> wire.Command:
    """Return a recorded command as its servers hear it."""
    action = row.action
    return wire.Command(
        row.id, row.seq, action.kind, action.target, action.for_s, row.expires, row.because or None
    )


K = TypeVar("K")


def _take(index: dict[K, dict[str, Open]], place: K, key: str) -> None:
    orders = index[place]
    del orders[key]
    if not orders:
        del index[place]
