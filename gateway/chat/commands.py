"""Commands on the live connections: sent, acknowledged, expired.

A command goes to every connection of its tenant that serves the target's room; the first `done`
completes it. `seq` grows per target and across restarts (it starts from the clock in ms), so a
receiver can ignore what is older than what it already applied. The rows are durable before they
come here; this file is the part that talks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from secrets import token_hex

import msgspec

from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd, CommandRow
from seawall import wire
from seawall.actions import Action

__all__ = ["Commands", "Ended", "Receiver"]

_encode = msgspec.json.Encoder().encode
_SEQS = 100_000
_PENDING = 100_000

Ended = Callable[[str, wire.Command, CommandEnd], None]
"""Called with the tenant, the command and its end, once for each command."""


class Receiver(msgspec.Struct, frozen=True):
    """A connection as commands see it: does it serve the room, and how to send to it."""

    serves: Callable[[str | None], bool]
    send: Callable[[bytes], None]


class Pending(msgspec.Struct, frozen=True):
    """A command without an end yet. `until` is wall time."""

    tenant: str
    command: wire.Command
    until: float


class Commands:
    """Pending commands of this process, and who can be told."""

    def __init__(self, expiry_s: float, metrics: Metrics, ended: Ended) -> None:
        self._expiry_s = expiry_s
        self._metrics = metrics
        self._ended = ended
        self._receivers: dict[str, dict[object, Receiver]] = {}
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._seqs: OrderedDict[tuple[str, str | None, str | None, str], int] = OrderedDict()

    def connect(self, owner: object, tenant: str, receiver: Receiver) -> None:
        """Let a connection hear commands from now on."""
        self._receivers.setdefault(tenant, {})[owner] = receiver

    def disconnect(self, owner: object, tenant: str) -> None:
        """Send nothing more to a connection."""
        self._receivers.get(tenant, {}).pop(owner, None)

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Give each action an id, a sequence number and an expiry; record them before `send`."""
        rows = []
        for action in actions:
            target = action.target
            place = (tenant, target.room, target.id, target.kind)
            seq = max(int(now * 1000), self._seqs.pop(place, 0) + 1)
            self._seqs[place] = seq
            if len(self._seqs) > _SEQS:
                self._seqs.popitem(last=False)
            rows.append(CommandRow(f"c{token_hex(12)}", seq, action, now + self._expiry_s, because))
        return tuple(rows)

    def send(self, tenant: str, rows: Iterable[CommandRow]) -> None:
        """Send recorded commands to whoever serves their rooms, now and on `resume`."""
        for row in rows:
            command = wire.Command(
                row.id,
                row.seq,
                row.action.kind,
                row.action.target,
                row.action.for_s,
                row.expires,
                row.because or None,
            )
            if len(self._pending) >= _PENDING:
                self._end(next(iter(self._pending)), "expired", "", "too many commands")
            self._pending[row.id] = Pending(tenant, command, row.expires)
            self._metrics.commands[command.kind, "sent"] += 1
            self.tell(tenant, command.target.room, _encode(command))

    def tell(self, tenant: str, room: str | None, line: bytes) -> None:
        """Send a line to every connection of a tenant that serves a room."""
        for receiver in self._receivers.get(tenant, {}).values():
            if receiver.serves(room):
                receiver.send(line)

    def resend(self, tenant: str, receiver: Receiver) -> None:
        """Send every command without an end again, in order of seq, to one connection."""
        mine = [
            pending.command
            for pending in self._pending.values()
            if pending.tenant == tenant and receiver.serves(pending.command.target.room)
        ]
        for command in sorted(mine, key=lambda command: command.seq):
            receiver.send(_encode(command))

    def done(self, tenant: str, command: str, by: str) -> None:
        """Complete a command; a second `done`, or one of another tenant, changes nothing."""
        if self._of(tenant, command):
            self._end(command, "done", by, "")

    def failed(self, tenant: str, command: str, by: str, reason: str) -> None:
        """End a command that its server could not carry out."""
        if self._of(tenant, command):
            self._end(command, "failed", by, reason)

    def expire(self, now: float) -> None:
        """End what has waited too long."""
        for key in [key for key, pending in self._pending.items() if pending.until <= now]:
            self._end(key, "expired", "", "no done in time")

    def __len__(self) -> int:
        return len(self._pending)

    def _of(self, tenant: str, command: str) -> bool:
        pending = self._pending.get(command)
        return pending is not None and pending.tenant == tenant

    def _end(self, key: str, outcome: str, by: str, reason: str) -> None:
        pending = self._pending.pop(key)
        self._metrics.commands[pending.command.kind, outcome] += 1
        end = msgspec.convert(
            (key, outcome, by, reason), CommandEnd
        )  # checks that the outcome is one the record knows
        self._ended(pending.tenant, pending.command, end)
