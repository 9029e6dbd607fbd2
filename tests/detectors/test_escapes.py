"""Hosts in escapes: undone as a browser does, or left alone."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.escapes import EscapedHost, find_escaped, plain_host


def test_where_an_escaped_host_stands() -> None:
    assert list(find_escaped("a https://u@t%2eme:443/b")) == [EscapedHost("t.me", 2, 18)]
    assert list(find_escaped("https://a%20b@t.me/c%2ed https://t.me/")) == []


def test_escapes_are_undone_once() -> None:
    assert plain_host("evil%252ecom") == "evil%252ecom"


def test_a_letter_that_becomes_a_slash_ends_no_host() -> None:
    assert plain_host("evil.com%E2%84%80.io") == "evil.com%E2%84%80.io"


@given(st.text(alphabet="%0123468abcdefEF.@:/t", max_size=60))
def test_nothing_raises_and_what_is_undone_holds_no_signs(text: str) -> None:
    host = plain_host(text)
    assert host == text or not set("%/:@") & set(host)
    for found in find_escaped(f"https://{text}"):
        assert 0 <= found.start < found.end <= len(text) + 8
