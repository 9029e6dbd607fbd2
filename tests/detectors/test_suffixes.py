"""Where one registers a name, by the public suffix list."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from detectors.suffixes import Suffixes, is_top_level, is_wordy, registrable, split_host

RULES = Suffixes(
    ["// a comment", "", "com", "ck", "*.ck", "!www.ck", "公司.cn  trailing"], ["host.com"]
)


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("example.com", ((), "example", "com")),
        ("a.b.example.com", (("a", "b"), "example", "com")),
        ("a.example.co.uk", (("a",), "example", "co.uk")),
        ("co.uk", ((), "co", "uk")),
        ("shop.example.com.br", (("shop",), "example", "com.br")),
        ("a.name.github.io", (("a",), "name", "github.io")),
        ("github.io", ((), "github", "io")),
        ("bucket.s3.amazonaws.com", ((), "bucket", "s3.amazonaws.com")),
        ("x.bucket.s3.amazonaws.com", (("x",), "bucket", "s3.amazonaws.com")),
        ("store.blob.core.windows.net", ((), "store", "blob.core.windows.net")),
        ("a.store.blob.core.windows.net", (("a",), "store", "blob.core.windows.net")),
        ("localhost", ((), "localhost", "")),
        ("", ((), "", "")),
    ],
)
def test_a_host_is_split_where_one_registers(
    host: str, parts: tuple[tuple[str, ...], str, str]
) -> None:
    assert split_host(host) == parts


def test_the_registrable_part() -> None:
    assert registrable("a.example.co.uk") == "example.co.uk"
    assert registrable("me.pages.dev") == "me.pages.dev"
    assert registrable("localhost") == "localhost"


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("a.b.com", (("a",), "b", "com")),
        ("a.host.com", ((), "a", "host.com")),
        ("a.b.gov.ck", (("a",), "b", "gov.ck")),
        ("a.www.ck", (("a",), "www", "ck")),
        ("a.b.公司.cn", (("a",), "b", "公司.cn")),
        ("a.b.xn--55qx5d.cn", (("a",), "b", "xn--55qx5d.cn")),
        ("a.b.unknown", (("a",), "b", "unknown")),
    ],
)
def test_wildcards_exceptions_and_other_scripts(
    host: str, parts: tuple[tuple[str, ...], str, str]
) -> None:
    assert RULES.split(host) == parts


@pytest.mark.parametrize("label", ["com", "museum", "google", "xn--p1ai", "рф", "example"])
def test_top_level_names_of_the_list_count(label: str) -> None:
    assert is_top_level(label)


def test_rare_endings_need_a_further_sign() -> None:
    assert is_wordy("google")
    assert is_wordy("it")
    assert not is_wordy("com")
    assert not is_top_level("jpeg")


@given(st.text(max_size=300))
def test_any_text_is_split_without_loss(host: str) -> None:
    above, label, suffix = split_host(host)
    assert ".".join(filter(None, (*above, label, suffix))).replace(".", "") == host.replace(".", "")


def test_a_host_of_thousand_labels_is_split() -> None:
    assert registrable("a." * 1000 + "co.uk") == "a.co.uk"
