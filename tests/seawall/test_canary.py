"""A canary: always the same users, more of them as it grows, and the others seen beside."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from seawall.decide import Needs, State, decide, in_canary
from seawall.events import Joined, User
from seawall.policy.model import Effect, Facts
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.taxonomy import Severity
from tests.seawall.policies import BLOCK, message, policy, rule, window

SPAM = Signals([Signal("lexicon.spam", 0.75, "lexicon", "spam", Severity.HIGH)])
percents = st.floats(0.01, 100.0)


@settings(max_examples=300)
@given(name=st.text(max_size=20), member=st.text(max_size=20), one=percents, other=percents)
def test_who_is_in_stays_in_as_it_grows(name: str, member: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert in_canary(name, member, large) or not in_canary(name, member, small)
    assert in_canary(name, member, 100.0)


@settings(max_examples=20)
@given(name=st.text(max_size=20), percent=st.sampled_from([1.0, 10.0, 50.0, 90.0]))
def test_it_is_the_share_it_says(name: str, percent: float) -> None:
    share = sum(in_canary(name, f"user-{n}", percent) for n in range(4000)) / 40.0
    spread = 5 * (percent * (100 - percent) / 4000) ** 0.5
    assert abs(share - percent) <= spread


def test_two_rules_try_different_users() -> None:
    users = [f"u{n}" for n in range(4000)]
    both = sum(in_canary("rule-a", u, 50.0) and in_canary("rule-b", u, 50.0) for u in users)
    assert 850 < both < 1150


def test_who_is_left_out_is_seen_in_shadow() -> None:
    house = policy(rule("r", BLOCK, strikes=2, percent=50.0))
    for number in range(100):
        verdict = decide(message(user=f"u{number}"), SPAM, State(), house)
        if in_canary("r", f"u{number}", 50.0):
            assert verdict.action == "block"
            assert not verdict.shadow
        else:
            assert (verdict.action, verdict.reasons, verdict.strikes) == ("allow", (), 0)
            (finding,) = verdict.shadow
            assert (finding.rule, finding.stage, finding.eased) == ("r", "shadow", "canary")


def test_a_shadow_rule_is_no_canary() -> None:
    house = policy(rule("r", BLOCK, percent=0.01, stage="shadow"))
    assert [f.eased for f in decide(message(), SPAM, State(), house).shadow] == [""]


def test_a_window_over_users_tries_users_and_one_over_a_room_tries_rooms() -> None:
    pace = window("pace", percent=50.0)
    state = State(Needs((pace,), ()), (-3,))
    blocked = {
        name: decide(message(user=name), NO_SIGNALS, state, policy(windows=(pace,))).action
        for name in (f"u{n}" for n in range(200))
    }
    assert {name for name, action in blocked.items() if action == "block"} == {
        name for name in blocked if in_canary("pace", name, 50.0)
    }
    wave = replace(pace, name="wave", key=("room",), then=(Effect("room", "slow_all", 60.0),))
    for room in (f"r{n}" for n in range(50)):
        found = {
            bool(
                decide(
                    Joined("t", room, User(f"u{n}"), 1.0),
                    NO_SIGNALS,
                    State(Needs((wave,), ()), (-3,)),
                    policy(joins=(wave,)),
                ).actions
            )
            for n in range(5)
        }
        assert found == {in_canary("wave", room, 50.0)}


def test_a_rooms_mode_is_policys_until_its_server_says_otherwise() -> None:
    strict = rule("r", BLOCK, test=lambda env: env.facts.mode == "esports")
    house = replace(policy(strict), mode="esports", topic="chess")
    assert decide(message(), NO_SIGNALS, State(), house).action == "block"
    told = State(facts=Facts(mode="music"))
    assert decide(message(), NO_SIGNALS, told, house).action == "allow"
