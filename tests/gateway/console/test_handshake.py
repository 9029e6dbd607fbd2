"""Only a session's cookie, shown by a page of ours, opens a live socket."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.console.making import ANN, site, token


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


@pytest.mark.parametrize("shown", ["", "forged", token("eve"), f"{ANN};seawall={ANN}", "é"])
async def test_without_a_session_nobody_listens(shown: str) -> None:
    async with site() as here:
        with pytest.raises(InvalidStatus) as refused:
            async with here.console(shown):
                pass
        assert refused.value.response.status_code == 401
