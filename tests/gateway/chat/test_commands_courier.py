"""What the courier of the outbox brings to commands, and takes from them."""

from __future__ import annotations

import msgspec

from gateway.record.entry import CommandEnd
from seawall import wire
from tests.gateway.chat.ordering import NOW, Desk, Post, Server, act, mute, stored


def test_only_what_is_served_here_and_current_is_taken_in() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    desk.commands.catch_up("t", NOW)
    rows = [
        stored(desk, mute(), 1),
        stored(desk, mute(), 2, expires=NOW),
        stored(desk, mute("v"), 3, tenant="other"),
        stored(desk, mute("v", room="x"), 4),
        stored(desk, mute("w"), 5, node="here"),  # about to be sent, or just ended
        stored(desk, act("remove"), 6),
        stored(desk, act("restore"), 7),
        stored(desk, mute("w"), 8, node="here", created=NOW - 5.0),
    ]
    assert desk.commands.adopt(rows, NOW) == ["c6"]
    assert [each.id for each in server.heard] == ["c1", "c7", "c8"]
    assert desk.commands.sequence.next(0.0) > 8


def test_a_full_memory_leaves_the_rest_to_the_database() -> None:
    post = Post()
    desk, server = Desk(bound=2, post=post), Server("r")
    desk.join(server)
    desk.commands.catch_up("t", NOW)
    desk.commands.adopt([stored(desk, mute(f"u{seq}"), seq) for seq in range(3)], NOW)
    assert ([each.id for each in server.heard], len(desk.commands)) == (["c0", "c1"], 2)
    desk.order(mute("z"))
    assert (len(desk.commands), desk.ends) == (2, [])
    assert desk.metrics.unchecked["command", "memory"] == 1


def test_what_another_gateway_answers_for_is_not_failed_here() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    desk.commands.catch_up("t", NOW)
    desk.commands.adopt([stored(desk, mute(), 1)], NOW)
    desk.commands.failed("t", "c1", "chat-1", "no", server)
    assert desk.ends == []
    assert desk.commands.leasable(NOW) == []
    assert desk.commands.leasable(NOW + 5.0) == ["c1"]  # it stopped renewing
    desk.commands.leased(["c1"], NOW + 10.0)
    assert desk.ends == [("t", "c1", CommandEnd("c1", "failed", "chat-1", "no"))]


def test_a_lease_is_renewed_before_it_runs_out() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    desk.commands.adopt([stored(desk, mute(), 1, node="here", created=NOW - 9.0)], NOW)
    assert desk.commands.leasable(NOW) == []
    assert desk.commands.leasable(NOW + 3.0) == ["c1"]
    desk.commands.disconnect(server, "t")
    assert desk.commands.leasable(NOW + 3.0) == []  # whoever serves it may have it


def test_an_end_that_the_database_still_lacks_is_recorded_again() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    row = stored(desk, mute(), 1)
    desk.commands.adopt([row], NOW)
    desk.commands.done("t", "c1", "chat-1", server)
    for later in (1.0, 5.9, 6.0, 7.0):
        desk.commands.adopt([row], NOW + later)
    assert desk.outcomes() == [("c1", "done")] * 2
    desk.commands.expired(row, NOW - 3600.0)  # the clock was set back
    assert desk.outcomes() == [("c1", "done")] * 3
    assert desk.metrics.commands["mute", "done"] == 1


def test_what_reached_a_connection_is_told_to_the_database_once() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    desk.commands.catch_up("t", NOW)
    (row,) = desk.order(mute())
    desk.commands.adopt([stored(desk, mute("v"), 1, sent=NOW)], NOW)
    assert desk.commands.take_sent() == [row.id]
    assert desk.commands.take_sent() == []


def test_what_ended_elsewhere_is_forgotten_here() -> None:
    desk, server = Desk(post=Post()), Server("r")
    desk.join(server)
    desk.commands.adopt([stored(desk, mute(), 1)], NOW)
    (unseen,) = desk.order(mute("v"), now=NOW)
    missing = desk.commands.missing(["t"], set(), NOW + 5.0)
    assert [order.command.id for order in missing] == [unseen.id]
    assert desk.commands.missing(["t"], set(), NOW - 1.0) == []
    assert (len(desk.commands), desk.ends) == (1, [])
    desk.commands.done("t", "c1", "chat-1", server)
    assert desk.ends == []


def test_expiry_here_is_the_couriers() -> None:
    desk = Desk(expiry_s=10.0, post=Post())
    (row,) = desk.order(mute())
    desk.commands.expire(NOW + 20.0)
    assert len(desk.commands) == 1
    order = stored(desk, mute(), row.seq)
    desk.commands.expired(msgspec.structs.replace(order, command=_of(row.id, row.seq)), NOW + 20.0)
    assert desk.outcomes() == [(row.id, "expired")]


def _of(key: str, seq: int) -> wire.Command:
    return wire.Command(key, seq, "mute", mute().target, 60.0, NOW + 10.0)


def test_an_expired_command_that_is_overridden_needs_no_case() -> None:
    desk = Desk(post=Post())
    desk.commands.remember("t", wire.Command("c9", 9, "restore", act("restore").target))
    desk.commands.expired(stored(desk, act("remove"), 5), NOW + 99.0)
    assert desk.outcomes() == [("c5", "superseded")]


def test_a_done_that_nobody_knows_is_asked_about() -> None:
    post = Post()
    desk, server = Desk(post=post), Server("r")
    desk.join(server)
    desk.commands.done("t", "c1", "chat-1", server)
    assert post.asked == [("t", "c1", "chat-1")]


def test_who_has_much_to_catch_up_with_is_told_in_parts_and_in_order() -> None:
    post = Post()
    desk, server = Desk(bound=5000, post=post), Server()
    rows = desk.order(*(mute(f"u{number}") for number in range(2500)))
    desk.join(server)
    assert [desk.commands.catch_up("t", NOW) for _ in range(4)] == [False, False, True, True]
    desk.order(mute("last"))
    told = [each.id for each in server.heard]
    assert told[:2500] == [row.id for row in rows]
    assert len(told) == 2501


def test_a_failure_before_a_resume_does_not_count_after_it() -> None:
    desk, server = Desk(post=Post()), Server()
    desk.join(server)
    desk.commands.catch_up("t", NOW)
    (row,) = desk.order(mute())
    desk.commands.resend("t", server.receiver, server)
    desk.commands.failed("t", row.id, "chat-1", "said before it resumed", server)
    assert desk.ends == []
    desk.commands.catch_up("t", NOW)
    desk.commands.failed("t", row.id, "chat-1", "no", server)
    assert desk.outcomes() == [(row.id, "failed")]
