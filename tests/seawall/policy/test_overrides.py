"""Default, tenant, room: each inherits from the one before and says only what differs."""

from __future__ import annotations

import pytest

from seawall.policy.explain import explain_rule
from seawall.policy.model import NO_BRAKE, Brake
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, policy_of, problems_of

RULES = RULE + WINDOW + "- {rule: caps, category: spam, when: shape.caps, then: allow}\n"


def test_a_tenants_override_holds_in_all_rooms_and_a_room_lies_over_it() -> None:
    policy = policy_of(
        RULES,
        manifest=MANIFEST + "rooms:\n  lobby: {rules: {caps: {stage: hold}}}\n",
        tenant="rules:\n  caps: {stage: shadow, percent: 20, owner: ana}\n"
        "windows:\n  too-fast: {limit: 3}\n"
        "budgets: {chat: {ms: 30, on_timeout: hold}}\n"
        "rooms:\n  lobby: {rules: {caps: {percent: 40}}}\n  hall: {budgets: {chat: {ms: 10}}}\n",
    )
    caps = {name: each.rules[1] for name, each in {"": policy, **policy.rooms}.items()}
    assert {name: (each.stage, each.percent) for name, each in caps.items()} == {
        "": ("shadow", 20.0),
        "lobby": ("hold", 40.0),
        "hall": ("shadow", 20.0),
    }
    assert {each.owner for each in caps.values()} == {"ana"}
    assert policy.windows["chat"][0].spec.limit == 3
    assert policy.rooms["lobby"].budgets["chat"].ms == 30.0
    assert policy.rooms["hall"].budgets["chat"].ms == 10.0
    assert caps["lobby"].changed == (
        "tenant.yaml:2: stage, percent, owner",
        "policy.yaml:7: stage",
        "tenant.yaml:7: percent",
    )


def test_it_is_told_where_a_rule_was_changed() -> None:
    policy = policy_of(RULES, tenant="rules:\n  caps: {stage: shadow, quota: {per_day: 9}}\n")
    told = explain_rule(policy, "caps")
    assert told is not None
    assert "  changed   tenant.yaml:2: stage, quota" in told.splitlines()
    assert "  quota     9 messages a day, then it is eased" in told.splitlines()


def test_a_room_has_a_mode_and_a_topic_until_its_server_says_so() -> None:
    policy = policy_of(tenant="rooms: {lobby: {mode: esports, topic: chess}}\n")
    assert (policy.mode, policy.topic) == ("", "")
    assert (policy.rooms["lobby"].mode, policy.rooms["lobby"].topic) == ("esports", "chess")


@pytest.mark.parametrize(
    ("tenant", "told"),
    [
        (
            "rules: {cap: {stage: shadow}}",
            "tenant.yaml:1: unknown rule 'cap'; did you mean 'caps'?",
        ),
        (
            "rooms: {r: {rules: {caps: {quota: none}}}}",
            "tenant.yaml:1: 'quota' is for all rooms: a room cannot change it",
        ),
        (
            "rules: {caps: {category: self_harm, then: block}}",
            "tenant.yaml:1: self_harm is never penal: 'caps' may give care, not block",
        ),
        ("rules: {caps: {percent: 0}}", "'percent' must be more than 0; use `stage: shadow`"),
    ],
)
def test_overrides_keep_the_laws(tenant: str, told: str) -> None:
    (problem,) = problems_of(RULES, tenant=tenant + "\n")
    assert problem.endswith(told)


def test_quotas_brakes_and_owners_are_read() -> None:
    rules = (
        "- {rule: a, category: spam, when: shape.caps, then: hold, owner: ana, brake: off}\n"
        "- {rule: b, category: spam, when: link.listed, then: block, quota: none}\n"
        "- {rule: c, category: spam, when: shape.emoji, then: hold, quota: {per_day: 7}}\n"
        "- {window: w, key: [user], limit: 3, per: 1m, percent: 30, quota: {per_day: 5}}\n"
    )
    policy = policy_of(rules, manifest=MANIFEST + "quota: {per_day: 100}\nbrake: {share: 0.1}\n")
    assert [(r.per_day, r.braked, r.owner) for r in policy.rules] == [
        (100, False, "ana"),
        (0, True, ""),
        (7, True, ""),
    ]
    [window] = policy.windows["chat"]
    assert (window.per_day, window.percent) == (5, 30.0)
    assert policy.brake == Brake(share=0.1)
    assert policy_of(manifest=MANIFEST + "brake: off\n").brake == NO_BRAKE
    assert policy_of().brake == Brake()
    assert policy.dangers == {"a": "hold", "b": "act", "c": "hold", "w": "act"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("quota: 5", "a quota must be a map of keys, not the number 5"),
        ("quota: {per_day: 0}", "'per_day' must be from 1 to 1e+09"),
        ("brake: no", "unknown word 'no'; known are on, off"),
    ],
)
def test_a_wrong_quota_is_told(line: str, told: str) -> None:
    rule = "- {rule: a, category: spam, when: shape.caps, then: hold, " + line + "}\n"
    (problem,) = problems_of(rule)
    assert problem == f"rules.yaml:1: {told}"
