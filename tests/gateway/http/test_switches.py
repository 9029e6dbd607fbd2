"""A room's switches over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.chat.switches import Switches
from gateway.state.labels import Labels
from tests.gateway.chat.keeping import Book
from tests.gateway.http.serving import ask as ask_port, serving

BODY: dict[str, Any] = {"PUT": {"on": True}, "DELETE": None}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    book = Book()
    async with serving(switches=Switches(Labels(), book, book, lambda tenant: None)) as port:
        yield port


async def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, answer, _ = await ask_port(port, path, method, body=body)
    return status, answer


async def test_a_switch_is_turned_shown_and_released(port: int) -> None:
    path = "/v1/rooms/btc%2Fnight/switches"
    status, on = await ask(port, "PUT", f"{path}/shield", {"on": True, "for_s": None})
    assert (status, on["switch"], on["by"], on["in_force"]) == (
        200,
        True,
        "moderator:moderator",
        True,
    )
    status, body = await ask(port, "GET", path)
    assert status == 200
    assert {each["name"]: each["switch"] for each in body["items"]}["shield"] is True
    status, off = await ask(port, "PUT", f"{path}/shield", {"on": False, "for_s": 60})
    assert (status, off["switch"], off["in_force"]) == (200, False, False)
    assert off["until"] > 60
    status, free = await ask(port, "DELETE", f"{path}/shield")
    assert (status, free["switch"]) == (200, None)
    assert (await ask(port, "DELETE", f"{path}/shield"))[0] == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_field"),
        (b"{", "bad_json"),
        ({}, "bad_field"),
        ({"on": "yes"}, "bad_field"),
        ({"on": True, "for_s": 0}, "bad_field"),
        ({"on": True, "for_s": 1e12}, "bad_field"),
        ({"on": True, "how": 1}, "bad_field"),
    ],
)
async def test_what_cannot_be_read_is_refused(port: int, body: Any, code: str) -> None:
    status, answer = await ask(port, "PUT", "/v1/rooms/r/switches/shield", body)
    assert (status, answer["code"]) == (400, code)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_unknown_switch_is_not_found(port: int, method: str) -> None:
    status, answer = await ask(port, method, "/v1/rooms/r/switches/dance", BODY[method])
    assert (status, answer["code"]) == (404, "not_found")
    assert "shield" in answer["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_room_that_cannot_be_one_is_refused(port: int, method: str) -> None:
    path = f"/v1/rooms/{'x' * 129}/switches" + ("" if method == "GET" else "/shield")
    assert (await ask(port, method, path, BODY.get(method)))[0] == 400
