"""A flood raises a restriction once, keeps it while it lasts, and lets go without flapping."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.actions import Action, Target
from seawall.events import Joined, User
from seawall.news import is_news, news, only_news, wave
from seawall.policy.model import Effect, Facts, Label, Window
from seawall.verdicts import Change, Verdict
from seawall.windows import Check, LocalWindows, Mode, Spec

LIMIT = 20
SHIELD_S = 60.0
PER_S = 10.0


def room(label: str = "shield", until: float | None = 60.0) -> Change:
    return Change("room", "r", "r", label, until, "joins", "flood")


def user(label: str = "slow", until: float | None = 60.0) -> Change:
    return Change("user", "r", "u", label, until, "pace", "flood")


def order(change: Change) -> Action:
    target = (
        Target("room", "r") if change.kind == "room" else Target("user", change.room, change.id)
    )
    return Action(target, change.label, None if change.until is None else change.until)


def standing(label: str, until: float | None, kind: str = "room") -> Facts:
    labels = {label: Label(label, until, "joins")}
    return Facts(room=labels) if kind == "room" else Facts(user=labels)


def joins(limit: int = LIMIT, key: str = "room", stage: str = "act") -> Window:
    spec = Spec(Mode.DISTINCT_ATTEMPTED, limit, int(PER_S * 1000))
    keys = ("room",) if key == "room" else ("room", "user")
    return Window(
        "joins",
        keys,  # type: ignore[arg-type]  # a literal through a parameter
        spec,
        "user",
        frozenset({"join"}),
        then=(Effect("room", "shield", SHIELD_S),),
        stage=stage,  # type: ignore[arg-type]  # likewise
    )


@pytest.mark.parametrize(
    ("left", "asked", "told"),
    [
        (None, 60.0, False),
        (None, None, False),
        (30.0, 60.0, False),
        (29.9, 60.0, True),
        (100.0, 60.0, False),
        (100.0, None, True),
        (31.0, 120.0, True),
    ],
)
def test_a_restriction_is_renewed_when_less_than_half_is_left(
    left: float | None, asked: float | None, told: bool
) -> None:
    facts = standing("shield", None if left is None else 1000.0 + left)
    change = room(until=None if asked is None else 1000.0 + asked)
    assert is_news(change, facts, 1000.0) is told


def test_what_is_new_stays_with_its_command_and_the_rest_goes_with_its_own() -> None:
    facts = standing("shield", 60.0)
    changes = (room(), user())
    other = Action(Target("message", "r", "m1"), "remove")
    commands = (order(changes[0]), order(changes[1]), other)
    assert news(changes, commands, facts, 0.0) == ((changes[1],), (commands[1], other))
    verdict = Verdict("v", "block", actions=commands[:2], commands=commands, changes=changes)
    kept = only_news(verdict, facts, 0.0)
    assert (kept.actions, kept.commands) == ((commands[1],), (commands[1], other))
    assert kept.action == "block"
    assert only_news(verdict, Facts(), 0.0) is verdict


def test_another_users_or_rooms_command_is_not_taken_for_the_dropped_one() -> None:
    other = Action(Target("user", "r", "somebody else"), "slow", 30.0)
    facts = standing("slow", 60.0, "user")
    assert news((user(),), (order(user()), other), facts, 0.0) == ((), (other,))


def test_nothing_sets_what_a_human_switched_off() -> None:
    assert not is_news(room(), standing("shield_off", None), 0.0)
    assert is_news(room("slow_all"), standing("shield_off", None), 0.0)


CHANGES = st.lists(
    st.tuples(st.integers(0, 30).map(float), st.none() | st.integers(1, 100).map(float)),
    max_size=30,
)


@given(CHANGES)
def test_dropping_ends_a_label_early_by_at_most_half_of_what_was_asked_for(
    asked: list[tuple[float, float | None]],
) -> None:
    now, until = 0.0, float("-inf")
    wanted: list[tuple[float, float]] = []
    for pause, for_s in asked:
        now += pause
        facts = standing("shield", None if until == float("inf") else until)
        if until <= now:
            facts = Facts()
        change = room(until=None if for_s is None else now + for_s)
        end = float("inf") if change.until is None else change.until
        wanted.append((end, float("inf") if for_s is None else for_s))
        if is_news(change, facts, now):
            until = max(until, end)
        assert all(
            until == end or (end < float("inf") and until >= end - length / 2)
            for end, length in wanted
        )


def test_a_wave_is_one_while_its_count_is_half_the_limit() -> None:
    event = Joined("t", "r", User("u"), 1000.0)
    facts = standing("shield", 1010.0)
    assert wave(event, (joins(),), (LIMIT // 2 - 1,), facts, "v") is None
    found = wave(event, (joins(),), (LIMIT // 2,), facts, "v")
    assert found is not None
    assert found.changes == (room(until=1000.0 + SHIELD_S),)
    assert found.commands == found.actions == (Action(Target("room", "r"), "shield", SHIELD_S),)
    assert found.restricts
    assert [why.rule for why in found.reasons] == ["joins"]


def test_only_the_window_that_raised_it_keeps_it_up() -> None:
    event = Joined("t", "r", User("u"), 1000.0)
    by_hand = Facts(room={"shield": Label("shield", 1010.0, "switch")})
    assert wave(event, (joins(),), (LIMIT,), by_hand, "v") is None
    assert wave(event, (joins(),), (LIMIT,), standing("slow_all", 1010.0), "v") is None
    facts = standing("shield", 1010.0)
    assert wave(event, (joins(key="user"),), (LIMIT,), facts, "v") is None
    assert wave(event, (joins(stage="hold"),), (LIMIT,), facts, "v") is None
    assert wave(event, (joins(limit=1),), (1,), facts, "v") is None  # one is no wave


class Room:
    """A room under synthetic joins: real windows, the rules of news, what the platform hears."""

    def __init__(self) -> None:
        self.windows = LocalWindows()
        self.window = joins()
        self.until = float("-inf")
        self.raised = 0
        self.commands: list[float] = []

    def join(self, number: int, at: float) -> None:
        check = Check(self.window.spec, "joins", f"user {number}")
        count = self.windows.check([check], int(at * 1000))[0]
        facts = standing("shield", self.until) if self.until > at else Facts()
        event = Joined("t", "r", User(f"user {number}"), at)
        over = count < 0
        found = wave(event, (self.window,), (count,), facts, "v") if not over else None
        if over or found is not None:
            self.change(room(until=at + SHIELD_S), facts, at)

    def change(self, change: Change, facts: Facts, at: float) -> None:
        if not is_news(change, facts, at):
            return
        if "shield" not in facts.room:
            self.raised += 1
        assert change.until is not None
        self.until = change.until
        self.commands.append(at)

    def traffic(self, start: float, end: float, per_s: float) -> None:
        steps = int((end - start) * per_s)
        for n in range(steps):
            at = start + n / per_s
            self.join(int(at * 1000), at)


def test_a_wave_raises_the_shield_once_and_it_goes_when_the_wave_has_gone() -> None:
    it = Room()
    it.traffic(0.0, 300.0, 10.0)  # 100 joins in 10 s, the limit is 20
    assert it.raised == 1
    assert it.until >= 300.0 + SHIELD_S / 2 - 1
    assert 300 / SHIELD_S <= len(it.commands) <= 300 / (SHIELD_S / 2) + 2
    it.traffic(300.0, 500.0, 0.5)  # 5 in 10 s: under half
    assert it.until < 300.0 + SHIELD_S + PER_S + 1
    assert it.raised == 1


def test_around_the_limit_it_does_not_flap() -> None:
    it = Room()
    at = 0.0
    for turn in range(20):  # a little over, a little under the limit, for half an hour
        it.traffic(at, at + 90.0, 1.4 if turn % 2 else 2.2)
        at += 90.0
    assert it.raised == 1
    assert it.until > at
    assert len(it.commands) <= at / (SHIELD_S / 2) + 2


@given(st.lists(st.floats(0.1, 3.0), min_size=1, max_size=12))
def test_it_never_ends_before_half_its_time_of_quiet(rates: list[float]) -> None:
    it = Room()
    at, last_loud = 0.0, float("-inf")
    for rate in rates:
        steps = int(20.0 * rate)
        for n in range(steps):
            moment = at + n / rate
            check = Check(it.window.spec, "joins", f"user {int(moment * 1000)}")
            seen = abs(LocalWindows.check(it.windows, [check], int(moment * 1000))[0])
            was_up = it.until > moment
            it.join(int(moment * 1000), moment)
            if seen > LIMIT or (was_up and seen * 2 >= LIMIT):
                last_loud = moment
                assert it.until >= last_loud + SHIELD_S / 2
        at += 20.0
    assert it.until <= last_loud + SHIELD_S or it.raised == 0
