"""A diff says in words what changes, and whether it may take more from people by itself."""

from __future__ import annotations

import pytest

from seawall.policy.diff import diff, is_dangerous
from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, policy_of

RULES = (
    RULE
    + WINDOW
    + "- {pattern: ask, regex: 'send me'}\n"
    + "- {pattern: joke, regex: 'just kidding'}\n"
    + "- {rule: words, category: spam, when: lexicon.spam, then: hold, exempt: [mod]}\n"
    + "- {rule: asks, category: spam, when: pattern.ask and not pattern.joke, then: hold}\n"
    + "- {rule: rude, category: profanity, when: lexicon.profanity, then: allow}\n"
)
LEXICON = (
    "lexicon: en\nterms: [{term: viagra, category: spam}, {term: damn, category: profanity}]\n"
)


def changes(**more: str) -> list[tuple[str, str, str, str, bool]]:
    files = {"rules": RULES, "lexicon": LEXICON, **more}
    old = policy_of(RULES, lexicon=LEXICON)
    found = diff(old, policy_of(**files))
    back = diff(policy_of(**files), old)
    opposite = {"stricter": "milder", "milder": "stricter", "changed": "changed"}
    if len(found) == len(back) and "more" not in str(found):
        assert [each.way for each in back] == [opposite[each.way] for each in found]
    return [(e.kind, e.name, e.told, e.way, e.dangerous) for e in found]


def test_the_same_has_no_changes() -> None:
    assert changes(rules="# said again\n" + RULES) == []


@pytest.mark.parametrize(
    ("before", "after", "told", "way", "dangerous"),
    [
        ("then: block", "then: hold", "message from block to hold", "milder", False),
        ("then: hold, exempt: [mod]", "then: block, exempt: [mod]",
         "message from hold to block", "stricter", True),
        ("then: hold, exempt: [mod]", "then: hold, exempt: [mod], stage: shadow",
         "stage from act to shadow", "milder", False),
        ("then: hold, exempt: [mod]", "then: hold, exempt: [mod], percent: 10",
         "percent from 100 % to 10 %", "milder", False),
        ("exempt: [mod]", "exempt: [mod, vip]", "exempt also vip", "milder", False),
        ("exempt: [mod]", "exempt: [mod], case: {queue: q, due: 10m}",
         "case from none to q p3 due 10m then escalate", "changed", True),
        ("exempt: [mod]", "exempt: []", "exempt no more mod", "stricter", True),
        ("exempt: [mod]", "exempt: [mod], quota: {per_day: 9}",
         "quota per day from none to 9", "milder", False),
        ("exempt: [mod]", "exempt: [mod], brake: off", "emergency brake off", "stricter", True),
        ("exempt: [mod]", "exempt: [mod], strikes: 2", "strikes from 0 to 2", "stricter", True),
        ("exempt: [mod]", "exempt: [mod], on: [chat]",
         "on no more comment, frame, post, profile, speech, title", "milder", False),
        ("when: lexicon.profanity", "when: lexicon.profanity and link.any",
         "when from `lexicon.profanity` to `lexicon.profanity and link.any`", "changed", False),
        ("when: link.listed", "when: link.any",
         "when from `link.listed` to `link.any`", "changed", True),
        ("limit: 8", "limit: 5", "limit from 8 to 5", "stricter", True),
        ("per: 10s", "per: 1m", "per from 10s to 1m", "stricter", True),
        ("for: 30s", "for: 10s", "user from slow for 30s to slow for 10s", "milder", False),
    ],
)  # fmt: skip
def test_a_rule_changes(before: str, after: str, told: str, way: str, dangerous: bool) -> None:
    (change,) = changes(rules=RULES.replace(before, after, 1))
    assert change[2:] == (told, way, dangerous)


def test_rules_come_and_go() -> None:
    more = RULES + "- {rule: caps, category: spam, when: shape.caps, then: block, percent: 5}\n"
    (change,) = changes(rules=more.replace("block, percent", "allow, percent"))
    assert change == (
        "rule", "caps", "new: allow in stage act for 5 % of users", "stricter", False,
    )  # fmt: skip
    (gone,) = changes(rules=RULES.replace(RULE, ""))
    assert gone == ("rule", "listed-link", "gone: block in stage act", "milder", False)


def test_words_are_as_dangerous_as_the_worst_rule_that_reads_them() -> None:
    more = LEXICON.replace("]\n", ", {term: darn, category: profanity}]\n")
    assert changes(lexicon=more) == [
        ("terms", "en profanity", "1 term ('darn') new", "stricter", False)
    ]
    assert changes(lexicon=more.replace("darn, category: profanity", "casino, category: spam")) == [
        ("terms", "en spam", "1 term ('casino') new", "stricter", True)
    ]
    assert changes(lexicon=LEXICON.replace("viagra,", "viagra, severity: high,")) == [
        ("terms", "en spam", "1 term ('viagra') otherwise", "changed", True)
    ]


def test_what_excuses_may_make_stricter_when_it_shrinks() -> None:
    (change,) = changes(rules=RULES.replace("just kidding", "only kidding"))
    assert change == ("pattern", "joke", "written otherwise", "changed", True)
    more = RULES + "- {pattern: spare, regex: 'x y'}\n"
    assert [each[3:] for each in changes(rules=more)] == [("stricter", False)]


def test_lists_budgets_notices_and_settings_are_told() -> None:
    found = changes(
        hosts="listed: [bad.example]\nallowed: [good.example]\n",
        manifest=MANIFEST.replace(
            'flood: {en: "Too fast."}', 'flood: {en: "Slow down.", ru: "Тише."}'
        )
        + "budgets: {chat: {ms: 40, on_timeout: hold}}\nhold: {for: 1m, expiry: approved}\n",
    )
    assert ("list", "hosts.listed", "1 entry ('bad.example') new", "stricter", True) in found
    assert ("list", "hosts.allowed", "1 entry ('good.example') new", "milder", False) in found
    assert ("budget", "chat", "on_timeout: from allow to hold", "stricter", True) in found
    assert ("budget", "chat", "from 50 ms to 40 ms", "changed", False) in found
    assert ("notice", "flood", "new in ru", "changed", False) in found
    assert ("notice", "flood", "other words in en", "changed", False) in found
    assert ("policy", "hold.expiry", "from denied to approved", "milder", False) in found
    assert ("policy", "hold.for", "from 300s to 60s", "changed", False) in found


def test_a_room_is_told_where_it_is_not_everybodys() -> None:
    old = policy_of(RULES)
    new = policy_of(RULES, tenant="rooms: {lobby: {rules: {rude: {stage: shadow}}}}\n")
    assert [(e.room, e.name, e.told) for e in diff(old, new)] == [
        ("lobby", "rude", "stage from act to shadow")
    ]
    assert not is_dangerous(diff(old, new))
    everywhere = policy_of(RULES, tenant="rules: {rude: {stage: shadow}}\nrooms: {lobby: {}}\n")
    assert [(e.room, e.name) for e in diff(old, everywhere)] == [("", "rude")]
