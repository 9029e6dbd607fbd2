"""A room inherits the policy, differs where it says so, and keeps the same laws."""

from __future__ import annotations

import pytest

from seawall.policy.model import Budget, Effect
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, policy_of, problems_of

RULES = RULE + WINDOW + "- {rule: caps, category: spam, when: shape.caps, then: allow}\n"


def rooms(*lines: str) -> str:
    return MANIFEST + "rooms:\n" + "".join(f"  {line}\n" for line in lines)


def test_a_room_is_a_whole_policy() -> None:
    policy = policy_of(
        RULES,
        manifest=rooms(
            "lobby:",
            "  rules: {listed-link: {stage: shadow, when: link.any}, caps: {percent: 5}}",
            "  windows: {too-fast: {limit: 3, over: {for: 10s}}}",
            "  budgets: {chat: {ms: 30, on_timeout: hold}}",
        ),
    )
    lobby = policy.rooms["lobby"]
    assert lobby.version == policy.version
    assert lobby.rooms == {}
    assert [rule.name for rule in lobby.rules] == [rule.name for rule in policy.rules]
    assert (lobby.rules[0].stage, lobby.rules[0].when) == ("shadow", "link.any")
    assert lobby.rules[1].percent == 5.0
    assert set(lobby.by_signal) == {"link.any", "shape.caps"}
    [window] = lobby.windows["chat"]
    assert window.spec.limit == 3
    assert window.then == (Effect("user", "slow", 10.0),)
    assert lobby.budgets["chat"] == Budget(30.0, "hold")
    assert lobby.tables is policy.tables
    assert policy.rules[0].stage == "act"
    assert policy.budgets["chat"].ms == 50.0


def test_a_room_shares_what_it_does_not_change() -> None:
    policy = policy_of(RULES, manifest=rooms("lobby: {rules: {caps: {stage: shadow}}}"))
    lobby = policy.rooms["lobby"]
    assert lobby.rules[0] is policy.rules[0]
    assert lobby.rules[1] is not policy.rules[1]
    assert lobby.windows["chat"][0] is policy.windows["chat"][0]


def test_the_tenants_overrides_lie_over_the_manifests() -> None:
    policy = policy_of(
        RULES,
        manifest=rooms("lobby: {windows: {too-fast: {limit: 3, per: 20s}}}"),
        tenant="rooms:\n  lobby: {windows: {too-fast: {limit: 2}}}\n"
        "  hall: {budgets: {chat: {ms: 9}}}\n",
    )
    [window] = policy.rooms["lobby"].windows["chat"]
    assert (window.spec.limit, window.spec.per_ms) == (2, 20_000)
    assert policy.rooms["hall"].budgets["chat"].ms == 9.0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("rules: {listed-lnk: {}}", "unknown rule 'listed-lnk'; did you mean 'listed-link'?"),
        ("windows: {listed-link: {}}", "unknown window 'listed-link'; known are too-fast"),
        ("rules: {caps: {stage: off}}", "unknown stage 'off'; known are shadow, hold, act"),
        (
            "rules: {caps: {when: shape.cpas}}",
            "unknown name `shape.cpas`; did you mean 'shape.caps'?",
        ),
        (
            "rules: {caps: {category: self_harm, then: block}}",
            "self_harm is never penal: 'caps' may give care, not block",
        ),
        (
            "rules: {caps: {notice: nope}}",
            "unknown notice 'nope'; known are scam.phishing, flood, hate",
        ),
    ],
)
def test_a_room_keeps_the_laws(line: str, told: str) -> None:
    problems = problems_of(RULES, manifest=rooms("lobby:", f"  {line}"))
    assert problems == (f"policy.yaml:8: {told}",)


def test_a_count_over_all_rooms_is_the_same_in_all() -> None:
    shared = WINDOW.replace("[room, user]", "[user]")
    assert problems_of(shared, manifest=rooms("lobby: {windows: {too-fast: {limit: 3}}}")) == (
        "policy.yaml:7: 'too-fast' counts over all rooms, so one room cannot count it otherwise; "
        "add `room` to its key",
    )
    assert (
        problems_of(shared, manifest=rooms("lobby: {windows: {too-fast: {stage: shadow}}}")) == ()
    )
