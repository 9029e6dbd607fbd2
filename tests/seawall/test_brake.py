"""What is left of a rule that ran away: never more than before, and never stricter."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from seawall.actions import ACTIONS, MESSAGE_ACTIONS, strictness
from seawall.brake import (
    LEAST_HITS,
    Recent,
    day_of,
    day_start,
    ease_of,
    eased,
    most_hits,
    quota_ease,
)
from seawall.decide import NO_STATE, State, decide
from seawall.policy.danger import danger_of, dangers
from seawall.policy.model import Brake, CaseSpec, Effect, Stage
from seawall.signals import Signal, Signals
from seawall.taxonomy import Severity
from seawall.verdicts import Ease, Finding
from tests.seawall.policies import ALLOW, BLOCK, HOLD, MASK, message, policy, rule, window

SPAM = Signals([Signal("lexicon.spam", 0.75, "lexicon", "spam", Severity.HIGH, (0, 5), "hello")])
MUTE = Effect("user", "mute", 600.0)
CARE = Effect("user", "care")

effects = st.lists(
    st.sampled_from([Effect(track, kind) for track, kinds in ACTIONS.items() for kind in kinds]),
    max_size=4,
)
stages: st.SearchStrategy[Stage] = st.sampled_from(["shadow", "hold", "act"])
eases: st.SearchStrategy[Ease] = st.sampled_from(["hold", "flag"])


@pytest.mark.parametrize(
    ("found", "stage", "danger"),
    [
        ([BLOCK], "act", "act"),
        ([HOLD], "act", "hold"),
        ([MASK], "act", "act"),
        ([ALLOW, MUTE], "act", "act"),
        ([ALLOW], "act", ""),
        ([CARE], "act", ""),
        ([BLOCK, MUTE], "hold", "hold"),
        ([ALLOW, MUTE], "hold", ""),
        ([BLOCK], "shadow", ""),
    ],
)
def test_how_bad_a_rule_can_be(found: list[Effect], stage: Stage, danger: str) -> None:
    assert danger_of(found, stage) == danger


def test_a_block_is_left_with_a_hold_and_a_hold_with_a_flag() -> None:
    assert ease_of("act") == "hold"
    assert ease_of("hold") == "flag"
    assert ease_of("") is None
    block = policy(rule("r", BLOCK, MUTE, strikes=2, case=CaseSpec("fraud", "p1")))
    held = decide(message(), SPAM, State(tripped={"r": "hold"}), block)
    assert (held.action, held.actions, held.strikes, held.case) == (
        "hold",
        (),
        0,
        CaseSpec("fraud", "p1"),
    )
    assert held.reasons[0].eased == "hold"
    flagged = decide(message(), SPAM, State(tripped={"r": "flag"}), block)
    assert (flagged.action, flagged.actions, flagged.case) == ("allow", (), None)
    assert [finding.rule for finding in flagged.reasons] == ["r"]
    assert not flagged.restricts


def test_a_mask_and_a_mute_become_flags_and_care_stays() -> None:
    for effect in (MASK, MUTE):
        verdict = decide(
            message(), SPAM, State(tripped={"r": "hold"}), policy(rule("r", effect, CARE))
        )
        assert verdict.action == "allow"
        assert [action.kind for action in verdict.actions] == ["care"]
        assert verdict.reasons


def test_another_rule_is_not_touched() -> None:
    both = policy(rule("a", BLOCK), rule("b", BLOCK))
    assert decide(message(), SPAM, State(tripped={"a": "hold"}), both).action == "block"


@given(found=effects, stage=stages, ease=eases, strikes=st.integers(0, 3))
def test_easing_never_makes_anything_stricter(
    found: list[Effect], stage: Stage, ease: Ease, strikes: int
) -> None:
    house = policy(rule("r", *found, stage=stage, strikes=strikes))
    before = decide(message(), SPAM, NO_STATE, house)
    after = decide(message(), SPAM, State(tripped={"r": ease}), house)
    assert strictness("message", after.action) <= strictness("message", before.action)
    assert strictness("message", after.action) <= strictness("message", "hold")
    assert after.visibility is None
    assert after.strikes == 0
    assert not after.changes
    assert {a.kind for a in after.actions} <= {"care"}
    assert {f.rule for f in after.reasons} == {f.rule for f in before.reasons}
    if ease == "flag":
        assert not after.restricts


@given(found=effects, stage=stages)
def test_what_was_held_or_blocked_is_still_held_after_one_step(
    found: list[Effect], stage: Stage
) -> None:
    ease = ease_of(danger_of(found, stage))
    before = decide(message(), SPAM, NO_STATE, policy(rule("r", *found, stage=stage)))
    if ease == "hold" and strictness("message", before.action) >= strictness("message", "hold"):
        after = decide(
            message(), SPAM, State(tripped={"r": ease}), policy(rule("r", *found, stage=stage))
        )
        assert after.action == "hold"


def test_easing_twice_is_easing_once() -> None:
    finding = Finding("r", "spam", Severity.LOW, (BLOCK, CARE), "lexicon")
    once = eased(finding, "hold")
    assert eased(once, "hold") == once


def test_the_worst_of_all_rooms_counts() -> None:
    base = policy(rule("r", ALLOW), windows=(window(),))
    strict = policy(rule("r", BLOCK), windows=(window(message="hold"),))
    assert dangers(replace(base, rooms={"x": strict})) == {"r": "act", "pace": "act"}
    assert dangers(base) == {"r": "", "pace": "act"}
    assert dangers(policy(rule("r", ALLOW, strikes=1))) == {"r": "act"}


@given(st.integers(0, 500), st.integers(1, 100))
def test_exactly_a_quota_acts(hits: int, per_day: int) -> None:
    assert quota_ease("act", hits, per_day) == (None if hits < per_day else "hold")
    assert quota_ease("hold", hits, per_day) == (None if hits < per_day else "flag")
    assert quota_ease("", hits, per_day) is None
    assert quota_ease("act", hits, 0) is None


def test_a_share_or_a_multiple_of_the_rate_before() -> None:
    brake = Brake()
    assert most_hits(brake, window=False, earlier=None) == 100
    assert most_hits(brake, window=True, earlier=None) == 1000
    assert most_hits(brake, window=False, earlier=0.003) == 60
    assert most_hits(brake, window=False, earlier=0.0) == LEAST_HITS
    assert most_hits(brake, window=False, earlier=0.5) == 100


@given(
    most=st.integers(1, 20),
    of=st.integers(20, 60),
    gaps=st.lists(st.integers(1, 9), max_size=200),
)
def test_recent_hits_are_counted_exactly(most: int, of: int, gaps: list[int]) -> None:
    recent, kept, at = Recent(most, of), deque[int](), 0
    for gap in gaps:
        at += gap
        kept.append(at)
        while kept[0] <= at - of:
            kept.popleft()
        over = len(kept) > most
        assert recent.hit(at) == over
        if over:
            kept.clear()


@given(st.floats(0, 4e9))
def test_a_day_begins_at_midnight_utc(at: float) -> None:
    assert day_start(day_of(at)) <= at < day_start(day_of(at) + 1)


def test_every_message_action_has_its_danger() -> None:
    found = {kind: danger_of([Effect("message", kind)], "act") for kind in MESSAGE_ACTIONS}
    assert found == {"allow": "", "mask": "act", "hold": "hold", "block": "act", "remove": "act"}
