"""What the shipped policy does about streams: recorded signals in, verdicts out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detectors.inline import InlineDetectors
from gateway.policy.load import load_policy
from seawall.events import Message, User
from seawall.fold import fold
from seawall.policy.model import Policy
from seawall.signals import NO_SIGNALS, Signal
from seawall.state import NO_STATE
from seawall.streams import NO_PAST, StreamState, judge
from seawall.verdicts import Verdict

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "policies" / "default"
LINES: list[dict[str, Any]] = [
    json.loads(line) for line in (HERE / "streams.jsonl").read_text(encoding="utf-8").splitlines()
]
NAMES = list(dict.fromkeys(line["replay"] for line in LINES))
STREAMER = User("u", "ExampleHost")
NOW = 1_700_000_000.0
LANGUAGES = {"ar", "de", "en", "es", "fr", "hi", "id", "ja", "ko", "pt", "ru", "tr", "uk", "vi"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(FOLDER, None)


@pytest.fixture(scope="module")
def detectors(policy: Policy) -> InlineDetectors:
    return InlineDetectors(policy)


def step(
    line: dict[str, Any], policy: Policy, detectors: InlineDetectors, past: StreamState
) -> tuple[Verdict, StreamState]:
    text, at = line.get("text", ""), NOW + line["at"]
    event = Message(
        "t",
        f"f{line['at']}",
        "room",
        STREAMER,
        text,
        at,
        at,
        line.get("surface", "frame"),
        stream="live",
        provisional=line.get("provisional", False),
    )
    found = detectors.detect(fold(text), STREAMER) if text else NO_SIGNALS
    signals = [Signal(name, score, "x") for name, score in line.get("signals", {}).items()]
    return judge(event, found.joined(signals), NO_STATE, policy, past)


@pytest.mark.parametrize("name", NAMES)
def test_replay(name: str, policy: Policy, detectors: InlineDetectors) -> None:
    past = NO_PAST
    for line in (line for line in LINES if line["replay"] == name):
        verdict, past = step(line, policy, detectors, past)
        done = [a.kind if a.for_s is None else f"{a.kind} {a.for_s:g}" for a in verdict.actions]
        assert done == line.get("actions", []), line
        assert verdict.commands == verdict.actions
        assert all(each.target.id == "live" for each in verdict.actions)
        told = [each for each in verdict.reasons if not each.rule.endswith("-doubtful")]
        assert [each.rule for each in told] == line.get("reasons", []), line
        eased = [each.eased for each in told if each.eased]
        assert eased == line.get("eased", eased), line
        case = verdict.case
        assert (f"{case.queue} {case.priority}" if case else None) == line.get("case"), line
        if "action" in line:
            assert verdict.action == line["action"]
        if line.get("notice"):
            assert verdict.notice
        assert verdict.vetoable == ()


def test_every_rule_of_streams_has_a_replay(policy: Policy) -> None:
    told = {rule for line in LINES for rule in line.get("reasons", [])}
    assert {rule.name for rule in policy.rules if rule.timed} <= told


def test_streamers_are_told_in_every_language(policy: Policy) -> None:
    for rule in policy.rules:
        if rule.timed:
            assert rule.notice is not None
            assert set(policy.notices[rule.notice]) >= LANGUAGES | {"zh"}


def test_a_listed_picture_cuts_after_a_veto_once_its_rule_may_act(tmp_path: Path) -> None:
    tenant = tmp_path / "tenant.yaml"
    tenant.write_text("rules: {known-bad-picture: {stage: act}}\n", encoding="utf-8")
    policy = load_policy(FOLDER, tenant)
    line = {"at": 0, "signals": {"hash.known_bad": 0.9}}
    verdict, _ = step(line, policy, InlineDetectors(policy), NO_PAST)
    [waiting] = verdict.vetoable
    assert (waiting.action.kind, waiting.wait_s, waiting.nobody) == ("cut", 20.0, "case")
    assert verdict.commands == ()
