"""Servers that keep what they hear, and commands that tell their ends."""

from __future__ import annotations

import msgspec

from gateway.chat.clock import Sequence
from gateway.chat.commands import Commands, Receiver
from gateway.chat.pending import Stored
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd, CommandRow
from seawall import wire
from seawall.actions import Action, Target

__all__ = ["NOW", "Desk", "Post", "Server", "act", "mute", "stored"]

NOW = 1_000.0


def mute(user: str = "u", room: str | None = "r", for_s: float | None = 60.0) -> Action:
    return Action(Target("user", room, user), "mute", for_s)


def act(kind: str, message: str = "m") -> Action:
    return Action(Target("message", "r", message), kind)


class Server:
    """A connected server that serves some rooms ("*": all) and keeps what it is sent."""

    def __init__(self, *rooms: str) -> None:
        self.rooms = rooms or ("*",)
        self.heard: list[wire.Command] = []
        self.receiver = Receiver(self.serves, self.take)

    def serves(self, room: str | None) -> bool:
        return room is None or "*" in self.rooms or room in self.rooms

    def take(self, line: bytes) -> None:
        self.heard.append(msgspec.json.decode(line, type=wire.Command))


class Post:
    """Whoever looks after the outbox: here it only keeps what it was asked."""

    def __init__(self) -> None:
        self.woke: list[str] = []
        self.waits: list[str] = []
        self.asked: list[tuple[str, str, str]] = []

    def issued(self, tenant: str) -> None:
        self.woke.append(tenant)

    def wanted(self, tenant: str) -> None:
        self.waits.append(tenant)

    def unknown(self, tenant: str, command: str, by: str, receiver: Receiver | None) -> None:
        self.asked.append((tenant, command, by))


class Desk:
    """Commands of one process, and the ends it told."""

    def __init__(self, expiry_s: float = 60.0, bound: int = 1000, post: Post | None = None) -> None:
        self.metrics = Metrics()
        self.ends: list[tuple[str, str, CommandEnd]] = []
        self.late: list[tuple[str, str, str]] = []
        self.commands = Commands(
            expiry_s, self.metrics, self.ended, self.was_late, Sequence("here"), bound
        )
        if post is not None:
            self.commands.attach(post)

    def was_late(self, tenant: str, command: wire.Command, by: str) -> None:
        self.late.append((tenant, command.id, by))

    def outcomes(self) -> list[tuple[str, str]]:
        return [(key, end.outcome) for _, key, end in self.ends]

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        self.ends.append((tenant, command.id, end))

    def join(self, server: Server, tenant: str = "t") -> None:
        self.commands.connect(server, tenant, server.receiver)

    def order(
        self, *actions: Action, tenant: str = "t", now: float = NOW
    ) -> tuple[CommandRow, ...]:
        rows = self.commands.prepare(tenant, actions, "rule", now)
        self.commands.send(tenant, rows)
        return rows


def stored(desk: Desk, action: Action, seq: int, **changes: object) -> Stored:
    command = wire.Command(
        f"c{seq}", seq, action.kind, action.target, action.for_s, NOW + 60.0, "rule"
    )
    row = Stored("t", command, NOW, NOW + 60.0, "elsewhere", NOW + 5.0)
    return msgspec.structs.replace(row, **changes)
