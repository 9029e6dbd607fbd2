"""Commands reach who serves their room, end once, and are sent again to who comes back."""

from __future__ import annotations

from gateway.record.entry import CommandEnd
from seawall import wire
from tests.gateway.chat.ordering import NOW, Desk, Post, Server, act, mute, stored


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


def test_seq_grows_even_when_the_clock_stands_or_runs_back() -> None:
    desk = Desk()
    seqs = [desk.commands.prepare("t", [mute()], "", now)[0].seq for now in (NOW, NOW, NOW - 500.0)]
    one, two = desk.commands.prepare("t", [mute(), mute("other")], "", NOW)
    seqs += [one.seq, two.seq]
    assert seqs == sorted(set(seqs))


def test_what_is_served_here_is_leased_from_the_start() -> None:
    desk = Desk()
    desk.join(Server("r"))
    served, nobody = desk.commands.prepare("t", [mute(), mute(room="x")], "", NOW)
    assert (served.node, served.leased) == ("here", NOW + 5.0)
    assert (nobody.node, nobody.leased) == ("", 0.0)


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
    first = desk.order(mute("b"), mute("c"))
    (done,) = desk.order(mute("d"))
    last = desk.order(mute("a"))
    desk.order(mute("e", room="x"))
    desk.order(mute("f"), tenant="other")
    desk.commands.done("t", done.id, "chat-1")
    server = Server("r")
    desk.commands.resend("t", server.receiver)
    assert [each.id for each in server.heard] == [row.id for row in (*first, *last)]


def test_a_command_prepared_and_never_recorded_is_not_sent() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    desk.commands.prepare("t", [mute()], "rule", NOW)
    desk.commands.resend("t", server.receiver)
    assert (server.heard, len(desk.commands)) == ([], 0)


def test_a_newer_command_ends_an_older_one_that_reached_nobody() -> None:
    desk = Desk()
    (older,) = desk.order(mute())
    (newer,) = desk.order(mute(for_s=600.0))
    assert desk.ends == [
        ("t", older.id, CommandEnd(older.id, "superseded", "", f"overridden by {newer.id}"))
    ]
    server = Server()
    desk.commands.resend("t", server.receiver)
    assert [each.id for each in server.heard] == [newer.id]


def test_what_reached_a_connection_is_superseded_only_when_it_would_be_sent_again() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    (removal,) = desk.order(act("remove"))
    (restoring,) = desk.order(act("restore"))
    assert [each.kind for each in server.heard] == ["remove", "restore"]
    assert desk.ends == []
    late = Server()
    desk.commands.resend("t", late.receiver)
    assert [each.id for each in late.heard] == [restoring.id]
    assert desk.outcomes() == [(removal.id, "superseded")]


def test_a_done_revert_stays_a_tombstone() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    (removal,) = desk.commands.prepare("t", [act("remove")], "", NOW)
    (restoring,) = desk.order(act("restore"))
    desk.commands.done("t", restoring.id, "chat-1")
    desk.commands.send("t", [removal])  # it became durable only now
    assert [each.id for each in server.heard] == [restoring.id]
    assert desk.outcomes() == [(restoring.id, "done"), (removal.id, "superseded")]


def test_a_failed_restriction_no_longer_overrides() -> None:
    desk, server = Desk(), Server()
    desk.join(server)
    (older,) = desk.commands.prepare("t", [mute()], "", NOW)
    (newer,) = desk.order(mute())
    desk.commands.failed("t", newer.id, "chat-1", "no", server)
    desk.commands.send("t", [older])
    assert [each.id for each in server.heard] == [newer.id, older.id]


def test_a_command_that_one_of_two_cannot_do_waits_for_the_other() -> None:
    desk, first, second = Desk(), Server(), Server()
    desk.join(first)
    desk.join(second)
    (one, two) = desk.order(mute("a"), mute("b"))
    for row in (one, two):
        desk.commands.failed("t", row.id, "chat", "not here", first)
        desk.commands.failed("t", row.id, "chat", "still not", first)
    assert desk.ends == []
    desk.commands.done("t", one.id, "chat", second)
    desk.commands.failed("t", two.id, "chat", "nor here", second)
    assert desk.outcomes() == [(one.id, "done"), (two.id, "failed")]
    assert desk.ends[1][2].reason == "nor here"


def test_a_lie_about_a_command_changes_nothing() -> None:
    desk, here, there = Desk(), Server("r"), Server("x")
    desk.join(here)
    desk.join(there)
    (row,) = desk.order(mute())
    desk.commands.done("t", row.id, "liar", there)
    desk.commands.failed("t", row.id, "liar", "never told", there)
    desk.commands.done("other", row.id, "liar")
    assert (desk.ends, desk.late, len(desk.commands)) == ([], [], 1)


def test_a_done_after_the_expiry_is_noted_once_and_changes_nothing() -> None:
    desk = Desk(expiry_s=10.0)
    (row,) = desk.order(mute())
    desk.commands.expire(NOW + 10.0)
    desk.commands.done("other", row.id, "spy")
    for _ in range(2):
        desk.commands.done("t", row.id, "chat-1")
    assert desk.outcomes() == [(row.id, "expired")]
    assert desk.late == [("t", row.id, "chat-1")]


def test_nor_is_it_noted_of_one_who_does_not_serve_the_room() -> None:
    desk, here, there = Desk(expiry_s=10.0), Server("r"), Server("x")
    desk.join(here)
    desk.join(there)
    (row,) = desk.order(mute())
    desk.commands.expire(NOW + 10.0)
    desk.commands.done("t", row.id, "liar", there)
    assert desk.late == []
    desk.commands.done("t", row.id, "chat-1", here)
    assert desk.late == [("t", row.id, "chat-1")]


def test_more_than_fits_expires_without_an_outbox() -> None:
    desk = Desk(bound=2)
    rows = desk.order(mute("a"), mute("b"), mute("c"))
    assert desk.ends == [
        ("t", rows[0].id, CommandEnd(rows[0].id, "expired", "", "too many commands"))
    ]


# -- with an outbox: the courier is played by the test -------------------------------------------


def test_a_new_connection_hears_older_before_newer_once() -> None:
    post = Post()
    desk, server = Desk(post=post), Server()
    desk.join(server)
    (newer,) = desk.order(mute("a"))
    assert (server.heard, post.waits, post.woke) == ([], ["t"], ["t"])
    older = stored(desk, mute("b"), 5)
    assert desk.commands.adopt([older], NOW) == []
    for _ in range(2):
        desk.commands.catch_up("t", NOW)
        desk.commands.adopt([older], NOW)
    assert [each.id for each in server.heard] == ["c5", newer.id]
    desk.commands.resend("t", server.receiver, server)
    desk.commands.catch_up("t", NOW)
    assert [each.id for each in server.heard] == ["c5", newer.id] * 2
