"""What is recorded of a command's end."""

from __future__ import annotations

import msgspec

from gateway.chat.endings import ending, late_done
from gateway.record.entry import CaseRow, CommandEnd
from seawall import wire
from seawall.actions import Target
from seawall.alike import alike_command

COMMAND = wire.Command("c1", 7, "mute", Target("user", "r", "u"), 60.0, 100.0)


def test_an_end_is_recorded_with_who_and_what() -> None:
    end = CommandEnd("c1", "done", "chat-1")
    entry = ending("t", COMMAND, end, 50.0)
    assert (entry.kind, entry.tenant, entry.event, entry.room) == ("command", "t", "", "r")
    assert entry.user == "u"  # the writer keeps only its hash
    assert (entry.action, entry.by, entry.ref, entry.ends) == ("mute", "chat-1", "c1", (end,))
    assert entry.cases == ()


def test_only_what_nobody_carried_out_opens_a_case() -> None:
    for outcome in ("done", "superseded"):
        assert ending("t", COMMAND, CommandEnd("c1", outcome), 1.0).cases == ()
    ends = (
        CommandEnd("c1", "expired", "", "late"),
        CommandEnd("c1", "failed", "s", "no such user"),
    )
    for end in ends:
        entry, reason = ending("t", COMMAND, end, 100.0), end.reason
        alike = alike_command("mute", "r")
        row = CaseRow("command-c1", "open", "operations", "p2", "command", "c1", f"mute: {reason}")
        assert entry.cases == (msgspec.structs.replace(row, alike=alike),)


def test_a_late_done_resolves_the_case_and_ends_nothing() -> None:
    entry = late_done("t", COMMAND, "chat-1", 170.0)
    assert entry.ends == ()
    assert [(case.id, case.state) for case in entry.cases] == [("command-c1", "resolved")]


def test_a_messages_command_is_recorded_under_the_message() -> None:
    removal = wire.Command("c2", 7, "remove", Target("message", "r", "m"))
    entry = ending("t", removal, CommandEnd("c2", "done"), 1.0)
    assert (entry.event, entry.user, entry.room) == ("m", "", "r")
