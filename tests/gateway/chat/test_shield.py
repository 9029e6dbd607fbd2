"""Until its journal row is durable a flood raises one restriction, not one for each message."""

from __future__ import annotations

from gateway.chat.shield import Shield
from seawall.actions import Action, Target
from seawall.events import Joined, User
from seawall.policy.model import Effect, Facts, Label, Window
from seawall.verdicts import Change, Verdict
from seawall.windows import Mode, Spec

WINDOW = Window(
    "joins",
    ("room",),
    Spec(Mode.DISTINCT_ATTEMPTED, 10, 1_000),
    "user",
    frozenset({"join"}),
    then=(Effect("room", "shield", 60.0),),
)


def joined(at: float = 1000.0, room: str = "r", tenant: str = "t") -> Joined:
    return Joined(tenant, room, User("u"), at)


def raising(event: Joined, *more: Change) -> Verdict:
    until = event.at + 60.0
    change = Change("room", event.room, event.room, "shield", until, "joins", "flood")
    action = Action(Target("room", event.room), "shield", 60.0)
    return Verdict("v", actions=(action,), commands=(action,), changes=(change, *more))


def test_while_one_is_on_its_way_the_next_is_no_news() -> None:
    shield = Shield()
    first = raising(joined())
    assert shield.news(joined(), first, Facts()) is first
    for at in (1000.0, 1004.0):
        again = shield.news(joined(at), raising(joined(at)), Facts())
        assert (again.changes, again.commands, again.actions) == ((), (), ())
        assert not again.restricts
    assert shield.dropped == 2
    shield.settled("t", first.changes)
    assert len(shield) == 0
    assert shield.news(joined(), first, Facts()).changes


def test_one_that_was_lost_on_its_way_does_not_stop_the_next_for_long() -> None:
    shield = Shield()
    shield.news(joined(1000.0), raising(joined(1000.0)), Facts())
    assert not shield.news(joined(1004.0), raising(joined(1004.0)), Facts()).changes
    assert shield.news(joined(1005.0), raising(joined(1005.0)), Facts()).changes
    assert not shield.news(joined(1006.0), raising(joined(1006.0)), Facts()).changes
    back = joined(1000.0 - 3600.0)  # the clock was set back
    assert shield.news(back, raising(back), Facts()).changes


def test_what_is_on_its_way_is_bounded() -> None:
    shield = Shield()
    for n in range(50_010):
        event = joined(room=f"r{n}")
        shield.news(event, raising(event), Facts())
    assert len(shield) == 50_000


def test_rooms_and_tenants_are_told_apart() -> None:
    shield = Shield()
    shield.news(joined(), raising(joined()), Facts())
    for event in (joined(room="s"), joined(tenant="other")):
        assert shield.news(event, raising(event), Facts()).changes


def test_what_is_on_its_way_of_user_and_room_is_settled_apart() -> None:
    shield = Shield()
    slow = Change("user", "r", "u", "slow", 1030.0, "pace", "flood")
    verdict = raising(joined(), slow)
    shield.news(joined(), verdict, Facts())
    assert len(shield) == 2
    shield.settled("t", (slow,))
    shield.settled("t", (slow,))
    assert shield.news(joined(), verdict, Facts()).changes == (slow,)
    shield.settled("t", verdict.changes)
    assert len(shield) == 0


def test_a_verdict_that_changes_nothing_is_left_alone() -> None:
    plain = Verdict("v", "block")
    assert Shield().news(joined(), plain, Facts()) is plain


def test_a_wave_prolongs_once_and_only_where_something_is_up() -> None:
    shield = Shield()
    event = joined(1045.0)
    up = Facts(room={"shield": Label("shield", 1060.0, "joins")})
    assert shield.wave(event, (WINDOW,), (9,), Facts(), "v") is None
    assert shield.wave(event, (), (), up, "v") is None
    assert shield.wave(event, (WINDOW,), (4,), up, "v") is None
    found = shield.wave(event, (WINDOW,), (5,), up, "v")
    assert found is not None
    assert found.changes[0].until == 1105.0
    assert shield.wave(event, (WINDOW,), (6,), up, "v") is None
    shield.settled("t", found.changes)
    fresh = Facts(room={"shield": Label("shield", 1105.0, "joins")})
    assert shield.wave(joined(1050.0), (WINDOW,), (6,), fresh, "v") is None
