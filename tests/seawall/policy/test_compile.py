"""A policy is compiled whole or refused with all that is wrong; its version is its content."""

from __future__ import annotations

from hypothesis import given, strategies as st

from seawall.policy.compile import build_policy, version_of
from seawall.policy.model import Tables
from seawall.policy.tree import Entry, Map, Node, Scalar, Seq, Source, Where
from tests.seawall.policy.writing import (
    MANIFEST,
    RULE,
    WINDOW,
    env,
    outcome,
    policy_of,
    problems_of,
    source,
)

WRONG = """\
- rule: listed-link
  category: scam.phising
  when: link.lsted or user.age_day < 7 and user.roles
  then: [blok, {mute: 10 minutes}]
  strikes: many
  stagee: act
- rule: listed-link
  category: self_harm
  on: [chat, livechat]
  when: lexicon.self_harm and window.to_fast > 2
  then: ban
- window: too-fast
  key: [room, usr]
  limit: 8
  per: 10 s
  over: {then: slow}
- pattern: Ask
  regex: 12
"""


def test_everything_wrong_is_told_at_once_with_file_line_and_suggestion() -> None:
    assert problems_of(WRONG, hosts="listd: [a.example]\nallowed: [a]\n", elsewise="x: 1") == (
        "elsewise.yaml:1: unknown kind of file 'elsewise'; "
        "known are rules, windows, patterns, lexicon, hosts, brands, contacts, notices, "
        "asks, tricks",
        "hosts.yaml:1: unknown key of a hosts file 'listd'; did you mean 'listed'?",
        "hosts.yaml:2: 'a' is not a host such as example.org",
        "rules.yaml:2: unknown category 'scam.phising'; did you mean 'scam.phishing'?",
        "rules.yaml:3: unknown name `link.lsted`; did you mean 'link.listed'?",
        "rules.yaml:3: unknown name `user.age_day`; did you mean 'user.age_days'?",
        "rules.yaml:3: `user.roles` is a list of texts, not a condition; compare it",
        "rules.yaml:4: unknown action 'blok'; did you mean 'block'?",
        "rules.yaml:4: expected a duration such as 30s, 10m, 2h or 7d, found the text '10 minutes'",
        "rules.yaml:5: expected a number, found the text 'many'",
        "rules.yaml:6: unknown key of a rule 'stagee'; did you mean 'stage'?",
        "rules.yaml:7: the name 'listed-link' is taken by rules.yaml:1",
        "rules.yaml:9: unknown surface 'livechat'; did you mean 'chat'?",
        "rules.yaml:10: unknown name `window.to_fast`; did you mean 'window.too_fast'?",
        "rules.yaml:11: 'ban' does not say how long: write {ban: 10m} or {ban: until_reversed}",
        "rules.yaml:13: unknown key part 'usr'; did you mean 'user'?",
        "rules.yaml:15: expected a duration such as 30s, 10m, 2h or 7d, found the text '10 s'",
        "rules.yaml:16: 'slow' does not say how long: write {slow: 10m} or {slow: until_reversed}",
        "rules.yaml:17: the name 'Ask' must be lower-case letters and digits "
        "joined by single hyphens",
        "rules.yaml:18: expected text, found the number 12; put it in quotes",
    )


