"""Only a session's cookie, shown by a page of ours, opens a live socket."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from websockets.exceptions import InvalidStatus

from gateway.console.handshake import token_of
from tests.gateway.console.making import site


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://127.0.0.1.evil.example:{port}",
        "http://[::1",
        "file://",
    ],
)
async def test_a_page_of_others_may_not_listen(origin: str) -> None:
    async with site() as here:
        with pytest.raises(InvalidStatus) as refused:
            async with here.console(origin=origin.format(port=here.port)):
                pass
        assert refused.value.response.status_code == 403


async def test_pages_that_the_operator_names_are_the_only_ones() -> None:
    async with site(frozenset({"https://mod.example"})) as here:
        async with here.console(origin="https://mod.example/") as console:
            await console.wait("hello")
        with pytest.raises(InvalidStatus):
            async with here.console():
                pass


@pytest.mark.parametrize("token", ["", "forged", "t-ann2", "t-ann;", "é"])
async def test_without_a_session_nobody_listens(token: str) -> None:
    async with site() as here:
        here.people.pop("t-ann") if token.startswith("t-ann;") else None
        with pytest.raises(InvalidStatus) as refused:
            async with here.console(token):
                pass
        assert refused.value.response.status_code == 401


@pytest.mark.parametrize(
    ("cookies", "token"),
    [
        ("seawall=a", "a"),
        ("x=1; seawall=a; y=2", "a"),
        ('seawall="a"', "a"),
        ("seawall=a; __Host-seawall=b", "b"),
        ("seawall=a; seawall=b", "a"),
        ("notseawall=a", ""),
        ("seawall", ""),
        ("", ""),
    ],
)
def test_the_token_is_found_among_cookies(cookies: str, token: str) -> None:
    assert token_of(cookies) == token


@given(st.text(max_size=200))
def test_any_header_can_be_read(cookies: str) -> None:
    assert isinstance(token_of(cookies), str)
