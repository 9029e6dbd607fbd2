"""What is done about an event: the same for the same inputs, the strictest for each target."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from seawall.actions import ACTIONS, Action, Target, strictness
from seawall.decide import NO_NEEDS, NO_STATE, Needs, State, decide, needs
from seawall.events import Decided, Deleted, Joined, TimedOut, User
from seawall.fold import fold
from seawall.policy.model import Budget, CaseSpec, Effect, Facts
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.taxonomy import CATEGORY_NAMES, Severity
from seawall.verdicts import Finding, Verdict
from seawall.windows import LocalWindows
from tests.seawall.policies import ALLOW, BLOCK, HOLD, MASK, label, message, policy, rule, window

NOBODY = Facts()
SPAM = Signals([Signal("lexicon.spam", 0.75, "lexicon", "spam", Severity.HIGH, (0, 5), "hello")])


def ask(event: object, signals: Signals = NO_SIGNALS, facts: Facts = NOBODY, **kw: object) -> Needs:
    return needs(event, signals, facts, kw["policy"], fold(getattr(event, "text", "")))  # type: ignore[arg-type]


def test_a_clean_message_is_allowed_for_no_reason() -> None:
    verdict = decide(message(), NO_SIGNALS, NO_STATE, policy(rule("r", BLOCK)))
    assert verdict == Verdict("f" * 64)
    assert not verdict.restricts


def test_a_rule_cites_the_signal_it_read() -> None:
    verdict = decide(message(), SPAM, NO_STATE, policy(rule("r", BLOCK, strikes=2)))
    assert verdict.action == "block"
    assert verdict.restricts
    assert verdict.strikes == 2
    finding = verdict.reasons[0]
    assert (finding.rule, finding.detector, finding.span, finding.score) == (
        "r",
        "lexicon",
        (0, 5),
        0.75,
    )


def test_flagged_is_allowed_with_reasons() -> None:
    verdict = decide(message(), SPAM, NO_STATE, policy(rule("r", ALLOW)))
    assert verdict.action == "allow"
    assert verdict.reasons
    assert not verdict.restricts


def test_a_rule_of_another_surface_is_silent() -> None:
    found = policy(rule("r", BLOCK, on=frozenset({"profile"})))
    assert decide(message(), SPAM, NO_STATE, found).action == "allow"


def test_exempt_roles_pass_a_rule_that_says_so_and_no_other() -> None:
    found = policy(rule("r", BLOCK, exempt=frozenset({"mod"})))
    assert decide(message(roles=["mod"]), SPAM, NO_STATE, found).action == "allow"
    assert decide(message(), SPAM, NO_STATE, found).action == "block"
    assert decide(message(roles=["mod"]), SPAM, NO_STATE, policy(rule("r", BLOCK))).restricts


def test_shadow_is_told_and_does_nothing() -> None:
    verdict = decide(message(), SPAM, NO_STATE, policy(rule("r", BLOCK, stage="shadow", strikes=3)))
    assert verdict.action == "allow"
    assert not verdict.reasons
    assert [finding.rule for finding in verdict.shadow] == ["r"]
    assert verdict.strikes == 0
    assert not verdict.restricts


def test_stage_hold_holds_at_most_and_touches_nobody() -> None:
    mute = Effect("user", "mute", 600.0)
    verdict = decide(message(), SPAM, NO_STATE, policy(rule("r", BLOCK, mute, stage="hold")))
    assert verdict.action == "hold"
    assert verdict.until == 1300.0
    assert not verdict.actions
    assert not verdict.changes


def test_mask_replaces_code_point_by_code_point() -> None:
    verdict = decide(message("hello 🙂 wörld"), SPAM, NO_STATE, policy(rule("r", MASK)))
    assert verdict.action == "mask"
    assert verdict.text == "***** 🙂 wörld"


def test_care_is_given_besides_and_never_a_penalty() -> None:
    care = rule("help", Effect("user", "care"), signal="lexicon.self_harm", category="self_harm")
    wrong = rule("bad", BLOCK, signal="lexicon.self_harm", category="self_harm", strikes=0)
    signals = Signals([Signal("lexicon.self_harm", 1.0, "lexicon")])
    verdict = decide(message(), signals, NO_STATE, policy(care, wrong))
    assert verdict.action == "allow"
    assert verdict.actions == (Action(Target("user", "r1", "u1"), "care"),)
    assert not verdict.restricts


def test_a_penalty_becomes_an_action_a_command_and_a_label() -> None:
    verdict = decide(
        message(), SPAM, NO_STATE, policy(rule("r", BLOCK, Effect("user", "mute", 600.0)))
    )
    target = Target("user", "r1", "u1")
    assert verdict.actions == (Action(target, "mute", 600.0),)
    assert verdict.commands == verdict.actions
    (change,) = verdict.changes
    assert (change.label, change.until, change.because) == ("mute", 1600.0, "r")


def test_a_room_action_falls_on_the_room() -> None:
    shield = Effect("room", "shield", 60.0)
    verdict = decide(message(), SPAM, NO_STATE, policy(rule("r", HOLD, shield)))
    assert verdict.actions == (Action(Target("room", "r1"), "shield", 60.0),)
    assert (verdict.changes[0].kind, verdict.changes[0].id) == ("room", "r1")


def test_a_split_match_removes_its_earlier_parts() -> None:
    parted = Signals([Signal("lexicon.spam", 1.0, "lexicon", span=(0, 3), parts=("m0", "m00"))])
    blocked = decide(message(), parted, NO_STATE, policy(rule("r", BLOCK)))
    assert [(a.target.id, a.kind) for a in blocked.commands] == [
        ("m0", "remove"),
        ("m00", "remove"),
    ]
    held = decide(message(), parted, NO_STATE, policy(rule("r", HOLD)))
    assert {a.kind for a in held.commands} == {"self_only"}
    flagged = decide(message(), parted, NO_STATE, policy(rule("r", ALLOW)))
    assert not flagged.commands


def test_over_a_window_blocks_with_the_windows_name() -> None:
    slow = window(then=(Effect("user", "slow", 30.0),))
    found = policy(windows=(slow,))
    wanted = ask(message(), policy=found)
    assert [each.name for each in wanted.windows] == ["pace"]
    over = decide(message(), NO_SIGNALS, State(wanted, [-3]), found)
    assert over.action == "block"
    assert (over.reasons[0].rule, over.reasons[0].detector) == ("pace", "window")
    assert over.actions[0].kind == "slow"
    within = decide(message(), NO_SIGNALS, State(wanted, [2]), found)
    assert within.action == "allow"


def test_exempt_roles_are_not_counted() -> None:
    found = policy(windows=(window(exempt=frozenset({"mod"})),))
    assert ask(message(roles=["mod"]), policy=found) is NO_NEEDS
    assert ask(message(roles=["vip"]), policy=found).checks


def test_degraded_counts_never_strike() -> None:
    found = policy(rule("r", BLOCK, strikes=3))
    assert decide(message(), SPAM, State(degraded=True), found).strikes == 0


@pytest.mark.parametrize("fallback", ["allow", "hold", "block"])
def test_what_nobody_examined_gets_policys_word_and_is_late(fallback: Any) -> None:
    found = policy(budgets={"chat": Budget(50.0, fallback)})
    verdict = decide(message(), NO_SIGNALS, State(unchecked="detect"), found)
    assert (verdict.action, verdict.late) == (fallback, True)
    assert verdict.reasons[0].rule == "unchecked.detect"


def test_a_muted_user_is_blocked_without_asking_windows() -> None:
    facts = Facts(user={"mute": label("mute")})
    found = policy(windows=(window(),))
    assert ask(message(), facts=facts, policy=found) is NO_NEEDS
    verdict = decide(message(), NO_SIGNALS, State(facts=facts), found)
    assert verdict.action == "block"
    assert verdict.reasons[0].rule == "restriction.mute"
    assert verdict.until == 2000.0


@pytest.mark.parametrize(
    ("name", "signals", "who", "action"),
    [
        ("locked", NO_SIGNALS, {}, "block"),
        ("locked", NO_SIGNALS, {"roles": ["host"]}, "allow"),
        ("links_off", NO_SIGNALS, {}, "allow"),
        ("links_off", Signals([Signal("link.any", 1.0, "links")]), {}, "block"),
        ("verified_only", NO_SIGNALS, {}, "block"),
        ("verified_only", NO_SIGNALS, {"roles": ["vip"]}, "allow"),
        ("shield", NO_SIGNALS, {}, "hold"),
        ("shield", NO_SIGNALS, {"first_seen": 0.0}, "allow"),
        ("shield", Signals([Signal("link.any", 1.0, "links")]), {"first_seen": 0.0}, "block"),
        ("shield", NO_SIGNALS, {"roles": ["mod"]}, "allow"),
    ],
)
def test_a_rooms_restrictions(
    name: str, signals: Signals, who: dict[str, Any], action: str
) -> None:
    facts = Facts(room={name: label(name)})
    verdict = decide(message(at=1000.0, **who), signals, State(facts=facts), policy())
    assert verdict.action == action
    if action != "allow":
        assert verdict.reasons[0].rule == f"restriction.{name}"


def test_slow_asks_one_more_window() -> None:
    facts = Facts(user={"slow": label("slow")}, room={"slow_all": label("slow_all")})
    wanted = ask(message(), facts=facts, policy=policy())
    assert [each.name for each in wanted.windows] == ["restriction.slow", "restriction.slow_all"]
    over = decide(message(), NO_SIGNALS, State(wanted, [1, -2], facts), policy())
    assert over.action == "block"
    assert over.reasons[0].rule == "restriction.slow_all"
    assert over.reasons[0].detector == "restriction"


def test_a_join_wave_restricts_the_room() -> None:
    wave = window("joins", then=(Effect("room", "slow_all", 60.0),))
    found = policy(joins=(wave,))
    event = Joined("t", "r1", User("u9"), 1000.0)
    wanted = ask(event, policy=found)
    assert wanted.checks
    assert decide(event, NO_SIGNALS, State(wanted, [-3]), found).actions[0].kind == "slow_all"
    assert not decide(event, NO_SIGNALS, State(wanted, [1]), found).restricts


def test_holds_end_as_decided_or_as_policy_says() -> None:
    asked = Decided("t", "m1", 0, "approved", "mod", 1.0)
    assert decide(asked, NO_SIGNALS, NO_STATE, policy()).outcome == "approved"
    late = TimedOut("t", "m1", 0, 1.0)
    assert decide(late, NO_SIGNALS, NO_STATE, policy()).outcome == "expired"
    kind = policy(hold_expiry="approved")
    assert decide(late, NO_SIGNALS, NO_STATE, kind).outcome == "approved"
    gone = Deleted("t", "m1", "r1", "mod", 1.0)
    assert decide(gone, NO_SIGNALS, NO_STATE, policy()) == Verdict("f" * 64)


def test_a_canary_takes_the_same_share_of_users_every_day() -> None:
    found = policy(rule("r", BLOCK, percent=10.0))
    hit = [
        decide(message(user=f"u{n}"), SPAM, NO_STATE, found).action == "block" for n in range(2000)
    ]
    again = [
        decide(message(user=f"u{n}"), SPAM, NO_STATE, found).action == "block" for n in range(2000)
    ]
    assert hit == again
    assert 120 < sum(hit) < 280


def test_the_notice_is_in_the_users_language() -> None:
    notices = {"spam": {"en": "No spam.", "es": "Sin spam."}}
    found = policy(rule("r", BLOCK), notices=notices)
    assert decide(message(lang="es-MX"), SPAM, NO_STATE, found).notice == "Sin spam."
    assert decide(message(lang="xx"), SPAM, NO_STATE, found).notice == "No spam."


def test_the_most_urgent_case_is_asked_for() -> None:
    found = policy(
        rule("a", BLOCK, case=CaseSpec("general", "p3")),
        rule("b", HOLD, case=CaseSpec("fraud", "p1")),
    )
    assert decide(message(), SPAM, NO_STATE, found).case == CaseSpec("fraud", "p1")


def test_ids_with_separators_do_not_share_a_window() -> None:
    found = policy(windows=(window(),))
    first = ask(message(user="b:c"), policy=found).checks[0].key
    pairs = {
        ask(message(user=user), policy=found).checks[0].key
        for user in ("a", "a1", "1.a", "}{", "b:c", "b", "c")
    }
    assert len(pairs) == 7
    assert first in pairs


def test_an_edit_is_a_new_member_and_a_repeat_is_not() -> None:
    found = policy(windows=(window(limit=1),))
    local = LocalWindows()

    def count(rev: int) -> int:
        return local.check(ask(message(rev=rev), policy=found).checks, 1000)[0]

    assert count(0) == 1
    assert count(0) == 1
    assert count(1) < 0


effects = st.sampled_from(
    [Effect(track, kind, seconds) for track, kinds in ACTIONS.items() for kind in kinds
     for seconds in (None, 10.0, 60.0)]
)  # fmt: skip
rules = st.lists(
    st.builds(
        lambda number, found, severity, category, stage, strikes: rule(
            f"r{number}", *found, severity=severity, category=category, stage=stage,
            strikes=strikes,
        ),
        st.integers(0, 9),
        st.lists(effects, min_size=1, max_size=3),
        st.sampled_from(Severity),
        st.sampled_from(sorted(CATEGORY_NAMES)),
        st.sampled_from(["shadow", "hold", "act"]),
        st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda found: found.name,
)  # fmt: skip


def strictest_of(found: Sequence[Finding], track: str) -> int:
    best = -1
    for finding in found:
        for effect in finding.effects:
            if effect.track == track and effect.kind != "care":
                rank = strictness(effect.track, effect.kind)
                if finding.stage == "hold":
                    rank = min(rank, strictness("message", "hold")) if track == "message" else -1
                if finding.category != "self_harm":
                    best = max(best, rank)
    return best


@settings(max_examples=300)
@given(found=rules, seed=st.integers(0, 2**16))
def test_the_strictest_per_track_wins_whatever_the_order(found: list[object], seed: int) -> None:
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    first = decide(message(), SPAM, NO_STATE, policy(*found))  # type: ignore[arg-type]
    second = decide(message(), SPAM, NO_STATE, policy(*shuffled))  # type: ignore[arg-type]
    assert first == second
    wanted = strictest_of(first.reasons, "message")
    assert strictness("message", first.action) == max(wanted, 0)
    for track in ("user", "room"):
        ranks = [
            strictness(track, action.kind)
            for action in first.actions
            if action.target.kind == track and action.kind != "care"
        ]
        assert (ranks or [-1]) == [strictest_of(first.reasons, track)]


@settings(max_examples=200)
@given(
    found=rules,
    text=st.text(max_size=40),
    span=st.tuples(st.integers(0, 50), st.integers(0, 50)),
    counts=st.lists(st.integers(-5, 5), min_size=1, max_size=1),
)
def test_same_inputs_same_verdict_and_never_an_error(
    found: list[object], text: str, span: tuple[int, int], counts: list[int]
) -> None:
    signals = Signals([Signal("lexicon.spam", 0.5, "lexicon", span=span)])
    house = policy(*found, windows=(window(),))  # type: ignore[arg-type]
    event = message(text)
    state = State(ask(event, policy=house), counts)
    verdict = decide(event, signals, state, house)
    assert verdict == decide(event, signals, state, house)
    if verdict.text is not None:
        assert len(verdict.text) == len(text)
