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


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("evil%2ecom", "evil.com"),
        ("evil%2Ecom:443", "evil.com"),
        ("%62it.ly", "bit.ly"),
        ("me@evil%2ecom", "evil.com"),
        ("evil%E3%80%82com", "evil.com"),
        ("%EF%BD%85vil.com", "evil.com"),
        ("%31%32%37.0.0.1", "127.0.0.1"),
        ("m%C3%A9tamask.io", "métamask.io"),
        ("%61" * 60 + "." + "%62" * 60 + ".com", "a" * 60 + "." + "b" * 60 + ".com"),
    ],
)
@pytest.mark.parametrize("scheme", ["https://", "ftp://", "HTTP://"])
def test_escapes_in_a_host_are_undone(scheme: str, written: str, host: str) -> None:
    link = only(f"see {scheme}{written}/x now")
    assert link.host == host
    assert link.span == (4, 4 + len(f"{scheme}{written}/x"))
    assert link.obfuscated == 1.0


def test_an_escaped_address_is_one() -> None:
    assert only("http://%31%32%37.0.0.1/").address == "127.0.0.1"


@pytest.mark.parametrize("written", ["evil%zz.com", "evil%ff.com", "evil%2.com", "evil%2f.com"])
def test_a_host_whose_escapes_say_nothing_stays_as_it_is(written: str) -> None:
    assert only(f"https://{written}/").host == written
    assert only(f"https://{written}/").obfuscated == 0.0


@pytest.mark.parametrize("message", ["https://%/", "https://%2e%2e/", "//100%25", "https://a%2f"])
def test_escapes_that_lead_nowhere_are_no_link(message: str) -> None:
    assert hosts(message) == []


def test_escapes_in_a_path_disguise_nothing() -> None:
    assert only("https://evil.com/a%2eb").obfuscated == 0.0


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
