"""Ends are recorded once, again when the database lacks them, and bounded in number."""

from __future__ import annotations

from gateway.chat.past import Past
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd
from seawall import wire
from seawall.actions import Target


class Told:
    """Keeps what was to be recorded."""

    def __init__(self, most: int = 100) -> None:
        self.ends: list[str] = []
        self.lates: list[tuple[str, str]] = []
        self.past = Past(Metrics(), self.ended, self.late, most)

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        self.ends.append(f"{command.id} {end.outcome}")

    def late(self, tenant: str, command: wire.Command, by: str) -> None:
        self.lates.append((command.id, by))


def order(key: str) -> wire.Command:
    return wire.Command(key, 1, "mute", Target("user", "r", "u"))


def test_an_end_is_recorded_again_only_while_the_database_lacks_it_for_long() -> None:
    told = Told()
    told.past.add("t", order("c"), "done", "chat-1", "")
    for now in (10.0, 14.9, 15.0, 19.9, 20.0):
        told.past.still_open("c", now)
    assert told.ends == ["c done"] * 3


def test_only_an_expired_command_may_be_late_and_only_once() -> None:
    told = Told()
    told.past.add("t", order("a"), "done", "chat-1", "")
    told.past.add("t", order("b"), "expired", "", "")
    for key in ("a", "b", "b"):
        told.past.done("other", key, "spy")
        told.past.done("t", key, "chat-2")
    for _ in range(2):
        told.past.late("t", order("ended elsewhere"), "chat-3")
    assert told.lates == [("b", "chat-2"), ("ended elsewhere", "chat-3")]


def test_the_latest_ends_are_kept() -> None:
    told = Told(most=2)
    for key in ("a", "b", "c"):
        told.past.add("t", order(key), "done", "", "")
    assert ["a" in told.past, "c" in told.past] == [False, True]
