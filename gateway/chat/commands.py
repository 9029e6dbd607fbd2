"""Commands on the live connections: sent in order, acknowledged, superseded, ended once.

Rules:
1. A command goes to every connection of its tenant that serves the target's room, once in each
   connection's life, and again only when it says `resume`. `seq` comes from the node's clock.
2. The first `done` completes it. `failed` ends it when every connection here that was told has
   failed and no other gateway has leased it; else another may still do it, until it expires.
3. A command that another one overrides is ended as `superseded`: at once while it reached nobody,
   else when it would be sent again. An ended revert goes on doing so: it is a tombstone.
4. The rows are durable before they come here. What is here is a part of what is open in the
   database: what does not fit is forgotten here and found there again.
5. With a `post` (the courier of the outbox) a new connection hears nothing until what is open has
   been looked up, so that it hears older before newer; and only the courier ends what is too old.
"""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_hex
from typing import Protocol

import msgspec

from gateway.chat.clock import Sequence, ordered_at
from gateway.chat.lines import Line, Lines, Receiver
from gateway.chat.past import Ended, Late, Past
from gateway.chat.pending import LEASE_S, Open, Stored, Table, to_wire
from gateway.chat.superseding import Newest
from gateway.metrics import Metrics
from gateway.record.entry import CommandRow
from seawall import wire
from seawall.actions import Action

__all__ = ["Commands", "Ended", "Late", "Post", "Receiver"]

_encode = msgspec.json.Encoder().encode
_OPEN = 20_000
_BURST = 1000


class Post(Protocol):
    """Who looks after the outbox in the database. Nothing here may block or raise."""

    def issued(self, tenant: str) -> None:
        """Commands were issued: other gateways may want to know."""

    def wanted(self, tenant: str) -> None:
        """A connection waits for what is open: look it up, then `catch_up`."""

    def unknown(self, tenant: str, command: str, by: str, receiver: Receiver | None) -> None:
        """A `done` came for a command that is not known here."""


