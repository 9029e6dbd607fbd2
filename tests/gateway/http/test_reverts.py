"""Reverting over HTTP: what is asked is checked, what was done is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.chat.acted import Restored
from gateway.chat.reverts import Reverts
from gateway.http.reverts import REVERTS, revert
from gateway.record.entry import Entry
from gateway.record.holds import Decision, Outcome
from gateway.state.labels import Labels
from tests.gateway.chat.keeping import Book
from tests.gateway.http.small import Client, small_app

PATH = "/v1/decisions/{event}/revert"


async def no_hold(
    tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
) -> Decision | None:
    return None


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    book = Book()
    for event, rev in (("m1", 0), ("m1", 1), ("a/b c", 0)):
        book.keep(Entry("verdict", "t", event, 1.0, "block", rev, "r", "u"))
    app = small_app()
    app[REVERTS] = Reverts(book, no_hold, Labels(), book, book, Restored(), lambda tenant: None)
    app.router.add_post(PATH, revert)
    async with TestClient[web.Request, web.Application](TestServer(app)) as it:
        yield it


async def ask(client: Client, event: str, body: Any = None) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else None
    json = None if isinstance(body, bytes) else body
    async with client.post(f"/v1/decisions/{event}/revert", data=data, json=json) as reply:
        return reply.status, await reply.json(content_type=None)


async def test_a_decision_is_reverted_once_and_then_who_did_it_is_told(client: Client) -> None:
    status, first = await ask(client, "m1", {"rev": 1, "reason": "a joke"})
    assert status == 200
    assert (first["fresh"], first["by"], first["reason"]) == (True, "moderator:ann", "a joke")
    assert [each["kind"] for each in first["commands"]] == ["restore"]
    status, again = await ask(client, "m1", {"rev": 1})
    assert (status, again["fresh"], again["by"]) == (200, False, "moderator:ann")
    assert again["at"] == first["at"]
    status, other = await ask(client, "m1")
    assert (status, other["fresh"], other["rev"]) == (200, True, 0)


async def test_an_id_may_hold_anything(client: Client) -> None:
    assert (await ask(client, "a%2Fb%20c"))[0] == 200


async def test_what_nobody_decided_is_not_found(client: Client) -> None:
    status, body = await ask(client, "m2")
    assert (status, body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad_json"),
        (b"\xff", "bad_json"),
        (b"[]", "bad_field"),
        ({"rev": -1}, "bad_field"),
        ({"rev": "0"}, "bad_field"),
        ({"why": "x"}, "bad_field"),
        ({"reason": "x" * 513}, "bad_field"),
    ],
)
async def test_what_cannot_be_read_is_refused(client: Client, body: Any, code: str) -> None:
    status, answer = await ask(client, "m1", body)
    assert (status, answer["code"]) == (400, code)


async def test_an_id_that_cannot_be_one_is_refused(client: Client) -> None:
    assert (await ask(client, "x" * 129))[0] == 400
