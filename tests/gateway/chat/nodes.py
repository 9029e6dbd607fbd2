"""Gateways on one record, as commands see them, and a server that obeys: for tests of both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import msgspec

from gateway.chat.clock import Sequence
from gateway.chat.commands import Commands, Receiver
from gateway.chat.endings import ending, late_done
from gateway.chat.outbox import Courier
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd, CommandRow, Entry
from gateway.record.ledger import Ledger as Chain
from gateway.record.outbox import Outbox
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.storage import open_store
from gateway.record.where import Where
from seawall import wire
from seawall.actions import Action
from seawall.errors import SeawallError
from seawall.ledger import Applied, Counts

__all__ = ["NOW", "TENANT", "Book", "Clock", "Link", "Node", "Server", "Wires"]

NOW = 4_000_000_000.0
TENANT = "t"


class Clock:
    """The time, as the test says it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Book:
    """One writer's chain in a real database, written at once and in this process."""

    def __init__(self, where: Where, writer: str) -> None:
        self._store = open_store(where)
        secret = load_secret(where.data)
        head, n = self._store.last(writer)
        self._chain = Chain(writer, head, n, Pseudonyms(secret), Seal(secret))
        self.entries: list[Entry] = []
        self.full = False
        self.slow = False
        self._waiting: list[tuple[Entry, Callable[[SeawallError | None], None]]] = []

    def append(self, entry: Entry, done: Callable[[SeawallError | None], None]) -> None:
        if self.slow:
            self._waiting.append((entry, done))
            return
        if self.full:
            done(SeawallError("full"))
            return
        batch = self._chain.batch([(self._chain.n + 1, entry)])
        self._store.commit(batch)
        self._chain.settled(batch)
        self.entries.append(entry)
        done(None)

    def go_on(self) -> None:
        """Be slow no more: write what waits."""
        self.slow = False
        waiting, self._waiting = self._waiting, []
        for entry, done in waiting:
            self.append(entry, done)

    def close(self) -> None:
        self._store.close()


class Wires:
    """Keeps what was published; who hears it is up to the test."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.listeners: dict[str, list[Callable[[str], None]]] = {}

    def publish(self, topic: str, payload: str = "") -> None:
        self.published.append((topic, payload))

    def on(self, topic: str, heard: Callable[[str], None]) -> None:
        self.listeners.setdefault(topic, []).append(heard)


class Node:
    """One gateway's commands with their courier. Make it in a running loop; `close` it."""

    serials = count(1)

    def __init__(self, where: Where, clock: Clock, expiry_s: float = 60.0) -> None:
        self.id = f"node{next(Node.serials)}"
        self.clock = clock
        self.metrics = Metrics()
        self.book = Book(where, self.id)
        self.table = Outbox(where)
        self.wires = Wires()
        self.ends: list[tuple[str, str]] = []
        self.commands = Commands(
            expiry_s, self.metrics, self.ended, self.late, Sequence(self.id), bound=1000
        )
        self.courier = Courier(self.table, self.commands, self.wires, self.metrics, clock)

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        self.ends.append((command.id, end.outcome))
        self.book.append(ending(tenant, command, end, self.clock.now), lambda problem: None)

    def late(self, tenant: str, command: wire.Command, by: str) -> None:
        self.book.append(late_done(tenant, command, by, self.clock.now), lambda problem: None)

    def record(self, *actions: Action, tenant: str = TENANT) -> tuple[CommandRow, ...]:
        """Make commands durable without sending them: as if it died right then."""
        rows = self.commands.prepare(tenant, actions, "rule", self.clock.now)
        entry = Entry("verdict", tenant, "m", self.clock.now, "block", commands=rows)
        self.book.append(entry, lambda problem: None)
        return rows

    def order(self, *actions: Action, tenant: str = TENANT) -> tuple[CommandRow, ...]:
        rows = self.record(*actions, tenant=tenant)
        self.commands.send(tenant, rows)
        return rows

    async def poll(self) -> bool:
        return await self.courier.attempt(self.clock.now)

    def close(self) -> None:
        self.courier.close()
        self.table.close()
        self.book.close()


class Link:
    """One life of a server's connection to one gateway: what it was told and has not read yet."""

    def __init__(self, server: Server, node: Node, *rooms: str) -> None:
        self.server = server
        self.node = node
        self.rooms = rooms or ("*",)
        self.unread: list[wire.Command] = []
        self.told: list[wire.Command] = []
        self.receiver = Receiver(self.serves, self.take)
        node.commands.connect(self, TENANT, self.receiver)

    def serves(self, room: str | None) -> bool:
        return room is None or "*" in self.rooms or room in self.rooms

    def take(self, line: bytes) -> None:
        command = msgspec.json.decode(line, type=wire.Command)
        self.unread.append(command)
        self.told.append(command)

    def resume(self) -> None:
        self.told.clear()
        self.node.commands.resend(TENANT, self.receiver, self)

    def cut(self) -> None:
        self.node.commands.disconnect(self, TENANT)
        self.unread.clear()

    def read(self, *, works: bool = True) -> None:
        """Read one command and answer it, as the client library does."""
        if not self.unread:
            return
        command = self.unread.pop(0)
        answer = self.server.obey(command, self.node.clock.now, works)
        if isinstance(answer, wire.Done):
            self.node.commands.done(TENANT, command.id, self.server.name, self)
        else:
            reason = answer.reason or ""
            self.node.commands.failed(TENANT, command.id, self.server.name, reason, self)

    def read_all(self) -> None:
        while self.unread:
            self.read()


class Server:
    """A chat server with one ledger over all its connections."""

    def __init__(self, name: str = "chat-1") -> None:
        self.name = name
        self.applied = Applied(Counts())
        self.carried_out: list[wire.Command] = []
        self.links: list[Link] = []

    def join(self, node: Node, *rooms: str) -> Link:
        link = Link(self, node, *rooms)
        self.links.append(link)
        return link

    def obey(self, command: wire.Command, now: float, works: bool) -> wire.Done | wire.Failed:
        answer = self.applied.review(command, now)
        if answer is not None:
            return answer
        if not works:
            return self.applied.failed(command, "broken")
        self.carried_out.append(command)
        return self.applied.done(command, now)
