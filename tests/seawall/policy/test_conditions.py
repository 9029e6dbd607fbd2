"""Conditions are compiled in the words of their own policy."""

from __future__ import annotations

from seawall.events import User
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, env, policy_of, problems_of


def test_a_condition_reads_the_policys_own_patterns_and_windows() -> None:
    rules = (
        RULE.replace("link.listed", "pattern.seed_ask and window.too_fast > 3")
        + WINDOW
        + "- {pattern: seed-ask, regex: x}\n"
    )
    [rule] = policy_of(rules).rules
    asked = env(windows={"too-fast": 4})
    asked.scores["pattern.seed-ask"] = 0.5  # type: ignore[index]  # the test's own dict
    assert rule.test(asked)
    assert rule.signals == {"pattern.seed-ask"}
    assert rule.triggered


def test_a_newcomer_is_whom_the_manifest_says() -> None:
    rules = RULE.replace("link.listed", "user.new").replace("block", "allow")
    asked = env(user=User("u", first_seen=1_000_000.0 - 300))
    assert policy_of(rules).rules[0].test(asked)
    short = MANIFEST + "restrictions: {newcomer: 4m}\n"
    assert not policy_of(rules, manifest=short).rules[0].test(asked)


def test_a_window_over_joins_knows_no_text() -> None:
    window = "- {window: w, key: room, on: [join], limit: 9, per: 1m, when: text.length > 3}\n"
    assert problems_of(window) == ("rules.yaml:1: text.length is not known when somebody joins",)


def test_a_condition_that_could_not_be_read_is_told_once() -> None:
    assert problems_of(RULE.replace("link.listed", "[link.listed]")) == (
        "rules.yaml:3: expected text, found a list",
    )


def test_a_window_does_not_read_windows() -> None:
    assert problems_of(WINDOW + "  when: window.too_fast > 3\n") == (
        "rules.yaml:6: window.too_fast is not known when a window is asked",
    )
