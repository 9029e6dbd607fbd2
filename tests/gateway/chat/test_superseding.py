"""A newer command overrides an older one only where nothing of the older one would be missed."""

from __future__ import annotations

import pytest

from gateway.chat.superseding import Newest, overrides
from seawall import wire
from seawall.actions import Target, TargetKind

USER = Target("user", "r", "u")
MESSAGE = Target("message", "r", "m")


def order(
    kind: str, seq: int, for_s: float | None = None, target: Target = USER, until: float = 60.0
) -> wire.Command:
    return wire.Command(f"{kind}{seq}", seq, kind, target, for_s, until)


def on(track: TargetKind) -> Target:
    return Target(track, "r", "x")


@pytest.mark.parametrize(
    ("newer", "older", "expected"),
    [
        (order("mute", 2, 60.0), order("mute", 1, 600.0), True),
        (order("mute", 2, 0.0), order("mute", 1, 600.0), True),
        (order("mute", 2, 600.0), order("mute", 1, 0.0), True),
        (order("mute", 1, 60.0), order("mute", 2, 600.0), False),
        (order("ban", 2, None), order("mute", 1, 600.0), True),
        (order("ban", 2, 60.0), order("mute", 1, 600.0), False),
        (order("ban", 2, 60.0), order("mute", 1, None), False),
        (order("mute", 2, 600.0), order("ban", 1, 60.0), False),
        (order("ban", 2, 0.0), order("mute", 1, 60.0), False),
        (order("ban", 2, None), order("mute", 1, 0.0), False),
        (order("made_up", 2, None), order("mute", 1, 60.0), False),
        (order("mute", 2, None), order("made_up", 1, 60.0), False),
        (order("restore", 2, None, MESSAGE), order("remove", 1, None, MESSAGE), True),
        (order("restore", 2, None, MESSAGE), order("self_only", 1, None, MESSAGE), True),
        (order("remove", 2, None, MESSAGE), order("restore", 1, None, MESSAGE), False),
        (order("remove", 2, None, MESSAGE), order("mask", 1, None, MESSAGE), True),
        (order("remove", 2, None, MESSAGE), order("self_only", 1, None, MESSAGE), False),
        (order("self_only", 2, None, MESSAGE), order("reduced", 1, None, MESSAGE), True),
        (order("cut", 2, None, on("stream")), order("warn", 1, None, on("stream")), True),
        (order("shield", 2, 60.0, on("room")), order("slow_all", 1, 30.0, on("room")), True),
    ],
)
def test_what_overrides_what(newer: wire.Command, older: wire.Command, expected: bool) -> None:
    assert overrides(newer, older) is expected


def test_a_revert_overrides_what_surfaces_after_it() -> None:
    newest = Newest()
    newest.add("t", order("restore", 5, None, MESSAGE))
    assert newest.overriding("t", order("remove", 4, None, MESSAGE)) is not None
    assert newest.overriding("t", order("remove", 6, None, MESSAGE)) is None
    assert newest.overriding("other", order("remove", 4, None, MESSAGE)) is None
    elsewhere = Target("message", "r", "another")
    assert newest.overriding("t", order("remove", 4, None, elsewhere)) is None


def test_a_restore_that_comes_after_a_later_removal_was_sent_is_not_sent() -> None:
    newest = Newest()
    removal, late = order("remove", 5, None, MESSAGE), order("restore", 4, None, MESSAGE)
    newest.add("t", removal)
    assert newest.overriding("t", late) is None
    newest.told("t", removal)
    assert newest.overriding("t", late) == removal


def test_what_was_not_carried_out_overrides_nothing_but_a_revert_goes_on() -> None:
    newest = Newest()
    for kind, for_s in (("ban", None), ("slow", 0.0)):
        newest.add("t", order(kind, 5, for_s))
        newest.drop("t", order(kind, 5, for_s))
    assert newest.overriding("t", order("mute", 4, 60.0)) is None
    assert newest.overriding("t", order("slow", 4, 60.0)) is not None


def test_only_what_is_newest_for_its_target_is_told_on_and_once() -> None:
    newest = Newest()
    heard: list[int] = []
    newest.heard.append(lambda tenant, command: heard.append(command.seq))
    for kind, seq in (("remove", 1), ("restore", 2), ("remove", 3), ("restore", 2), ("remove", 3)):
        newest.add("t", order(kind, seq, None, MESSAGE))
    newest.add("t", order("restore", 2, None, Target("message", "r", "another")))
    assert heard == [1, 2, 3, 2]


def test_dropping_what_has_been_replaced_drops_nothing() -> None:
    newest = Newest()
    newest.add("t", order("mute", 5))
    newest.add("t", order("mute", 4))
    newest.drop("t", order("mute", 4))
    newest.told("t", order("mute", 4))
    newest.drop("u", order("mute", 5))
    assert newest.overriding("t", order("mute", 3)) == order("mute", 5)


def test_what_is_known_is_bounded_and_forgotten_with_age() -> None:
    newest = Newest(bound=2)
    for number in range(3):
        newest.add("t", order("mute", number, target=Target("user", "r", f"u{number}")))
    assert len(newest) == 2
    newest.forget(60.0)
    assert len(newest) == 2
    newest.forget(60.1)
    assert len(newest) == 0
