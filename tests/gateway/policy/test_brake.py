"""A rule that fires twice its quota acts exactly that often; a fresh one cannot flood a room."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from gateway.policy.brake import Brakes
from gateway.policy.tally import Kept, Trip
from seawall.decide import Needs, State, decide
from seawall.policy.model import NO_BRAKE, Brake, Policy, Rule
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.taxonomy import Severity
from tests.seawall.policies import ALLOW, BLOCK, HOLD, message, policy, rule, window

DAY = 86_400.0
NOON = 20_000 * DAY + DAY / 2
SPAM = Signals([Signal("lexicon.spam", 0.75, "lexicon", "spam", Severity.HIGH, (0, 5), "hello")])


def house(*rules: Rule, brake: Brake = NO_BRAKE, **more: object) -> Policy:
    made = policy(*rules, brake=brake, **more)  # type: ignore[arg-type]
    names = {each.name for each in rules} | {w.name for w in made.windows["chat"]}
    prints = dict.fromkeys(names, "1")
    return replace(made, prints=prints)


class Place:
    """Judges as the engine does: what ran away is known to the very next message."""

    def __init__(self, made: Policy, now: float = NOON) -> None:
        self.paged: list[Trip] = []
        self.brakes = Brakes(self.paged.append)
        self.policy = made
        self.now = now
        self.brakes.live(None, made, now)

    def say(self, signals: Signals = SPAM, tenant: str = "t", count: int | None = None) -> str:
        self.brakes.judged[tenant] += 1
        tripped = self.brakes.tripped(tenant, self.now)
        asked = Needs(self.policy.windows["chat"], ()) if count is not None else Needs()
        state = State(asked, [count] if count is not None else (), tripped=tripped)
        verdict = decide(message(at=self.now), signals, state, self.policy)
        if verdict.reasons or verdict.shadow:
            self.brakes.note(tenant, verdict, self.now)
        return verdict.action

    def reload(self, made: Policy) -> None:
        self.policy = made
        self.brakes.live(None, made, self.now)


def test_of_twice_the_quota_exactly_the_quota_acts_and_one_page_goes_out() -> None:
    place = Place(house(rule("r", BLOCK, per_day=100, owner="ana")))
    assert Counter(place.say() for _ in range(200)) == {"block": 100, "hold": 100}
    (trip,) = place.paged
    assert (trip.rule, trip.owner, trip.cause, trip.ease, trip.hits) == (
        "r", "ana", "quota", "hold", 100,
    )  # fmt: skip
    assert "rule r of ana has restricted 100 messages today, its quota" in trip.told()
    assert place.brakes.hits == {("r", "acting"): 100, ("r", "eased"): 100}
    assert place.brakes.standing() == {"t": {"r": "hold"}}


def test_a_rule_that_holds_is_left_with_flags() -> None:
    place = Place(house(rule("r", HOLD, per_day=10)))
    assert Counter(place.say() for _ in range(20)) == {"hold": 10, "allow": 10}
    assert place.paged[0].ease == "flag"


def test_a_rule_that_only_flags_has_no_quota() -> None:
    place = Place(house(rule("r", ALLOW, per_day=3)))
    assert {place.say() for _ in range(10)} == {"allow"}
    assert not place.paged


def test_a_window_has_a_quota_too() -> None:
    made = house(windows=(window(per_day=5),))
    place = Place(made)
    assert Counter(place.say(NO_SIGNALS, count=-3) for _ in range(10)) == {"block": 5, "hold": 5}


def test_quotas_are_per_tenant_and_per_day_in_utc() -> None:
    place = Place(house(rule("r", BLOCK, per_day=2)), now=NOON)
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    assert place.say(tenant="other") == "block"
    place.now = NOON + DAY / 2 - 1
    assert place.say() == "hold"
    place.now = NOON + DAY / 2
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    assert len(place.paged) == 2


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    place = Place(house(rule("r", BLOCK, per_day=2)))
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    place.now -= 3 * DAY
    assert place.say() == "hold"


def test_a_reload_keeps_the_count_of_what_did_not_change_and_a_new_version_releases() -> None:
    made = house(rule("r", BLOCK, per_day=2), rule("other", ALLOW, signal="x"))
    place = Place(made)
    place.say()
    place.reload(replace(made, version="e" * 64, prints={"r": "1", "other": "2"}))
    assert [place.say(), place.say()] == ["block", "hold"]
    place.reload(replace(made, version="e" * 64, prints={"r": "2", "other": "2"}))
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    assert len(place.paged) == 2


def test_a_release_gives_the_day_anew() -> None:
    place = Place(house(rule("r", BLOCK, per_day=2)))
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    assert [tenant for tenant, _ in place.brakes.release("r", None, place.now)] == ["t"]
    assert [place.say() for _ in range(3)] == ["block", "block", "hold"]
    assert len(place.paged) == 2
    assert place.brakes.release("nobody", None, place.now) == []


def test_a_fresh_rule_over_its_share_is_braked_and_stays_so_over_midnight() -> None:
    place = Place(house(rule("r", BLOCK, owner="ana"), brake=Brake(of=1000)))
    actions = [place.say() for _ in range(80)]
    assert Counter(actions) == {"block": 51, "hold": 29}
    (trip,) = place.paged
    assert (trip.cause, trip.ease) == ("brake", "hold")
    assert "fresh" in trip.told()
    place.now += 3 * DAY
    assert place.say() == "hold"
    place.brakes.release("r", "t", place.now)
    assert {place.say() for _ in range(200)} == {"block"}, "somebody has looked at it"


def test_a_rule_within_its_share_acts_for_ever() -> None:
    place = Place(house(rule("r", BLOCK), brake=Brake(of=1000)))
    for turn in range(5000):
        assert place.say(SPAM if turn % 25 == 0 else NO_SIGNALS) != "hold"
    assert not place.paged


def test_a_rule_that_has_stood_its_day_is_not_braked() -> None:
    place = Place(house(rule("r", BLOCK), brake=Brake(of=1000)))
    place.now += DAY
    assert {place.say() for _ in range(300)} == {"block"}


def test_a_rule_may_be_exempt() -> None:
    place = Place(house(rule("r", BLOCK, braked=False), brake=Brake(of=1000)))
    assert {place.say() for _ in range(300)} == {"block"}


def test_ten_times_the_rate_before_is_too_often() -> None:
    made = house(rule("r", BLOCK), brake=Brake(of=1000))
    place = Place(made)
    for turn in range(10_000):
        place.say(SPAM if turn % 500 == 0 else NO_SIGNALS)
    place.reload(replace(made, prints={"r": "2"}))
    for turn in range(10_000):
        place.say(SPAM if turn % 40 == 0 else NO_SIGNALS)
        if place.paged:
            break
    assert place.paged, "2.5 % is within its share, and more than ten times 0.2 %"


def test_what_a_canary_leaves_out_is_counted_beside() -> None:
    place = Place(house(rule("r", BLOCK, percent=50.0)))
    for number in range(400):
        event = message(user=f"u{number}", at=NOON)
        place.brakes.note("t", decide(event, SPAM, State(), place.policy), NOON)
    hits = place.brakes.hits
    assert hits["r", "acting"] + hits["r", "left_out"] == 400
    assert 150 < hits["r", "acting"] < 250


def test_a_restart_takes_up_the_counts() -> None:
    made = house(rule("r", BLOCK, per_day=4), brake=Brake())
    first = Place(made)
    assert [first.say() for _ in range(3)] == ["block"] * 3
    second = Place.__new__(Place)
    second.paged, second.policy, second.now = [], made, NOON + 60
    second.brakes = Brakes(second.paged.append)
    second.brakes.restore(first.brakes.kept())
    second.brakes.live(None, made, second.now)
    assert [second.say(), second.say()] == ["block", "hold"]
    third = Brakes()
    third.restore(second.brakes.kept())
    third.live(None, made, NOON + 120)
    assert third.standing() == {"t": {"r": "hold"}}


def test_restrictions_in_force_are_nobodys_rule() -> None:
    place = Place(house(rule("r", BLOCK, per_day=1)))
    finding = decide(message(), NO_SIGNALS, State(unchecked="detect"), place.policy)
    place.brakes.note("t", finding, NOON)
    assert not place.brakes.hits


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["say", "quiet", "day", "same", "restart"]), st.integers(1, 7)),
        max_size=30,
    ),
    per_day=st.integers(1, 9),
)
def test_no_day_ever_sees_more_than_its_quota(steps: list[tuple[str, int]], per_day: int) -> None:
    made = house(rule("r", BLOCK, per_day=per_day))
    place = Place(made)
    acted: Counter[int] = Counter()
    for what, times in steps:
        for _ in range(times):
            if what == "day":
                place.now += DAY / 3
            elif what == "same":
                place.reload(made)
            elif what == "restart":
                kept: Kept = place.brakes.kept()
                place.brakes = Brakes(place.paged.append)
                place.brakes.restore(kept)
                place.reload(made)
            else:
                action = place.say(SPAM if what == "say" else NO_SIGNALS)
                acted[int(place.now // DAY)] += action == "block"
    assert all(count <= per_day for count in acted.values())


@pytest.mark.parametrize("tenant", ["t", None])
def test_a_tenant_with_a_policy_of_its_own_has_its_own_rules(tenant: str | None) -> None:
    place = Place(house(rule("r", BLOCK, per_day=1)))
    place.brakes.live("t", house(rule("r", BLOCK, per_day=5)), NOON)
    if tenant is None:
        place.brakes.forget("t")
    expected = 5 if tenant else 1
    assert Counter(place.say() for _ in range(9))["block"] == expected
