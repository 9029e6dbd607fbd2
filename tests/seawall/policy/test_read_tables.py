"""Lexicons, hosts, brands and contacts become tables; what no detector could use is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.policy import read_tables
from seawall.policy.draft import Lists
from seawall.policy.model import LexiconEntry
from seawall.policy.problems import Problems
from seawall.policy.read_tables import (
    TERM_LENGTH,
    read_brands,
    read_contacts,
    read_hosts,
    read_lexicon,
)
from seawall.policy.tree import Node
from seawall.taxonomy import Severity
from tests.seawall.policy.writing import node_of

LEXICON = """\
lexicon: en
terms:
  - {term: "send your seed", category: scam.phishing, severity: high, match: squashed,
     except: ["never send your seed"], note: "asks for the seed"}
  - {term: casino, category: gambling}
allow:
  - scunthorpe
"""


def lexicon(text: str) -> tuple[list[LexiconEntry], list[str], tuple[str, ...]]:
    problems = Problems()
    terms, allow = read_lexicon(node_of(text, "lexicon.en.yaml"), problems)
    return [term.value for term in terms], [span.value for span in allow], problems.errors


def lists(text: str, how: Callable[[Node, Lists, Problems], None]) -> tuple[Lists, tuple[str, ...]]:
    problems, found = Problems(), Lists()
    how(node_of(text, "t.yaml"), found, problems)
    return found, problems.errors


def test_a_lexicon_is_read() -> None:
    terms, allow, problems = lexicon(LEXICON)
    assert problems == ()
    assert allow == ["scunthorpe"]
    assert terms == [
        LexiconEntry(
            "send your seed",
            "scam.phishing",
            Severity.HIGH,
            "squashed",
            ("never send your seed",),
            "en",
            "lexicon.en.yaml:3",
        ),
        LexiconEntry("casino", "gambling", Severity.MEDIUM, "word", (), "en", "lexicon.en.yaml:5"),
    ]


def test_a_lexicon_of_any_language_has_no_language() -> None:
    terms, _, _ = lexicon(LEXICON.replace("lexicon: en", "lexicon: any"))
    assert {term.lang for term in terms} == {""}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("terms: []", "1: a lexicon needs the key 'lexicon'"),
        ("lexicon: english", "1: 'english' is neither a language tag nor `any`"),
        ("lexicon: en\nterms: x", "2: `terms` must be a list, not the text 'x'"),
        ("lexicon: en\nterms: [x]", "2: a term must be a map of keys, not the text 'x'"),
        ("lexicon: en\nterms: [{term: x}]", "2: a term needs the key 'category'"),
        (
            "lexicon: en\nterms: [{term: 1488, category: hate}]",
            "2: expected text, found the number 1488; put it in quotes",
        ),
        (
            "lexicon: en\nterms: [{term: x, category: haet}]",
            "2: unknown category 'haet'; did you mean 'hate'?",
        ),
        (
            "lexicon: en\nterms: [{term: x, category: hate, match: words}]",
            "2: unknown match 'words'; did you mean 'word'?",
        ),
        (
            f"lexicon: en\nterms: [{{term: {'x' * (TERM_LENGTH + 1)}, category: hate}}]",
            f"2: the text has {TERM_LENGTH + 1} characters; at most {TERM_LENGTH} are allowed",
        ),
        ("lexicon: en\nallow: [1]", "2: expected text, found the number 1; put it in quotes"),
    ],
)
def test_a_wrong_lexicon_is_told(text: str, told: str) -> None:
    assert f"lexicon.en.yaml:{told}" in lexicon(text)[2]


def test_hosts_are_read_in_lower_case() -> None:
    found, problems = lists(
        "listed: [Bad.Example, bad.example., xn--80ak6aa92e.com]\n"
        "allowed: [пример.рф]\nshorteners: [t.co]\nfree_hosting: [pages.dev]\n",
        read_hosts,
    )
    assert problems == ()
    assert set(found.listed) == {"bad.example", "xn--80ak6aa92e.com"}
    assert set(found.allowed) == {"пример.рф"}
    assert set(found.shorteners) == {"t.co"}
    assert set(found.free_hosting) == {"pages.dev"}


@pytest.mark.parametrize(
    "host",
    [
        "https://bad.example",
        "bad.example/path",
        "bad",
        "bad..example",
        ".bad.example",
        "a b.example",
    ],
)
def test_an_address_is_not_a_host(host: str) -> None:
    _, problems = lists(f"listed: ['{host}']", read_hosts)
    assert problems == (f"t.yaml:1: {host!r} is not a host such as example.org",)


def test_a_host_is_a_text_and_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_tables, "HOSTS", 1)
    found, problems = lists("listed: [1]\nallowed: [a.example, b.example]", read_hosts)
    assert list(found.allowed) == ["a.example"]
    assert problems == (
        "t.yaml:1: expected text, found the number 1; put it in quotes",
        "t.yaml:2: `allowed` has 2 entries; at most 1 are allowed",
    )


def test_brands_are_read() -> None:
    found, problems = lists(
        "brands: {MetaMask: [metamask.io, MetaMask.io]}\nnames: [Luna, Luna]\n", read_brands
    )
    assert problems == ()
    assert found.brands == {"MetaMask": ("metamask.io",)}
    assert list(found.names) == ["Luna"]


def test_wrong_brands_are_told() -> None:
    found, problems = lists("brands: {A: x, B: [not a host]}\nnames: [1]\n", read_brands)
    assert found.brands == {"B": ()}
    assert problems == (
        "t.yaml:1: expected a list of domains, found the text 'x'",
        "t.yaml:1: 'not a host' is not a host such as example.org",
        "t.yaml:2: expected text, found the number 1; put it in quotes",
    )
    problems_of_twice = Problems()
    for _ in range(2):
        read_brands(node_of("brands: {B: [b.example]}", "t.yaml"), found, problems_of_twice)
    assert problems_of_twice.errors == ("t.yaml:1: the brand 'B' is in another file too",)


def test_contacts_of_several_files_add_up() -> None:
    found, problems = lists("contacts: {telegram: [tg, 电报], other: [kik]}", read_contacts)
    read_contacts(node_of("contacts: {telegram: [tg, телега]}"), found, Problems())
    assert problems == ()
    assert found.contacts == {"telegram": ("tg", "电报", "телега"), "other": ("kik",)}


def test_an_unknown_app_is_told() -> None:
    _, problems = lists("contacts: {telegramm: [tg]}", read_contacts)
    assert problems == (
        "t.yaml:1: unknown key of `contacts` 'telegramm'; did you mean 'telegram'?",
    )
    assert lists("{}", read_contacts)[1] == ("t.yaml:1: a contacts file needs the key 'contacts'",)
