"""What a rule does and why it fired can be read by whoever did not write it."""

from __future__ import annotations

from seawall.events import User
from seawall.policy.explain import explain_all, explain_reasons, explain_rule, explain_values
from seawall.wire import Reason
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, env, policy_of

RULES = (
    RULE
    + "  case: {queue: fraud, priority: p2}\n  strikes: 3\n  percent: 10\n  exempt: [staff]\n"
    + WINDOW
    + "  when: text.length > 3\n  of: room\n  count: attempted\n"
    + "- {rule: fresh, category: spam, stage: shadow, when: user.new and 'mod' not in user.roles,"
    + " then: [stream.warn, {ban: until_reversed}, {mute: 90s}]}\n"
)
POLICY = policy_of(
    RULES.replace("[room, user]", "[user]"),
    manifest=MANIFEST + "rooms: {lobby: {rules: {listed-link: {stage: shadow}}}}\n",
)
_TIMES = ("2d", "36h", "5m", "90s", "0.5s")


def test_a_rule_is_told_whole() -> None:
    assert explain_rule(POLICY, "listed-link") == (
        "rule listed-link (rules.yaml:1)\n"
        "  finds     scam.phishing, medium\n"
        "  on        chat, comment, frame, post, profile, speech, title\n"
        "  when      link.listed\n"
        "  reads     link.listed\n"
        "  asked     only when one of these is there: link.listed\n"
        "  does      block\n"
        "  stage     act: acts\n"
        "  percent   10: the same users every time; the others in shadow\n"
        "  strikes   3\n"
        "  case      fraud, p2\n"
        "  exempt    staff\n"
        "  notice    scam.phishing (en)\n"
        "  otherwise in rooms: lobby"
    )


def test_a_case_is_told_with_what_becomes_of_it() -> None:
    for word, becomes in (("close", "it is closed"), ("escalate", "it is escalated")):
        due = f"priority: p2, due: 10m, nobody: {word}}}"
        told = explain_rule(
            policy_of(RULES.replace("priority: p2}", due).replace("[room, user]", "[user]")),
            "listed-link",
        )
        assert told is not None
        assert f"  case      fraud, p2; undecided after 10m {becomes}\n" in told


def test_a_rule_without_signals_is_told_its_price() -> None:
    told = explain_rule(POLICY, "fresh")
    assert told is not None
    assert "  reads     no signal\n" in told
    assert "  asked     for every message there: it can be true without any signal\n" in told
    assert "  does      stream.warn, ban, mute for 90s\n" in told
    assert "  stage     shadow: reports, does nothing\n" in told
    assert told.endswith("  cooldown  30s after it acted")


def test_a_window_is_told_whole() -> None:
    assert explain_rule(POLICY, "too-fast") == (
        "window too-fast (rules.yaml:9)\n"
        "  finds     flood, low\n"
        "  on        chat, comment\n"
        "  when      text.length > 3\n"
        "  counts    distinct rooms for each user, every attempt\n"
        "  limit     8 in 10s\n"
        "  over      block, slow for 30s\n"
        "  stage     act: acts\n"
        "  notice    flood (en)"
    )
    plain = explain_rule(policy_of(WINDOW), "too-fast")
    assert plain is not None
    assert "counts    events for each room and user, what this window lets through" in plain
    assert "when" not in plain


def test_a_time_is_told_in_its_largest_unit() -> None:
    told = [explain_rule(policy_of(WINDOW.replace("10s", per)), "too-fast") for per in _TIMES]
    assert [str(text).splitlines()[4] for text in told] == [
        "  limit     8 in 2d",
        "  limit     8 in 36h",
        "  limit     8 in 5m",
        "  limit     8 in 90s",
        "  limit     8 in 0.5s",
    ]


def test_nothing_is_told_of_nobody() -> None:
    assert explain_rule(POLICY, "nobody") is None
    assert explain_values(POLICY, "nobody", env()) is None


def test_all_are_told_in_a_table() -> None:
    lines = explain_all(POLICY).splitlines()
    assert lines[0] == f"policy small {POLICY.version[:16]}"
    assert lines[2].split() == ["name", "kind", "stage", "category", "does", "when"]
    assert lines[3].split() == [
        "listed-link",
        "rule",
        "act",
        "scam.phishing",
        "block",
        "link.listed",
    ]
    assert lines[5].split() == (
        [
            "too-fast",
            "window",
            "act",
            "flood",
            "block,",
            "slow",
            "for",
            "30s",
            "over",
            "8",
            "in",
            "10s",
        ]
    )
    assert lines[6] == "1 rooms with overrides"


def test_a_verdict_is_told_by_its_reasons() -> None:
    told = explain_reasons(
        POLICY,
        [
            Reason("listed-link", "scam.phishing", "medium", 1.0, (3, 9), "links"),
            Reason("listed-lnk", "spam", "low"),
            Reason("zzz", "spam", "low"),
        ],
    )
    assert told.startswith(
        "listed-link: scam.phishing, medium, score 1 by links, characters 3 to 9\n"
        "  rule listed-link (rules.yaml:1)\n"
    )
    version = POLICY.version[:16]
    assert f"  this policy ({version}) has no such rule; the nearest is listed-link\n" in told
    assert told.endswith(f"by the rule itself\n  this policy ({version}) has no such rule")
    assert explain_reasons(POLICY, []) == "no reasons: nothing was found"


def test_a_rule_tells_what_it_saw() -> None:
    user = User("u", first_seen=1_000_000.0 - 60, roles=frozenset({"vip"}))
    assert explain_values(POLICY, "fresh", env(user=user)) == (
        "fresh: true\n"
        "  user.new and 'mod' not in user.roles\n"
        "  user.new = True\n"
        "  user.roles = ['vip']"
    )
    assert explain_values(POLICY, "listed-link", env()) == (
        "listed-link: false\n  link.listed\n  link.listed = 0.0"
    )