class Commands:
    """Commands of this process without an end, and who can be told."""

    def __init__(
        self,
        expiry_s: float,
        metrics: Metrics,
        ended: Ended,
        late: Late = lambda tenant, command, by: None,
        sequence: Sequence | None = None,
        bound: int = _OPEN,
    ) -> None:
        self.sequence = sequence or Sequence(token_hex(16))
        self.expiry_s = expiry_s
        self._metrics = metrics
        self._post: Post | None = None
        self._lines = Lines()
        self._open = Table(bound)
        self._past = Past(metrics, ended, late)
        self._newest = Newest()
        self.heard = self._newest.heard
        self._unmarked: dict[str, None] = {}

    # -- connections ----------------------------------------------------------------------------

    def attach(self, post: Post) -> None:
        """Let the outbox be looked after; before the first connection."""
        self._post = post

    def connect(self, owner: object, tenant: str, receiver: Receiver) -> None:
        """Let a connection hear commands from now on."""
        self._lines.join(owner, tenant, receiver, ready=self._post is None)
        if self._post is not None:
            self._post.wanted(tenant)

    def disconnect(self, owner: object, tenant: str) -> None:
        """Send nothing more to a connection."""
        self._lines.leave(owner, tenant)

    def tenants(self) -> list[str]:
        """Return the tenants that have a connection here."""
        return self._lines.tenants()

    def tell(self, tenant: str, room: str | None, line: bytes) -> None:
        """Send a line to every connection of a tenant that serves a room."""
        for each in self._lines.of(tenant):
            if each.serves(room):
                each.receiver.send(line)

    def resend(self, tenant: str, receiver: Receiver, owner: object = None) -> None:
        """Send every command without an end again, in order of seq, to one connection."""
        if self._post is not None and self._lines.renew(owner, tenant):
            self._post.wanted(tenant)
            return
        for order in self._current(tenant, 0.0):
            if receiver.serves(order.command.target.room):
                receiver.send(_encode(order.command))

    def catch_up(self, tenant: str, now: float) -> bool:
        """Tell the connections that waited what is open, in order of seq.

        At most `_BURST` commands a call, or whoever has much to catch up with would be cut for
        reading too slowly. False when there is more: then they go on waiting.
        """
        waiting = [line for line in self._lines.of(tenant) if not line.ready]
        if not waiting:
            return True
        left = _BURST
        for order in self._current(tenant, now):
            if left <= 0:
                return False
            for line in waiting:
                left -= self._tell(order, line)
        for line in waiting:
            line.ready = True
        return True

    # -- orders ---------------------------------------------------------------------------------

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Give each action an id, a sequence number and an expiry; record them before `send`."""
        rows = []
        for action in actions:
            seq = self.sequence.next(now)
            served = self._lines.is_served(tenant, action.target.room)
            rows.append(
                CommandRow(
                    f"c{token_hex(12)}",
                    seq,
                    action,
                    ordered_at(seq, now) + self.expiry_s,
                    because,
                    self.sequence.node if served else "",
                    now + LEASE_S if served else 0.0,
                )
            )
        return tuple(rows)

    def send(self, tenant: str, rows: Iterable[CommandRow]) -> None:
        """Send recorded commands to whoever serves their rooms, now and on `resume`."""
        for row in rows:
            if row.id in self._open or row.id in self._past:
                continue  # a poll was quicker than the news that it is durable
            command = to_wire(row)
            self._metrics.commands[command.kind, "sent"] += 1
            self._newest.add(tenant, command)
            for older in self._open.on(tenant, command.target):
                if not older.reached:
                    self._supersede(older)
            if self._open.is_full:
                self._let_go()
            order = Open(tenant, command, row.expires, row.node, row.leased)
            self._open.add(order)
            if not self._supersede(order):
                self._tell_all(order)
        if self._post is not None:
            self._post.issued(tenant)

    def done(self, tenant: str, command: str, by: str, owner: object = None) -> None:
        """Complete a command; a second `done`, or one of another tenant, changes nothing.

        Nor does one of a connection that does not serve the command's room.
        """
        line = self._lines.find(owner, tenant)
        order = self._open.find(tenant, command)
        if order is not None:
            if line is None or line.serves(order.command.target.room):
                self._end(order, "done", by, "")
        elif command in self._past:
            self._past.done(tenant, command, by, *([line.serves] if line else []))
        elif self._post is not None:
            self._post.unknown(tenant, command, by, line.receiver if line else None)

    def failed(self, tenant: str, command: str, by: str, reason: str, owner: object = None) -> None:
        """Note that a server could not carry a command out; end it when nobody else may.

        Without an `owner` nobody else is asked.
        """
        order = self._open.find(tenant, command)
        line = self._lines.find(owner, tenant)
        if order is None or (owner is not None and line is None):
            return
        if line is not None:
            if line.serial not in order.told:
                return
            order.failed.add(line.serial)
        order.refusal = (by, reason)
        waits = line is not None and self._may_be_done(order)
        if order.node in ("", self.sequence.node) and not waits:
            self._end(order, "failed", by, reason)

    def expire(self, now: float) -> None:
        """End what has waited too long, unless a courier does."""
        if self._post is None:
            for order in self._open:
                if order.until <= now:
                    self._end(order, "expired", "", "no done in time")
        self._newest.forget(now - self.expiry_s)

    def __len__(self) -> int:
        return len(self._open)

    # -- what the courier brings and takes ------------------------------------------------------

    def adopt(self, rows: Iterable[Stored], now: float) -> list[str]:
        """Take in what is open in the database and tell it to connections that do not wait.

        Returns the ids of commands that others override: whoever gets their lease may end them.
        """
        fresh: list[Stored] = []
        for row in sorted(rows, key=lambda row: row.command.seq):
            self.sequence.see(row.command.seq)
            order = self._open.find(row.tenant, row.command.id)
            if order is not None:
                order.stored, order.node, order.leased = True, row.node, row.leased
                order.reached = order.reached or row.sent is not None
            elif row.command.id in self._past:
                self._past.still_open(row.command.id, now)
            elif self._is_news(row, now):
                fresh.append(row)
        self.foresee(fresh)
        overridden = []
        for row in fresh:
            if self._newest.overriding(row.tenant, row.command) is not None:
                overridden.append(row.command.id)
            elif not self._open.is_full:
                self._keep(row)
        return overridden

    def foresee(self, rows: Iterable[Stored]) -> None:
        """Take note of commands that are about to be taken in, to know which override which."""
        for row in rows:
            if row.command.id not in self._past:
                self._newest.add(row.tenant, row.command)

    def remember(self, tenant: str, revert: wire.Command) -> None:
        """Take note of a revert that has ended: nothing older that it took back may be sent."""
        self._newest.add(tenant, revert)

    def finish(self, row: Stored, outcome: str, by: str = "", reason: str = "") -> None:
        """End a command of the database, known here or not; once."""
        order = self._open.find(row.tenant, row.command.id)
        if row.command.id not in self._past:
            self._end(order or Open(row.tenant, row.command, row.expires), outcome, by, reason)

    def expired(self, row: Stored, now: float) -> None:
        """End a command whose time is over; one that is overridden is not worth a case."""
        if row.command.id in self._past:
            self._past.still_open(row.command.id, now)
        elif self._newest.overriding(row.tenant, row.command) is not None:
            self.finish(row, "superseded", "", "overridden before it was carried out")
        else:
            self.finish(row, "expired", "", "no done in time")

    def settle(self, tenant: str, command: str) -> None:
        """Forget a command that another gateway has ended."""
        if self._open.find(tenant, command) is not None:
            self._open.pop(command)
            self._unmarked.pop(command, None)

    def late(self, tenant: str, command: wire.Command, by: str) -> None:
        """Say that an expired command was carried out after all; once."""
        self._past.late(tenant, command, by)

    def leasable(self, now: float) -> list[str]:
        """Return what this gateway serves, may lease, and has not leased for long enough."""
        soon = now + LEASE_S / 2
        return [
            order.command.id
            for order in self._open
            if order.stored
            and order.is_ours(self.sequence.node, now)
            and (order.node != self.sequence.node or order.leased < soon)
            and self._lines.is_served(order.tenant, order.command.target.room)
        ]

    def leased(self, ids: Iterable[str], until: float) -> None:
        """Note that this gateway answers for commands; one that all have failed ends now."""
        wanted = set(ids)
        for order in self._open:
            if order.command.id in wanted:
                order.node, order.leased = self.sequence.node, until
                if order.failed and not self._may_be_done(order):
                    self._end(order, "failed", *order.refusal)

    def take_sent(self) -> list[str]:
        """Return what reached its first connection here since the last call and is still open."""
        ids = list(self._unmarked)
        self._unmarked.clear()
        return ids

    def missing(self, tenants: Iterable[str], found: set[str], before: float) -> list[Open]:
        """Return commands that a full look at the database did not find open there.

        Those that were seen there have ended and are forgotten; the rest was ordered before
        `before` and is returned: it has ended unseen, or lies in the spill file.
        """
        asked = set(tenants)
        rest: list[Open] = []
        for order in self._open:
            if order.tenant in asked and order.command.id not in found:
                if order.stored:
                    self.settle(order.tenant, order.command.id)
                elif order.until - self.expiry_s <= before:
                    rest.append(order)
        return rest

    # -- inside ---------------------------------------------------------------------------------

    def _is_news(self, row: Stored, now: float) -> bool:
        if row.expires <= now or not self._lines.is_served(row.tenant, row.command.target.room):
            return False
        # Our own row that is not here was ended a moment ago, or is about to be sent or taken back.
        return row.node != self.sequence.node or row.created <= now - LEASE_S

    def _keep(self, row: Stored) -> None:
        reached = row.sent is not None
        order = Open(row.tenant, row.command, row.expires, row.node, row.leased, True, reached)
        self._open.add(order)
        self._tell_all(order)

    def _current(self, tenant: str, now: float) -> list[Open]:
        """Return what is worth sending again, in order of seq; the rest is ended if it is ours."""
        current = []
        for order in self._open.of(tenant):
            if self._newest.overriding(tenant, order.command) is None:
                current.append(order)
            elif order.is_ours(self.sequence.node, now):
                self._supersede(order)
        return current

    def _supersede(self, order: Open) -> bool:
        newer = self._newest.overriding(order.tenant, order.command)
        if newer is not None:
            self._end(order, "superseded", "", f"overridden by {newer.id}")
        return newer is not None

    def _tell_all(self, order: Open) -> None:
        for line in self._lines.of(order.tenant):
            if line.ready:
                self._tell(order, line)

    def _tell(self, order: Open, line: Line) -> bool:
        command = order.command
        if line.serial in order.told or not line.serves(command.target.room):
            return False
        order.told.add(line.serial)
        if not order.reached:
            order.reached = True
            self._unmarked[command.id] = None
        self._newest.told(order.tenant, command)
        line.receiver.send(_encode(command))
        return True

    def _may_be_done(self, order: Open) -> bool:
        """Say whether a connection here was told a command and has not failed."""
        return any(
            line.serial in order.told and line.serial not in order.failed
            for line in self._lines.of(order.tenant)
        )

    def _let_go(self) -> None:
        """Make room: the database finds the command again, or without one it ends."""
        oldest = self._open.oldest()
        if self._post is None:
            self._end(oldest, "expired", "", "too many commands")
        else:
            self.settle(oldest.tenant, oldest.command.id)
            self._metrics.unchecked["command", "memory"] += 1

    def _end(self, order: Open, outcome: str, by: str, reason: str) -> None:
        command = order.command
        self._open.pop(command.id)
        self._unmarked.pop(command.id, None)
        if outcome in ("failed", "expired"):
            self._newest.drop(order.tenant, command)
        self._past.add(order.tenant, command, outcome, by, reason)
