"""Lists that others keep, read and judged line by line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from gateway.lists.entries import FORMATS, decode, read_hosts, read_terms
from seawall.errors import ConfigError


def test_plain_domains_are_read_in_many_spellings() -> None:
    text = (
        "# note\nBad.Example\n||worse.example^\n*.worst.example\nhttps://evil.example/\nпример.рф\n"
    )
    assert list(read_hosts(text).taken) == [
        "bad.example",
        "worse.example",
        "worst.example",
        "evil.example",
        "пример.рф",
    ]


def test_a_hosts_file_gives_its_names_and_not_the_machine_itself() -> None:
    text = "127.0.0.1 localhost\n::1 localhost\n0.0.0.0 bad.example www.bad.example # x\n"
    assert list(read_hosts(text).taken) == ["bad.example", "www.bad.example"]


@pytest.mark.parametrize("names", [("blacklist", "whitelist"), ("blocklist", "allowlist")])
def test_phishing_json_gives_bad_and_harmless_hosts(names: tuple[str, str]) -> None:
    bad, good = names
    text = json.dumps(
        {"version": 2, "fuzzylist": ["brand.example"], bad: ["a.example", "b.example"],
         good: ["b.example", "c.example"]}
    )  # fmt: skip
    found = read_hosts(text)
    assert list(found.taken) == ["a.example"]
    assert list(found.allowed) == ["b.example", "c.example"]


def test_a_list_in_json_of_texts_is_one_of_bad_hosts() -> None:
    assert list(read_hosts('["a.example", "b.example"]').taken) == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("com", "stands for everybody under it"),
        ("co.uk", "stands for everybody under it"),
        ("github.io", "stands for everybody under it"),
        ("1.2.3.4", "an address of numbers"),
        ("0x7f.1", "an address of numbers"),
        ("a..example", "no host"),
        ("two words", "no host"),
        ("a.example/login", "a page, not a host"),
        ("x" * 64 + ".example", "no host"),
    ],
)
def test_what_is_no_host_is_left_out_and_counted(line: str, reason: str) -> None:
    found = read_hosts(f"bad.example\n{line}\n", "plain")
    assert list(found.taken) == ["bad.example"]
    assert found.left_out == {reason: 1}
    assert found.examples == {reason: line[:60]}


def test_what_repeats_is_counted_once() -> None:
    found = read_hosts("a.example\nA.example.\na.example\n")
    assert list(found.taken) == ["a.example"]
    assert found.repeated == 2


def test_terms_are_words_and_not_expressions() -> None:
    plain = "foo\nbar  baz\nFOO\nx\n坏\n坏词\none\ntwo\nthree\nfour\nfive\n"
    text = f"\ufeff{plain}.*bad\n\\bno\n(?i)no\n/no/i\n...\n"
    found = read_terms(decode(text.encode()))
    assert list(found.taken) == ["foo", "bar baz", "坏词", "one", "two", "three", "four", "five"]
    assert found.left_out == {
        "one letter": 2,
        "looks like a regular expression": 4,
        "no letter or digit": 1,
    }
    assert found.repeated == 1


@pytest.mark.parametrize("word", ["a$$", "f*ck", "c++", "what?", "@ss", "sh!t", "n1gg3r", "(y)"])
def test_words_with_signs_in_them_are_no_expressions(word: str) -> None:
    assert "looks like a regular expression" not in read_terms(f"plain\n{word}\n").left_out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no hosts in the list"),
        ("# only notes\n", "no hosts in the list"),
        ("{not json", "not JSON"),
        ('{"blacklist": 5}', "must be a list of texts"),
        ('{"other": []}', "must be a list of texts"),
        ("good.example\nno host\nno host either\n", "of another format"),
    ],
)
def test_what_is_no_list_of_hosts_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_hosts(text)


def test_encodings_are_told_apart() -> None:
    assert decode("слово".encode("utf-16")) == "слово"
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        decode(b"ok\ncaf\xe9\n")
    with pytest.raises(ConfigError, match="zero bytes"):
        decode(b"a\x00b")


@given(st.text(), st.sampled_from(FORMATS))
def test_any_text_is_read_or_refused(text: str, form: str) -> None:
    for read in (read_terms, read_hosts):
        try:
            assert read(text).taken
        except ConfigError:
            continue
