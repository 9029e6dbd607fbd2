"""A rule is fresh when what it says, or what it stands on, has changed; otherwise it is not."""

from __future__ import annotations

import pytest

from tests.seawall.policy.writing import MANIFEST, RULE, WINDOW, policy_of

PATTERN = "- {pattern: ask, regex: 'send me'}\n"
RULES = (
    RULE
    + WINDOW
    + PATTERN
    + "- {rule: words, category: spam, when: lexicon.spam, then: hold}\n"
    + "- {rule: asks, category: spam, when: pattern.ask, then: hold}\n"
    + "- {window: linked, key: [user], limit: 3, per: 1m, when: link.listed}\n"
)
LEXICON = (
    "lexicon: en\nterms: [{term: viagra, category: spam}, {term: idiot, category: harassment}]\n"
)
HOSTS = "listed: [bad.example]\n"


def changed(
    rules: str = RULES, lexicon: str = LEXICON, hosts: str = HOSTS, **more: str
) -> set[str]:
    before = policy_of(RULES, lexicon=LEXICON, hosts=HOSTS).prints
    after = policy_of(rules, lexicon=lexicon, hosts=hosts, **more).prints
    assert before.keys() == after.keys() == {
        "listed-link", "words", "asks", "too-fast", "linked",
    }  # fmt: skip
    return {name for name in before if before[name] != after[name]}


def test_the_same_is_the_same() -> None:
    assert changed("\n# a comment\n" + RULES) == set()


@pytest.mark.parametrize(
    ("more", "fresh"),
    [
        ({"rules": RULES.replace("then: block", "then: hold")}, {"listed-link"}),
        ({"rules": RULES.replace("'send me'", "'send'")}, {"asks"}),
        ({"rules": RULES.replace("limit: 8", "limit: 2")}, {"too-fast"}),
        ({"lexicon": LEXICON.replace("viagra", "the")}, {"words"}),
        ({"lexicon": LEXICON.replace("idiot", "fool")}, set()),
        ({"lexicon": LEXICON + "allow: [viagra falls]\n"}, {"words"}),
        ({"hosts": "listed: [bad.example, worse.example]\n"}, {"listed-link", "linked"}),
        ({"tenant": "rules: {words: {percent: 50}}\n"}, {"words"}),
        ({"tenant": "rooms: {lobby: {rules: {words: {then: block}}}}\n"}, {"words"}),
        ({"tenant": "rules: {words: {owner: ana}}\n"}, set()),
        ({"manifest": MANIFEST + "quota: {per_day: 9}\n"}, {
            "listed-link", "words", "asks", "too-fast", "linked",
        }),
    ],
)  # fmt: skip
def test_what_makes_a_rule_fresh(more: dict[str, str], fresh: set[str]) -> None:
    assert changed(**more) == fresh
