"""The shipped policy: what it catches, what it lets through, and what it never does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detectors.inline import InlineDetectors
from gateway.judge.rows import Row
from gateway.judge.run import Judge
from gateway.policy.load import load_policy, policy_check
from seawall.decide import NO_STATE, State, decide, needs
from seawall.events import Joined, Message, Surface, User
from seawall.fold import fold
from seawall.policy.model import Facts, Policy
from seawall.shedding import MODEL_SIGNALS
from seawall.signals import NO_SIGNALS
from seawall.taxonomy import CATEGORY_NAMES
from seawall.verdicts import Verdict
from seawall.windows import LocalWindows

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "policies" / "default"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (HERE / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
LANGUAGES = {"en", "zh", "ru", "es"}
DAY = 86400.0
NOW = 1_700_000_000.0
BLOCKING = {"listed-link", "lookalike-link-young", "seed-phrase-request", "test-string"}


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    tenant = tmp_path_factory.mktemp("tenant") / "tenant.yaml"
    tenant.write_text("hosts: [ExampleHost]\n", encoding="utf-8")
    return load_policy(FOLDER, tenant)


@pytest.fixture(scope="module")
def detectors(policy: Policy) -> InlineDetectors:
    return InlineDetectors(policy)


@pytest.fixture
def judge(policy: Policy, detectors: InlineDetectors) -> Judge:
    return Judge(policy, None, detectors)


def message(text: str, user: User, at: float = NOW, surface: Surface = "chat") -> Message:
    return Message("t", f"{user.id} {at}", "room", user, text, at, at, surface)


def say(judge: Judge, text: str, user: User | str, at: float) -> Verdict:
    user = User(user, user) if isinstance(user, str) else user
    return judge.judge(Row(message(text, user, at), timed=True))


def case_user(case: dict[str, Any]) -> User:
    name = case.get("name", case["text"] if case.get("surface") == "profile" else "viewer")
    made = NOW - case["age_days"] * DAY if "age_days" in case else None
    return User("u", name, frozenset(case.get("roles", ())), created_at=made)


def case_verdict(case: dict[str, Any], policy: Policy, detectors: InlineDetectors) -> Verdict:
    event = message(case["text"], case_user(case), surface=case.get("surface", "chat"))
    signals = detectors.detect(fold(event.text), event.user)
    return decide(event, signals, NO_STATE, policy)


def test_it_loads_without_a_problem_or_a_warning() -> None:
    outcome = policy_check(FOLDER)
    assert outcome.problems == ()
    assert outcome.warnings == ()


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["label"] == "violating"], ids=lambda case: case["text"]
)
def test_violating(case: dict[str, Any], policy: Policy, detectors: InlineDetectors) -> None:
    verdict = case_verdict(case, policy, detectors)
    assert case["rule"] in {finding.rule for finding in verdict.reasons}
    if case.get("action") == "care":
        assert [action.kind for action in verdict.actions] == ["care"]
        assert not verdict.restricts
    else:
        assert verdict.action == case.get("action", "hold")
    assert verdict.notice


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["label"] == "benign"], ids=lambda case: case["text"]
)
def test_benign(case: dict[str, Any], policy: Policy, detectors: InlineDetectors) -> None:
    verdict = case_verdict(case, policy, detectors)
    assert (verdict.action, verdict.actions) == ("allow", ())


def test_every_rule_that_acts_has_a_case_and_most_have_a_twin(policy: Policy) -> None:
    acting = {
        rule.name
        for rule in policy.rules
        if any(e.kind != "allow" for e in rule.then)
        and not any(name.startswith(MODEL_SIGNALS) for name in rule.signals)  # they have a model
        and not rule.timed  # they have replays
    }
    violating = {case["rule"] for case in CASES if case["label"] == "violating"}
    benign = {case["rule"] for case in CASES if case["label"] == "benign"}
    assert acting - violating == {"ticker-burst"}  # needs several accounts; below
    assert len(acting & benign) >= 0.8 * len(acting)
    assert {case["lang"] for case in CASES} >= LANGUAGES


def test_shipped_defaults_restrict_messages_and_at_most_blur_streams(policy: Policy) -> None:
    for rule in policy.rules:
        tracks = {effect.track for effect in rule.then}
        assert tracks <= ({"stream"} if rule.timed else {"message", "user"})
        if rule.stage == "act":
            assert {e.kind for e in rule.then if e.track == "stream"} <= {"warn", "next"}
        assert {e.kind for e in rule.then if e.track == "user"} <= {"care"}
    assert {step.kind for step in policy.stream_ladder.steps} == {"warn", "blur"}
    for windows in policy.windows.values():
        for window in windows:
            assert {effect.kind for effect in window.then} <= {"slow", "slow_all"}
            assert all(effect.for_s is not None and effect.for_s <= 60 for effect in window.then)
            assert window.message in ("allow", "hold", "block")


def test_only_lists_and_exact_severe_asks_block(policy: Policy) -> None:
    blocking = {r.name for r in policy.rules if any(e.kind == "block" for e in r.then)}
    assert blocking == BLOCKING


def test_profanity_is_flagged_and_nothing_more(policy: Policy, detectors: InlineDetectors) -> None:
    cases = [case for case in CASES if case["rule"] == "coarse-language"]
    assert {case["lang"] for case in cases} == LANGUAGES
    for case in cases:
        verdict = case_verdict(case, policy, detectors)
        assert verdict.action == "allow"
        assert [finding.rule for finding in verdict.reasons] == ["coarse-language"]


def test_every_category_that_restricts_has_its_notice_in_four_languages(policy: Policy) -> None:
    used = {rule.category for rule in policy.rules} | {"flood"}
    assert used <= CATEGORY_NAMES
    for category in used - {"profanity"}:
        assert set(policy.notices[category]) >= LANGUAGES


def test_the_always_firing_host_is_refused_even_to_moderators(judge: Judge) -> None:
    mod = User("m", "m", frozenset({"mod"}))
    assert say(judge, "https://gtube-scam.test", mod, NOW).action == "block"


def crowd(count: int) -> Iterator[tuple[int, str]]:
    return ((index, f"fan{index}") for index in range(count))


@pytest.mark.parametrize(
    "line",
    [
        "LETS GO",
        "LETS GOOOOOOO",
        "Pog Pog Pog Pog Pog",
        "examplePog examplePog examplePog examplePog",
        "GOOOOOOOOL",
        "🎉🎉🎉🎉",
        "666666",
    ],
)
def test_a_cheering_crowd_is_not_a_flood(judge: Judge, line: str) -> None:
    for index, fan in crowd(400):
        verdict = say(judge, line, fan, NOW + index * 0.025)
        assert verdict.action == "allow"
        assert verdict.actions == ()


def test_copypasta_of_a_crowd_is_at_most_flagged(judge: Judge) -> None:
    line = "this is the moment we will tell our grandchildren about"
    for index, fan in crowd(200):
        assert say(judge, line, fan, NOW + index * 0.1).action == "allow"


def test_an_emote_pyramid_is_allowed(judge: Judge) -> None:
    for step, width in enumerate((1, 2, 3, 4, 3, 2, 1)):
        line = " ".join(["exampleSmile"] * width)
        assert say(judge, line, "builder", NOW + step * 2.0).action == "allow"


def test_one_who_floods_is_stopped_and_slowed(judge: Judge) -> None:
    verdicts = [say(judge, f"line {n}", "flooder", NOW + n * 0.5) for n in range(12)]
    assert [verdict.action for verdict in verdicts[:8]] == ["allow"] * 8
    assert verdicts[8].action == "block"
    assert [(action.kind, action.for_s) for action in verdicts[8].actions] == [("slow", 30.0)]
    assert say(judge, "calmer now", "flooder", NOW + 60).action == "allow"


def test_one_who_repeats_a_long_line_is_stopped(judge: Judge) -> None:
    line = "please notice this very long message of mine"
    actions = [say(judge, line, "parrot", NOW + n * 4.0).action for n in range(5)]
    assert actions == ["allow", "allow", "allow", "block", "block"]


def test_the_same_invitation_from_many_is_held(judge: Judge) -> None:
    line = "new clips of the show every day on https://show-clips.example.org/new"
    actions = [say(judge, line, user, NOW + n * 5.0).action for n, user in crowd(4)]
    assert actions == ["allow", "allow", "hold", "hold"]


def test_the_same_line_from_new_accounts_is_held(judge: Judge) -> None:
    line = "the other channel has much nicer music tonight friends"
    verdicts = [
        say(judge, line, User(user, user, created_at=NOW - DAY), NOW + n * 2.0)
        for n, user in crowd(8)
    ]
    assert Counter(verdict.action for verdict in verdicts) == {"allow": 5, "hold": 3}


def test_a_ticker_from_several_accounts_is_held(judge: Judge) -> None:
    line = "$ZZZZ is going up and up, get in while it is early"
    actions = [say(judge, line, user, NOW + n * 3.0).action for n, user in crowd(4)]
    assert actions[0] == "allow"
    assert actions[2:] == ["hold", "hold"]


def test_moderators_and_bots_are_exempt_from_windows(judge: Judge) -> None:
    for role in ("mod", "bot", "host", "staff", "admin"):
        user = User(role, role, frozenset({role}))
        for n in range(20):
            assert say(judge, f"round {n} begins, good luck", user, NOW + n * 0.1).action == "allow"


def joined(policy: Policy, windows: LocalWindows, index: int, age_days: float) -> Verdict:
    event = Joined(
        "t", "room", User(f"j{index}", created_at=NOW - age_days * DAY), NOW + index / 50
    )
    wanted = needs(event, NO_SIGNALS, Facts(), policy, fold(""))
    counts = windows.check(wanted.checks, int(event.at * 1000))
    return decide(event, NO_SIGNALS, State(wanted, counts), policy)


def test_a_wave_of_old_accounts_opens_a_case_and_restricts_nobody(policy: Policy) -> None:
    windows = LocalWindows()
    verdicts = [joined(policy, windows, index, age_days=400) for index in range(320)]
    assert verdicts[299].case is None
    assert verdicts[-1].case is not None
    assert not any(verdict.actions for verdict in verdicts)


def test_a_wave_of_fresh_accounts_slows_the_room_for_a_minute(policy: Policy) -> None:
    windows = LocalWindows()
    verdicts = [joined(policy, windows, index, age_days=0.1) for index in range(60)]
    assert verdicts[39].actions == ()
    [action] = verdicts[-1].actions
    assert (action.kind, action.for_s) == ("slow_all", 60.0)
    assert verdicts[-1].case is not None
