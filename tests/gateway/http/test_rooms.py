"""A room's switches over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.chat.switches import Switches
from gateway.http.rooms import SWITCHES, list_switches, release_switch, turn_switch
from gateway.state.labels import Labels
from tests.gateway.chat.keeping import Book
from tests.gateway.http.small import Client, small_app

ALL = "/v1/rooms/{room}/switches"
ONE = "/v1/rooms/{room}/switches/{name}"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    book, app = Book(), small_app()
    app[SWITCHES] = Switches(Labels(), book, book, lambda tenant: None)
    app.router.add_get(ALL, list_switches)
    app.router.add_put(ONE, turn_switch)
    app.router.add_delete(ONE, release_switch)
    async with TestClient[web.Request, web.Application](TestServer(app)) as it:
        yield it


async def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else None
    json = None if isinstance(body, bytes) else body
    async with client.request(method, path, data=data, json=json) as reply:
        return reply.status, await reply.json(content_type=None)


async def test_a_switch_is_turned_shown_and_released(client: Client) -> None:
    path = "/v1/rooms/btc%2Fnight/switches"
    status, on = await ask(client, "PUT", f"{path}/shield", {"on": True, "for_s": None})
    assert (status, on["switch"], on["by"], on["in_force"]) == (200, True, "moderator:ann", True)
    status, body = await ask(client, "GET", path)
    assert status == 200
    assert {each["name"]: each["switch"] for each in body["items"]}["shield"] is True
    status, off = await ask(client, "PUT", f"{path}/shield", {"on": False, "for_s": 60})
    assert (status, off["switch"], off["in_force"]) == (200, False, False)
    assert off["until"] > 60
    status, free = await ask(client, "DELETE", f"{path}/shield")
    assert (status, free["switch"]) == (200, None)
    assert (await ask(client, "DELETE", f"{path}/shield"))[0] == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        ({}, "bad_field"),
        ({"on": "yes"}, "bad_field"),
        ({"on": True, "for_s": 0}, "bad_field"),
        ({"on": True, "for_s": 1e12}, "bad_field"),
        ({"on": True, "how": 1}, "bad_field"),
    ],
)
async def test_what_cannot_be_read_is_refused(client: Client, body: Any, code: str) -> None:
    status, answer = await ask(client, "PUT", "/v1/rooms/r/switches/shield", body)
    assert (status, answer["code"]) == (400, code)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_unknown_switch_is_not_found(client: Client, method: str) -> None:
    status, answer = await ask(client, method, "/v1/rooms/r/switches/dance", {"on": True})
    assert (status, answer["code"]) == (404, "not_found")
    assert "shield" in answer["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_room_that_cannot_be_one_is_refused(client: Client, method: str) -> None:
    path = f"/v1/rooms/{'x' * 129}/switches" + ("" if method == "GET" else "/shield")
    assert (await ask(client, method, path, {"on": True}))[0] == 400
