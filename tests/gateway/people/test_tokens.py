"""The cookie is read strictly, whatever stands in the header."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.log import redacted
from gateway.people.tokens import cookie_header, hash_token, new_token, read_cookie


def test_over_tls_only_the_cookie_that_no_other_host_can_set_counts() -> None:
    token = new_token()
    assert read_cookie([f"a=b; __Host-seawall={token}"], secure=True) == token
    assert read_cookie([f"seawall={token}"], secure=True) == ""
    assert read_cookie([f"seawall={token}; x"], secure=False) == token
    assert read_cookie([f"__Host-seawall={token}"], secure=False) == ""


def test_two_cookies_are_none() -> None:
    token, other = new_token(), new_token()
    assert read_cookie([f"seawall={token}; seawall={other}"], secure=False) == ""
    assert read_cookie([f"seawall={token}", f"seawall={token}"], secure=False) == ""


def test_the_flags() -> None:
    token = new_token()
    plain, host = (cookie_header(token, secure, 60.7) for secure in (False, True))
    assert plain == f"seawall={token}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict"
    assert host == (
        f"__Host-seawall={token}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure"
    )
    assert "Max-Age=0;" in cookie_header("", True, 60)


@given(st.lists(st.text(), max_size=4), st.booleans())
def test_garbage_is_no_token(headers: list[str], secure: bool) -> None:
    assert read_cookie(headers, secure) == ""


@given(st.text(alphabet='0123456789abcdefABCDEF \t";,=%\0', max_size=80), st.booleans())
def test_what_is_read_is_always_a_token(value: str, secure: bool) -> None:
    for name in ("seawall", "__Host-seawall"):
        found = read_cookie([f"x=1; {name}={value}; y=2"], secure)
        assert not found or hash_token(found) is not None


@given(st.text())
def test_only_tokens_of_ours_have_a_hash(text: str) -> None:
    assert hash_token(text) is None


def test_a_token_stays_out_of_the_log() -> None:
    token = new_token()
    assert token not in redacted(f"cookie {token} came")
