"""What the platform's moderators did stands, whoever decided otherwise before or after."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from gateway.chat.acted import Platform, Restored, acted, on_hold
from gateway.record.entry import CommandRow, Entry
from gateway.state.labels import Labels
from seawall import wire
from seawall.actions import Action, Target
from seawall.verdicts import Change

USER = Target("user", "r", "u")
ROOM = Target("room", "r")


def act(kind: str, target: Target = USER, until: float | None = None) -> wire.Acted:
    return wire.Acted(target, kind, "ola", 1.0, until)


def does(labels: Labels, message: wire.Acted, now: float) -> Entry:
    entry = acted(labels, "t", message, now)
    assert entry is not None
    labels.put("t", entry.labels, entry.at)
    return entry


def mute(until: float | None = 100.0, label: str = "mute") -> Change:
    return Change("user", "r", "u", label, until, "rule", "threat")


def in_force(labels: Labels, now: float, room: str = "r") -> dict[str, float | None]:
    facts = labels.facts("t", room, "u", now)
    return {name: label.until for name, label in (*facts.user.items(), *facts.room.items())}


def test_a_mute_of_the_platform_is_neither_lifted_nor_shortened_by_decisions() -> None:
    labels = Labels()
    does(labels, act("mute", until=500.0), 0.0)
    labels.apply("t", mute(50.0), 1.0, "m1")
    assert in_force(labels, 2.0) == {"mute": 500.0}
    labels.apply("t", mute(3.0), 3.0, "m1")  # m1 is reverted
    assert in_force(labels, 60.0) == {"mute": 500.0}
    labels.apply("t", mute(None), 4.0, "m2")
    assert in_force(labels, 600.0) == {"mute": None}


def test_an_unmute_ends_it_whoever_set_it_and_nothing_old_brings_it_back() -> None:
    labels = Labels()
    labels.apply("t", mute(), 1.0, "m1")
    labels.apply("t", mute(None), 2.0, "m2")
    does(labels, act("mute"), 3.0)
    entry = does(labels, act("unmute"), 5.0)
    assert in_force(labels, 5.0) == {}
    ended = {row.label for row in entry.labels if row.ended}
    assert ended == {"mute", "mute:0:m1", "mute:0:m2"}
    assert entry.by == "platform:ola"
    labels.apply("t", mute(), 4.0, "m3")  # another node's, on its way when it was lifted
    assert in_force(labels, 6.0) == {}
    labels.apply("t", mute(), 7.0, "m4")
    assert in_force(labels, 8.0) == {"mute": 100.0}


def test_a_clock_behind_ours_does_not_make_the_platforms_word_older() -> None:
    labels = Labels()
    labels.apply("t", mute(9000.0), 4000.0, "m1")
    assert does(labels, act("unmute"), 400.0).at == 4000.0
    assert in_force(labels, 4001.0) == {}
    assert does(labels, act("ban"), 400.0).at == 400.0


def test_the_platforms_last_word_counts_and_a_time_that_is_over_is_an_end() -> None:
    labels = Labels()
    does(labels, act("mute"), 1.0)
    does(labels, act("mute", until=50.0), 2.0)
    assert in_force(labels, 3.0) == {"mute": 50.0}
    does(labels, act("mute", until=3.0), 4.0)
    assert in_force(labels, 4.0) == {}


def test_rooms_and_platform_wide_users() -> None:
    labels = Labels()
    does(labels, act("lock", ROOM), 0.0)
    does(labels, act("ban", Target("user", None, "u")), 0.0)
    assert in_force(labels, 1.0) == {"locked": None, "ban": None}
    assert in_force(labels, 1.0, room="s") == {"ban": None}
    does(labels, act("unlock", ROOM), 2.0)
    does(labels, act("unban", Target("user", None, "u")), 2.0)
    assert in_force(labels, 3.0) == in_force(labels, 3.0, room="s") == {}


@pytest.mark.parametrize(
    "message",
    [
        act("warn"),
        act("dance"),
        act("shield"),
        act("un"),
        act("mute", ROOM),
        act("ban", Target("user", "r")),
    ],
)
def test_what_sets_no_label_is_recorded_and_changes_nothing(message: wire.Acted) -> None:
    labels = Labels()
    entry = does(labels, message, 0.0)
    assert entry.labels == ()
    assert labels.epoch == 0


def test_a_message_has_no_labels() -> None:
    labels = Labels()
    entry = does(labels, act("remove", Target("message", "r", "m")), 0.0)
    assert (entry.kind, entry.room, entry.ref, entry.by) == ("acted", "r", "m", "platform:ola")
    assert (entry.event, entry.labels, labels.epoch) == ("", (), 0)


class Orders:
    """Numbers commands, and keeps what it was told to remember."""

    def __init__(self) -> None:
        self.remembered: list[wire.Command] = []

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        return tuple(
            CommandRow(f"c{n}", n, action, now + 60.0, because) for n, action in enumerate(actions)
        )

    def remember(self, tenant: str, revert: wire.Command, /) -> None:
        self.remembered.append(revert)


@pytest.mark.parametrize(("word", "kind"), [("remove", "remove"), ("approve", "restore")])
def test_what_became_of_a_message_is_a_command_that_is_done(word: str, kind: str) -> None:
    orders, noted = Orders(), []
    platform = Platform(Labels(), orders, lambda entry, then: noted.append(entry), lambda _: None)
    message = Target("message", "r", "m")
    entry = platform.acted("t", act(word, message), 10.0)
    assert noted == [entry]
    assert [row.action for row in entry.commands] == [Action(message, kind)]
    assert [(end.id, end.outcome, end.by) for end in entry.ends] == [("c0", "done", "platform:ola")]
    # Ours are about a version of it or about all of them: both are overridden.
    assert {(each.kind, each.target.rev) for each in orders.remembered} == {(kind, None), (kind, 0)}


def test_it_holds_before_it_is_recorded_and_overrides_what_is_still_undone() -> None:
    labels, orders = Labels(), Orders()
    noted: list[tuple[Entry, Callable[[], None]]] = []
    told: list[str] = []
    platform = Platform(
        labels, orders, lambda entry, then: noted.append((entry, then)), told.append
    )
    platform.acted("t", act("mute", until=90.0), 10.0)
    assert in_force(labels, 10.0) == {"mute": 90.0}
    platform.acted("t", act("unmute"), 20.0)
    assert in_force(labels, 20.0) == {}
    platform.acted("t", act("dance"), 30.0)
    assert [(each.kind, each.target, each.for_s) for each in orders.remembered] == [
        ("mute", USER, 80.0),
        ("mute", USER, 0.0),
    ]
    assert [len(entry.commands) for entry, _ in noted] == [1, 1, 0]
    assert [end.outcome for entry, _ in noted for end in entry.ends] == ["done", "done"]
    assert told == []
    for _, then in noted:
        then()
    assert told == ["t", "t", "t"]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("restore", "approved"), ("approve", "approved"), ("remove", "denied"), ("pin", None)],
)
def test_an_act_on_a_held_message_ends_its_hold(kind: str, outcome: str | None) -> None:
    assert on_hold(act(kind, Target("message", "r", "m"))) == outcome
    assert on_hold(act(kind, USER)) is None


def test_what_people_put_back_is_not_removed_with_other_parts() -> None:
    restored = Restored()
    actions = (
        Action(Target("message", "r", "part"), "remove"),
        Action(Target("message", "r", "other"), "self_only"),
        Action(Target("user", "r", "part"), "mute", 60.0),
    )
    assert restored.without("t", "m", actions, 0.0) == actions
    restored.add("t", "part", 0.0)
    assert restored.without("t", "m", actions, 60.0) == actions[1:]
    assert restored.without("t", "part", actions, 60.0) == actions
    assert restored.without("other", "m", actions, 60.0) == actions
    assert restored.without("t", "m", actions, 120.0) == actions
    restored.remove("t", "part")
    assert restored.without("t", "m", actions, 60.0) == actions


def test_the_memory_of_what_was_put_back_is_bounded() -> None:
    restored = Restored()
    for n in range(10_001):
        restored.add("t", f"m{n}", 0.0)
    gone, kept = (Action(Target("message", "r", name), "remove") for name in ("m0", "m10000"))
    assert restored.without("t", "m", (gone, kept), 1.0) == (gone,)
