"""Links as a browser would open them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.disguise import DOT_WORDS
from detectors.legible import Legible
from detectors.urls import MAX_LINKS, Link, LinkFinder, may_link
from seawall.fold import fold

FINDER = LinkFinder(lambda host: host == "known.it")


def hosts(message: str) -> list[str]:
    return [link.host for link in FINDER.find(message)]


def only(message: str) -> Link:
    [link] = FINDER.find(message)
    return link


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("cool.it", []),
        ("known.it", ["known.it"]),
        ("a.known.it", ["a.known.it"]),
        ("cool-site.it", ["cool-site.it"]),
        ("cool.it/x", ["cool.it"]),
        ("www.cool.it", ["www.cool.it"]),
        ("relay.skynet.be", ["relay.skynet.be"]),
        ("my-lib.so", []),
        ("my-lib.so/x", ["my-lib.so"]),
        ("12.ai 3.com 163.com", ["163.com"]),
        ("x.com t.co", ["x.com"]),
        ("a@b.com", []),
        ("/etc/evil.com", []),
        ("evil.com:99999999", ["evil.com"]),
        ("one.com,two.com;three.com", ["one.com", "two.com", "three.com"]),
        ("evil.com's", ["evil.com"]),
        ("-evil.com_", ["evil.com"]),
        ("http://", []),
        ("http://localhost/", []),
        ("http://[::g]/", []),
        ("https://evil.unknowntld/", ["evil.unknowntld"]),
        ("evil.unknowntld", []),
        ("a" * 64 + ".com", []),
    ],
)
def test_hosts(message: str, expected: list[str]) -> None:
    assert hosts(message) == expected


def test_credentials_before_the_host_are_a_decoy() -> None:
    link = only("https://metamask.io:x@evil.com/y")
    assert link.host == "evil.com"
    assert link.decoy == "metamask.io:x"
    assert link.obfuscated == 1.0
    assert only("https://me@evil.com").obfuscated == 0.0


def test_addresses_are_canonical_and_private_ones_known() -> None:
    assert only("http://0x7f.1/").address == "127.0.0.1"
    assert only("http://0x7f.1/").private
    assert not only("http://8.8.8.8").private
    assert hosts("1.2.3.4 and 10.0.0.0/8") == []


def test_a_plain_link_is_not_called_obfuscated() -> None:
    for message in (
        "https://evil.com",
        "evil.com",
        "HTTPS://EVIL.COM",
        "irc://irc.evil.com",
        "пример.рф",
    ):
        assert only(message).obfuscated == 0.0


def test_the_number_of_links_is_bounded() -> None:
    assert len(FINDER.find("evil.com " * 1000)) == MAX_LINKS


@given(st.text(alphabet="ab.:/@[]-_1 hxtp。点dot", max_size=60))
def test_spans_lie_in_the_message_and_do_not_overlap(message: str) -> None:
    last = 0
    for link in FINDER.find(message):
        assert last <= link.span[0] < link.span[1] <= len(message)
        last = link.span[1]


def test_no_character_that_reads_as_a_sign_of_links_is_overlooked() -> None:
    for code in range(0x20000):
        if not {".", "/", "\\"}.isdisjoint(Legible(chr(code)).text):
            assert may_link(f"a{chr(code)}{chr(code)}b"), hex(code)


def test_words_for_a_dot_are_folded_as_the_text_is() -> None:
    for word in DOT_WORDS:
        for written in (word, word.upper(), f"[{word}]", f"({word.title()})"):
            assert f" {fold(word).spaced} ".encode() in fold(f"evil {written} com").padded


def test_what_can_lead_nowhere_is_not_read() -> None:
    find = LinkFinder(frozenset().__contains__).find
    assert find("v1.2.3 and e.g. file.py, 3.5 or 1.2.3.4") == []
    assert [link.host for link in find("see 1.2.3.4/a")] == ["1.2.3.4"]
    assert [link.host for link in find("open b.Example.COM-")] == ["b.example.com"]
