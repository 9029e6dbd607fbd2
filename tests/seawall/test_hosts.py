"""Host names as text: what one registers, numeric addresses, punycode."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.hosts import (
    FILE_TLDS,
    WORDY_TLDS,
    is_private_address,
    is_tld,
    parents,
    parse_address,
    to_unicode,
)


@pytest.mark.parametrize("label", ["com", "de", "рф", "中国", "xn--p1ai", "example", "io"])
def test_known_top_level_names_count(label: str) -> None:
    assert is_tld(label)


@pytest.mark.parametrize("label", ["js", "conf", "json", "thanks", "", "xn--", "5", "deb"])
def test_others_do_not(label: str) -> None:
    assert not is_tld(label)


def test_words_and_file_endings_are_top_level_names_themselves() -> None:
    assert FILE_TLDS < WORDY_TLDS
    assert {"it", "so", "now", "py", "rs"} <= WORDY_TLDS
    assert "com" not in WORDY_TLDS


def test_parents_go_down_to_two_labels() -> None:
    assert list(parents("a.b.example.com")) == ["a.b.example.com", "b.example.com", "example.com"]
    assert list(parents("example.com")) == ["example.com"]
    assert list(parents("localhost")) == ["localhost"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4.", "1.2.3.4"),
        ("16909060", "1.2.3.4"),
        ("0x01020304", "1.2.3.4"),
        ("0X1.0x2.0x3.0x4", "1.2.3.4"),
        ("01.02.03.04", "1.2.3.4"),
        ("1.2.772", "1.2.3.4"),
        ("1.131844", "1.2.3.4"),
        ("0x", "0.0.0.0"),
        ("[::1]", "::1"),
        ("[2606:4700::1]", "2606:4700::1"),
    ],
)
def test_numeric_hosts_are_read_as_browsers_do(host: str, address: str) -> None:
    assert parse_address(host) == address


@pytest.mark.parametrize(
    "host",
    ["", ".", "1.2.3.4.5", "1.2.3.256", "256.1.1.1", "1..2", "a.b", "0x1g", "08", "4294967296",
     "[::g]", "[", "1_0.0.0.1", "١.2.3.4", "9" * 40, "-1", "+1", "x.1.1.1"],
)  # fmt: skip
def test_what_is_no_address_is_none(host: str) -> None:
    assert parse_address(host) is None


@given(st.integers(0, 2**32 - 1))
def test_any_number_of_32_bits_is_one_address_in_every_base(number: int) -> None:
    written = {parse_address(form) for form in (str(number), hex(number), f"0{number:o}")}
    assert len(written) == 1
    assert None not in written


@pytest.mark.parametrize(
    ("address", "private"),
    [("192.168.1.1", True), ("127.0.0.1", True), ("8.8.8.8", False), ("::1", True),
     ("2606:4700::1", False), ("169.254.0.1", True)],
)  # fmt: skip
def test_private_addresses_are_known(address: str, private: bool) -> None:
    assert is_private_address(address) is private


def test_punycode_is_decoded_label_by_label() -> None:
    assert to_unicode("xn--e1afmkfd.xn--p1ai") == "пример.рф"
    assert to_unicode("www.xn--mnchen-3ya.de") == "www.münchen.de"
    assert to_unicode("plain.com") == "plain.com"


@pytest.mark.parametrize(
    "label", ["xn--", "xn--\u00e9", "xn--99999999999", "xn--" + "a" * 100, "xn--a b", "xn--!!!"]
)
def test_a_label_that_does_not_decode_stays(label: str) -> None:
    assert to_unicode(f"{label}.com") == f"{label}.com"


@given(st.text(max_size=80))
def test_nothing_raises_on_any_text(host: str) -> None:
    assert to_unicode(f"xn--{host}")
    list(parents(host))
    parse_address(host)
    parse_address(f"[{host}]")
