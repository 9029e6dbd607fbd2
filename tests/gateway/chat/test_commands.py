"""Commands reach who serves their room, end once, and are sent again to who comes back."""

from __future__ import annotations

import msgspec

from gateway.chat.commands import Commands, Receiver
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd, CommandRow
from seawall import wire
from seawall.actions import Action, Target

NOW = 1_000.0


def mute(user: str = "u", room: str | None = "r") -> Action:
    return Action(Target("user", room, user), "mute", 60.0)


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


class Desk:
    """Commands of one process, and the ends it told."""

    def __init__(self, expiry_s: float = 60.0) -> None:
        self.metrics = Metrics()
        self.ends: list[tuple[str, str, CommandEnd]] = []
        self.commands = Commands(expiry_s, self.metrics, self.ended)

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


def test_a_command_reaches_everybody_who_serves_its_room() -> None:
    desk = Desk()
    everywhere, here, there, stranger = Server(), Server("r"), Server("x"), Server()
    for server in (everywhere, here, there):
        desk.join(server)
    desk.join(stranger, tenant="other")
    (row,) = desk.order(mute())
    assert [len(each.heard) for each in (everywhere, here, there, stranger)] == [1, 1, 0, 0]
    (told,) = here.heard
    assert told == wire.Command(row.id, row.seq, "mute", mute().target, 60.0, NOW + 60.0, "rule")


def test_a_command_without_a_room_reaches_all_of_the_tenant() -> None:
    desk = Desk()
    here, there = Server("r"), Server("x")
    desk.join(here)
    desk.join(there)
    desk.order(mute(room=None))
    assert (len(here.heard), len(there.heard)) == (1, 1)


def test_who_left_hears_nothing() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    desk.commands.disconnect(server, "t")
    desk.commands.disconnect(server, "t")
    desk.commands.disconnect(server, "never heard of")
    desk.order(mute())
    assert server.heard == []


def test_seq_grows_for_each_target_even_when_the_clock_stands_or_runs_back() -> None:
    desk = Desk()
    seqs = [desk.commands.prepare("t", [mute()], "", now)[0].seq for now in (NOW, NOW, NOW - 500.0)]
    assert seqs == [1_000_000, 1_000_001, 1_000_002]
    one, two = desk.commands.prepare("t", [mute(), mute()], "", NOW)
    assert two.seq == one.seq + 1
    assert desk.commands.prepare("t", [mute("other")], "", NOW)[0].seq == 1_000_000


def test_seq_goes_on_after_a_restart() -> None:
    before = Desk().commands.prepare("t", [mute()], "", NOW)[0].seq
    assert Desk().commands.prepare("t", [mute()], "", NOW + 0.001)[0].seq > before


def test_the_first_done_completes_and_the_second_changes_nothing() -> None:
    desk = Desk()
    (row,) = desk.order(mute())
    assert len(desk.commands) == 1
    desk.commands.done("t", row.id, "chat-1")
    desk.commands.done("t", row.id, "chat-2")
    desk.commands.failed("t", row.id, "chat-2", "too late")
    assert desk.ends == [("t", row.id, CommandEnd(row.id, "done", "chat-1"))]
    assert len(desk.commands) == 0
    assert desk.metrics.commands == {("mute", "sent"): 1, ("mute", "done"): 1}


def test_a_failed_command_has_its_reason() -> None:
    desk = Desk()
    (row,) = desk.order(mute())
    desk.commands.failed("t", row.id, "chat-1", "no such user")
    assert desk.ends == [("t", row.id, CommandEnd(row.id, "failed", "chat-1", "no such user"))]


def test_another_tenants_done_and_an_unknown_one_are_ignored() -> None:
    desk = Desk()
    (row,) = desk.order(mute())
    desk.commands.done("other", row.id, "spy")
    desk.commands.failed("other", row.id, "spy", "")
    desk.commands.done("t", "c-unknown", "chat-1")
    assert (desk.ends, len(desk.commands)) == ([], 1)


def test_what_waits_too_long_expires() -> None:
    desk = Desk(expiry_s=10.0)
    (first,) = desk.order(mute("a"), now=NOW)
    (second,) = desk.order(mute("b"), now=NOW + 5.0)
    desk.commands.expire(NOW + 9.9)
    assert desk.ends == []
    desk.commands.expire(NOW + 10.0)
    assert desk.ends == [("t", first.id, CommandEnd(first.id, "expired", "", "no done in time"))]
    desk.commands.done("t", first.id, "chat-1")
    desk.commands.done("t", second.id, "chat-1")
    assert [end.outcome for _, _, end in desk.ends] == ["expired", "done"]


def test_who_resumes_hears_what_has_no_end_in_the_order_of_seq() -> None:
    desk = Desk()
    late = desk.order(mute("a"), now=NOW + 9.0)
    early = desk.order(mute("b"), mute("c"), now=NOW)
    (done,) = desk.order(mute("d"))
    desk.order(mute("e", room="x"))
    desk.order(mute("f"), tenant="other")
    desk.commands.done("t", done.id, "chat-1")
    server = Server("r")
    desk.commands.resend("t", server.receiver)
    assert {each.id for each in server.heard} == {row.id for row in (*late, *early)}
    assert server.heard[-1].id == late[0].id
    seqs = [each.seq for each in server.heard]
    assert seqs == sorted(seqs)


def test_a_command_prepared_and_never_recorded_is_not_sent() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    desk.commands.prepare("t", [mute()], "rule", NOW)
    desk.commands.resend("t", server.receiver)
    assert (server.heard, len(desk.commands)) == ([], 0)