def test_a_policy_has_what_its_files_say() -> None:
    policy = policy_of(
        RULE.replace("link.listed", "link.listed or pattern.ask")
        + WINDOW
        + "- {pattern: ask, regex: 'a b'}\n",
        lexicon="lexicon: en\nterms: [{term: x y, category: hate}]\nallow: [z, z]\n",
        hosts="listed: [a.example]\nallowed: [b.example]\nshorteners: [c.example]\n"
        "free_hosting: [d.example]\n",
        brands="brands: {Nimbus: [nimbus.example]}\nnames: [Luna]\n",
        contacts="contacts: {telegram: [tg]}\n",
        tenant="brands: [Nimbus]\n",
    )
    assert policy.name == "small"
    assert policy.rules[0].test(env(link__listed=1.0))
    tables = policy.tables
    assert [pattern.regex for pattern in tables.patterns] == ["a b"]
    assert [term.term for term in tables.lexicon] == ["x y"]
    assert tables.allow == ("z",)
    assert tables.hosts_listed == {"a.example"}
    assert tables.hosts_allowed == {"b.example"}
    assert tables.shorteners == {"c.example"}
    assert tables.free_hosting == {"d.example"}
    assert tables.brands == {"Nimbus": ("nimbus.example",)}
    assert tables.protected_names == ("Luna",)
    assert tables.contacts == {"telegram": ("tg",)}
    assert policy.tenant.brands == ("Nimbus",)
    assert policy.notices["flood"] == {"en": "Too fast."}
    assert set(policy.sources) >= {"policy.yaml", "rules.yaml", "tenant.yaml"}


def test_a_policy_needs_its_manifest() -> None:
    made = build_policy([source("rules.yaml", RULE)])
    assert made.policy is None
    assert made.problems == ("policy.yaml:1: the policy has no manifest",)


def test_tables_are_tried_by_whoever_can() -> None:
    tried: list[str] = []

    def proof(tables: Tables) -> tuple[str, ...]:
        tried.extend(pattern.name for pattern in tables.patterns)
        return (f"{tables.patterns[0].where}: pattern ask is no good",)

    made = outcome(RULE + "- {pattern: ask, regex: x}\n", proof=proof)
    assert tried == ["ask"]
    assert made.problems == ("rules.yaml:5: pattern ask is no good",)


def test_layout_changes_nothing_and_content_changes_the_version() -> None:
    version = policy_of().version
    assert len(version) == 64
    assert policy_of(RULE + "# a comment\n", manifest="# here too\n" + MANIFEST).version == version
    assert policy_of(RULE.replace("block", "hold")).version != version
    assert policy_of(tenant="shop: x").version != version
    assert policy_of(hosts="listed: []").version != version


def test_a_moved_file_is_another_policy() -> None:
    first, second = source("a/rules.yaml", RULE), source("b/rules.yaml", RULE)
    assert version_of([first], None) != version_of([second], None)
    assert version_of([first, second], None) == version_of([second, first], None)


_texts = st.text(max_size=8) | st.sampled_from(
    [
        *("rule", "window", "pattern", "category", "when", "then", "on", "key", "limit", "per"),
        *("over", "regex", "policy", "notices", "terms", "term", "lexicon", "listed", "brands"),
        *("contacts", "rooms", "budgets", "chat", "block", "hold", "mute", "10s", "link.any"),
        *("flood", "room", "user", "a-name", "scam.phishing", "ladder", "steps", "strikes", "case"),
        *("queue", "match", "except"),
    ]
)
_scalars = st.builds(
    lambda value, text: Scalar(text if isinstance(value, str) else value, text, Where("f.yaml", 3)),
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.floats(-1e9, 1e9) | st.just(""),
    _texts,
)
_keys = st.builds(lambda text: Scalar(text, text, Where("f.yaml", 4)), _texts)


def _larger(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    entries = st.builds(Entry, _keys | _scalars, nodes)
    lists = st.lists(nodes, max_size=5)
    maps = st.lists(entries, max_size=6)
    return lists.map(lambda items: Seq(tuple(items), Where("f.yaml", 1))) | maps.map(
        lambda items: Map(tuple(items), Where("f.yaml", 2))
    )


_nodes: st.SearchStrategy[Node] = st.recursive(_scalars, _larger, max_leaves=25)
_files = st.sampled_from(
    ["policy.yaml", "rules.yaml", "a/lexicon.en.yaml", "hosts.yaml", "brands.yaml", "contacts.yaml"]
)


@given(st.lists(st.builds(Source, _files, _nodes), max_size=5), st.none() | _nodes)
def test_no_tree_escapes(sources: list[Source], tenant: Node | None) -> None:
    made = build_policy(sources, Source("tenant.yaml", tenant) if tenant is not None else None)
    assert (made.policy is None) == bool(made.problems)
