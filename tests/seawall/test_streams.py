"""A rule over time never acts too early, too often, or out of its turn; the rest is `decide`."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall.actions import NEXT, Action, Target
from seawall.decide import decide
from seawall.events import Message, Surface, User
from seawall.fold import fold
from seawall.overtime import ACTED, REMEMBERED, RULES
from seawall.policy.model import Budget, Effect, Facts, Label, Policy, Rule, StreamLadder
from seawall.policy.streams import MediaPolicy, Over, StreamStep, Veto
from seawall.signals import NO_SIGNALS, Signal, Signals
from seawall.state import NO_NEEDS, NO_STATE, State
from seawall.streams import NO_PAST, RESTS_S, StreamState, judge, needs, stepped_back
from seawall.taxonomy import Severity
from seawall.verdicts import Verdict, Vetoable
from tests.seawall.policies import HOLD, policy, rule

WARN, BLUR, CUT = Effect("stream", "warn"), Effect("stream", "blur", 60.0), Effect("stream", "cut")
STEP = Effect("stream", NEXT)
BAD = Signals([Signal("image.sexual", 0.9, "x", severity=Severity.HIGH)])
LADDER = StreamLadder(
    (StreamStep("warn"), StreamStep("blur", 60.0), StreamStep("cut")), memory_s=100.0, pause_s=5.0
)
LIVE = Target("stream", "r1", "live")


def timed(name: str = "bad", *effects: Effect, **more: Any) -> Rule:
    signal = more.pop("signal", "image.sexual")
    more.setdefault("on", frozenset({"frame", "speech"}))
    return rule(name, *(effects or (WARN,)), signal=signal, timed=True, **more)


def house(*rules: Rule, **more: Any) -> Policy:
    plain = tuple(each for each in rules if not each.timed)
    made = policy(*plain, stream_ladder=more.pop("ladder", LADDER), **more)
    each = tuple(rule for rule in rules if rule.timed)
    return msgspec.structs.replace(made, timed={"frame": each, "speech": each})


def frame(
    at: float, text: str = "", surface: Surface = "frame", provisional: bool = False
) -> Message:
    event = Message("t", f"f{at}", "r1", User("u1"), text, at, at, surface, stream="live")
    return msgspec.structs.replace(event, provisional=provisional)


def run(
    made: Policy, units: list[tuple[float, bool]], past: StreamState = NO_PAST
) -> tuple[list[tuple[float, Verdict]], StreamState]:
    """Judge frames: when each was captured, and whether it is bad."""
    found = []
    for at, bad in units:
        verdict, past = judge(frame(at), BAD if bad else NO_SIGNALS, NO_STATE, made, past)
        found.append((at, verdict))
    return found, past


def kinds(verdict: Verdict) -> list[str]:
    return [action.kind for action in verdict.actions]


units = st.lists(st.tuples(st.integers(0, 60).map(float), st.booleans()), max_size=60)
overs = st.builds(
    lambda hits, more, within: Over(hits, hits + more, within),
    st.integers(1, 5),
    st.integers(0, 4),
    st.integers(1, 30).map(float),
)


@given(units, overs)
def test_a_rule_never_acts_below_its_hits_nor_with_hits_outside_its_time(
    shown: list[tuple[float, bool]], over: Over
) -> None:
    found, _ = run(house(timed(over=over)), shown)
    acted = 0
    for index, (_, verdict) in enumerate(found):
        if not verdict.actions:
            continue
        acted += 1
        arrived = shown[: index + 1]
        bad = sorted({at for at, is_bad in arrived if is_bad})
        spans = [bad[n + over.hits - 1] - bad[n] for n in range(len(bad) - over.hits + 1)]
        assert spans
        assert min(spans) <= over.within_s
        assert len(bad) >= acted * over.hits  # what led to one action leads to no other


@given(units, overs)
def test_frames_in_order_act_exactly_when_n_of_m_are_bad(
    shown: list[tuple[float, bool]], over: Over
) -> None:
    times: dict[float, bool] = {}
    for at, bad in shown:
        times.setdefault(at, bad)
    ordered = sorted(times.items())
    found, _ = run(house(timed(over=over)), ordered)
    spent: set[float] = set()
    for index, (at, verdict) in enumerate(found):
        window = ordered[max(0, index + 1 - over.of) : index + 1]
        hits = [t for t, bad in window if bad and t not in spent and at - t <= over.within_s]
        acts = ordered[index][1] and len(hits) >= over.hits
        assert bool(verdict.actions) == acts
        if acts:
            spent.update(t for t, bad in ordered[: index + 1] if bad)


@given(st.permutations([(float(at), True) for at in range(5)]))
def test_what_arrives_out_of_order_is_counted_by_its_time(
    shown: list[tuple[float, bool]],
) -> None:
    found, _ = run(house(timed(over=Over(5, 5, 10.0))), shown)
    assert [bool(verdict.actions) for _, verdict in found] == [False] * 4 + [True]


def test_a_time_far_in_the_future_silences_no_rule() -> None:
    shown = [(1e12, True), *((float(at), True) for at in range(3))]
    found, _ = run(house(timed(over=Over(3, 5, 10.0))), shown)
    assert kinds(found[-1][1]) == ["warn"]


@given(units, st.integers(1, 20).map(float))
def test_a_cooldown_holds(shown: list[tuple[float, bool]], cooldown_s: float) -> None:
    made = house(timed(cooldown_s=max(cooldown_s, 61 / ACTED)))
    found, _ = run(made, shown)
    acted = sorted(at for at, verdict in found if verdict.actions)
    assert all(two - one >= cooldown_s for one, two in pairwise(acted))


@given(units)
def test_nothing_acts_twice_in_one_frame(shown: list[tuple[float, bool]]) -> None:
    found, _ = run(house(timed()), shown[:ACTED])
    acted = [at for at, verdict in found if verdict.actions]
    assert len(acted) == len(set(acted))


@given(st.lists(st.tuples(st.integers(0, 400).map(float), st.booleans()), max_size=80))
def test_the_ladder_never_skips_and_never_exceeds(shown: list[tuple[float, bool]]) -> None:
    past, level = NO_PAST, 0
    made = house(timed("one", STEP), timed("two", STEP, WARN))
    last: float | None = None
    for at, bad in shown:
        _, past = judge(frame(at), BAD if bad else NO_SIGNALS, NO_STATE, made, past)
        assert past.level <= min(level + 1, 3)
        if past.stepped_at == at and past.stepped_at != last:
            assert last is None or abs(at - last) >= LADDER.pause_s
            last = at
        level = past.level


def test_the_ladder_is_climbed_step_by_step_and_forgets() -> None:
    shown = [(0.0, True), (4.0, True), (5.0, True), (10.0, True), (20.0, True), (125.0, True)]
    found, past = run(house(timed("bad", STEP)), shown)
    told = [
        (kinds(verdict), [each.action.kind for each in verdict.vetoable]) for _, verdict in found
    ]
    assert told == [
        (["warn"], []),
        ([], []),
        (["blur"], []),
        ([], ["cut"]),
        ([], ["cut"]),
        ([], ["cut"]),
    ]
    assert past.level == 3
    assert stepped_back(past).level == 2
    assert stepped_back(NO_PAST).level == 0


def test_a_shadow_rule_climbs_nothing() -> None:
    found, past = run(house(timed("bad", STEP, stage="shadow")), [(0.0, True)])
    assert past.level == 0
    assert [each.effects for each in found[0][1].shadow] == [(WARN,)]


def test_state_is_bounded_whatever_arrives() -> None:
    past = NO_PAST
    rules = tuple(timed(f"r{n}", over=Over(60, 60, 3600.0)) for n in range(3))
    other = house(*rules)
    names = [f"x{n}" for n in range(2 * RULES)]
    for at in range(3 * REMEMBERED):
        _, past = judge(frame(float(at), "text" * (at % 2)), BAD, NO_STATE, other, past)
    for at, name in enumerate(names):
        made = house(timed(name))
        _, past = judge(frame(float(at)), BAD, NO_STATE, made, past)
    assert len(past.rules) <= RULES
    assert all(len(times) <= REMEMBERED for times in past.units.values())
    assert set(past.units) == {"frame", "frame.text"}
    for ran in past.rules.values():
        assert max(len(ran.hits), len(ran.spent)) <= REMEMBERED
        assert max(len(ran.acted), len(ran.owed)) <= ACTED


def test_the_order_of_rules_does_not_matter() -> None:
    rules = (
        timed("a", STEP, over=Over(2, 3, 10.0)),
        timed("b", BLUR, cooldown_s=3.0),
        timed("c", STEP, category="graphic"),
        rule("d", HOLD, signal="image.sexual", on=frozenset({"frame"}), strikes=1),
    )
    shown = [(float(at), at % 3 > 0) for at in range(12)]
    verdicts = []
    pasts = []
    for order in permutations(rules):
        found, past = run(house(*order), shown)
        verdicts.append([msgspec.structs.replace(verdict) for _, verdict in found])
        pasts.append(past)
    assert all(each == verdicts[0] for each in verdicts)
    assert all(each == pasts[0] for each in pasts)


def test_what_is_weaker_or_too_seldom_is_told_and_does_nothing() -> None:
    weak = timed(
        "bad",
        WARN,
        over=Over(2, 3, 10.0),
        strikes=2,
        flag="image.sexual >= 0.6",
        flagged=lambda env: env.scores.get("image.sexual", 0.0) >= 0.6,
    )
    strict = msgspec.structs.replace(weak, test=lambda env: env.scores["image.sexual"] >= 0.8)
    made = house(strict)
    mild = Signals([Signal("image.sexual", 0.7, "x")])
    past = NO_PAST
    told = []
    for at, signals in enumerate((mild, BAD, mild, BAD)):
        verdict, past = judge(frame(float(at)), signals, NO_STATE, made, past)
        told.append((verdict.reasons[0].eased, kinds(verdict), verdict.strikes))
    assert told == [("weak", [], 0), ("over", [], 0), ("weak", [], 0), ("", ["warn"], 2)]


def test_frames_without_text_do_not_thin_out_what_is_read() -> None:
    spam = Signals([Signal("lexicon.spam", 0.9, "x")])
    made = house(timed("read", WARN, signal="lexicon.spam", over=Over(2, 2, 60.0)))
    past = NO_PAST
    for at in range(5):
        _, past = judge(frame(float(at)), NO_SIGNALS, NO_STATE, made, past)
        text = frame(float(at), "buy now")
        verdict, past = judge(text, spam if at in (0, 4) else NO_SIGNALS, NO_STATE, made, past)
        assert verdict.actions == ()
    _, past = judge(frame(5.0), NO_SIGNALS, NO_STATE, made, past)
    verdict, _ = judge(frame(5.0, "buy now"), spam, NO_STATE, made, past)
    assert kinds(verdict) == ["warn"]


def test_a_cut_waits_for_a_veto_and_everything_else_happens() -> None:
    made = house(timed("bad", CUT, BLUR, veto=Veto(10.0, "cut")), timed("other", CUT))
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, made, NO_PAST)
    assert verdict.commands == (Action(LIVE, "blur", 60.0),)
    assert verdict.vetoable == (Vetoable(Action(LIVE, "cut"), 10.0, "cut", "bad", "spam"),)
    usual = MediaPolicy(veto=Veto(5.0, "keep"))
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, house(timed("bad", CUT), media=usual), NO_PAST)
    assert [(each.wait_s, each.nobody) for each in verdict.vetoable] == [(5.0, "keep")]
    assert not verdict.restricts


def test_a_cut_at_once_leaves_nothing_else() -> None:
    made = house(timed("bad", CUT, at_once=True), timed("other", BLUR, CUT))
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, made, NO_PAST)
    assert verdict.commands == (Action(LIVE, "cut"),)
    assert verdict.vetoable == ()
    assert verdict.restricts


def test_picture_and_sound_are_restricted_side_by_side() -> None:
    made = house(
        timed("a", BLUR, Effect("stream", "mute_audio", 30.0), WARN),
        timed("b", Effect("stream", "blur", 5.0)),
    )
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, made, NO_PAST)
    assert [(each.kind, each.for_s) for each in verdict.actions] == [
        ("mute_audio", 30.0),
        ("blur", 60.0),
        ("warn", None),
    ]
    dark = house(timed("a", BLUR), timed("b", Effect("stream", "mute_video", 60.0)))
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, dark, NO_PAST)
    assert kinds(verdict) == ["mute_video"]
    short = house(timed("a", BLUR), timed("b", Effect("stream", "mute_video", 10.0)))
    verdict, _ = judge(frame(0.0), BAD, NO_STATE, short, NO_PAST)
    assert kinds(verdict) == ["mute_video", "blur"]


def test_a_rule_of_messages_rests_on_a_stream_too() -> None:
    plain = rule("d", HOLD, signal="image.sexual", on=frozenset({"frame"}), strikes=1)
    found, _ = run(house(plain), [(0.0, True), (2.0, True), (RESTS_S, True)])
    assert [verdict.action for _, verdict in found] == ["hold", "allow", "hold"]
    assert [verdict.strikes for _, verdict in found] == [1, 0, 1]
    assert [verdict.reasons[0].eased for _, verdict in found] == ["", "cooldown", ""]


@pytest.mark.parametrize("over_time", [True, False])
def test_provisional_text_that_is_severe_acts_and_strikes_at_the_end(over_time: bool) -> None:
    severe = rule(
        "bad",
        HOLD,
        *((WARN,) if over_time else ()),
        signal="lexicon.spam",
        severity=Severity.HIGH,
        strikes=3,
        timed=over_time,
        on=frozenset({"speech"}),
    )
    spam, made, past = Signals([Signal("lexicon.spam", 0.9, "x")]), house(severe), NO_PAST
    told = []
    for provisional in (True, True, False, False):
        event = frame(1.0, "buy now", "speech", provisional)
        verdict, past = judge(event, spam, NO_STATE, made, past)
        told.append((verdict.action, verdict.strikes))
    assert told == [("hold", 0), ("allow", 0), ("allow", 3), ("allow", 0)]


def test_provisional_text_that_is_mild_holds_at_most() -> None:
    mild = rule(
        "bad",
        Effect("message", "block"),
        Effect("user", "mute", 60.0),
        signal="lexicon.spam",
        strikes=3,
        on=frozenset({"speech", "chat"}),
    )
    climbing = timed("next", STEP, signal="lexicon.spam")
    spam, made = Signals([Signal("lexicon.spam", 0.9, "x")]), house(mild, climbing)
    event = frame(1.0, "buy now", "speech", provisional=True)
    verdict, past = judge(event, spam, NO_STATE, made, NO_PAST)
    assert (verdict.action, verdict.actions, verdict.strikes) == ("hold", (), 0)
    assert {each.eased for each in verdict.reasons} == {"provisional"}
    assert past.level == 0
    verdict, past = judge(
        msgspec.structs.replace(event, provisional=False), spam, NO_STATE, made, past
    )
    assert (verdict.action, verdict.strikes, past.level) == ("block", 3, 1)
    severe = Signals([Signal("lexicon.spam", 0.9, "x", severity=Severity.CRITICAL)])
    verdict, _ = judge(event, severe, NO_STATE, made, NO_PAST)
    assert verdict.action == "block"
    chat = msgspec.structs.replace(event, surface="chat", stream="")
    assert decide(chat, spam, NO_STATE, made).action == "hold"


def test_labels_of_chat_restrict_no_stream_and_count_nothing() -> None:
    facts = Facts(user={"mute": Label("mute"), "slow": Label("slow")}, room={"locked": Label("l")})
    made = house(timed())
    assert needs(frame(0.0, "hi"), NO_SIGNALS, facts, made, fold("hi")) is NO_NEEDS
    assert needs(frame(0.0, "hi"), NO_SIGNALS, Facts(), made, fold("hi")) is NO_NEEDS
    verdict, _ = judge(frame(0.0, "hi"), NO_SIGNALS, State(facts=facts), made, NO_PAST)
    assert verdict.action == "allow"


def test_what_was_not_examined_is_told_late() -> None:
    made = house(timed(), budgets={"frame": Budget(500.0, "allow")})
    verdict, _ = judge(frame(0.0), NO_SIGNALS, State(unchecked="detect"), made, NO_PAST)
    assert verdict.late
    assert verdict.reasons[0].rule.startswith("unchecked.")


def test_without_a_stream_a_rule_over_time_only_flags() -> None:
    made = house(timed("bad", CUT, at_once=True))
    event = msgspec.structs.replace(frame(0.0, "x"), stream="")
    verdict = decide(event, BAD, NO_STATE, made)
    assert (verdict.actions, verdict.reasons[0].eased) == ((), "over")
    assert decide(event, NO_SIGNALS, NO_STATE, made).reasons == ()
    other = Signals([Signal("lexicon.spam", 0.9, "x")])
    assert decide(event, other, NO_STATE, made).reasons == ()


def test_exempt_roles_and_canaries_hold_on_streams() -> None:
    made = house(timed("a", WARN, exempt=frozenset({"mod"})), timed("b", BLUR, percent=0.0001))
    mod = msgspec.structs.replace(frame(0.0), user=User("u1", roles=frozenset({"mod"})))
    verdict, _ = judge(mod, BAD, NO_STATE, made, NO_PAST)
    assert verdict.actions == ()
    assert [each.rule for each in verdict.shadow] == ["b"]
    tripped, _ = judge(frame(0.0), BAD, State(tripped={"a": "hold"}), made, NO_PAST)
    assert tripped.actions == ()
    assert tripped.reasons[0].eased == "hold"


@given(units, st.randoms(use_true_random=False))
def test_the_same_inputs_give_the_same_verdicts(
    shown: list[tuple[float, bool]], chance: Any
) -> None:
    chance.shuffle(shown)
    made = house(timed("a", STEP, over=Over(2, 4, 20.0)), timed("b", BLUR, cooldown_s=7.0))
    assert run(made, shown) == run(made, shown)
