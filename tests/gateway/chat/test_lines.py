"""Connections by tenant: who serves which room, and what `resume` makes of a connection."""

from __future__ import annotations

from gateway.chat.lines import Lines, Receiver


def serving(*rooms: str) -> Receiver:
    return Receiver(lambda room: room in rooms, lambda line: None)


def test_connections_are_kept_by_tenant_until_they_leave() -> None:
    lines = Lines()
    lines.join("one", "t", serving("r"), ready=True)
    lines.join("two", "t", serving("x"), ready=False)
    assert (lines.tenants(), len(list(lines.of("t")))) == (["t"], 2)
    assert [lines.is_served("t", room) for room in ("r", "x", "y")] == [True, True, False]
    assert not lines.is_served("other", "r")
    assert lines.find("one", "other") is None
    for owner in ("one", "two", "two", "never"):
        lines.leave(owner, "t")
    assert lines.tenants() == []


def test_a_renewed_connection_counts_as_another_that_waits() -> None:
    lines = Lines()
    lines.join("one", "t", serving("r"), ready=True)
    line = lines.find("one", "t")
    assert line is not None
    before = line.serial
    assert lines.renew("one", "t")
    assert line.serial > before
    assert not line.ready
    assert not lines.renew("two", "t")
