"""Reverting over HTTP: what is asked is checked, what was done is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.chat.acted import Restored
from gateway.chat.reverts import Reverts
from gateway.record.entry import Entry
from gateway.record.holds import Decision, Outcome
from gateway.state.labels import Labels
from tests.gateway.chat.keeping import Book
from tests.gateway.http.serving import ask as ask_port, serving


async def no_hold(
    tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
) -> Decision | None:
    return None


@pytest.fixture
async def port() -> AsyncIterator[int]:
    book = Book()
    for event, rev in (("m1", 0), ("m1", 1), ("a/b c", 0)):
        book.keep(Entry("verdict", "t", event, 1.0, "block", rev, "r", "u"))
    reverts = Reverts(book, no_hold, Labels(), book, book, Restored(), lambda tenant: None)
    async with serving(reverts=reverts) as port:
        yield port


async def ask(port: int, event: str, body: Any = None) -> tuple[int, Any]:
    status, answer, _ = await ask_port(port, f"/v1/decisions/{event}/revert", "POST", body=body)
    return status, answer


async def test_a_decision_is_reverted_once_and_then_who_did_it_is_told(port: int) -> None:
    status, first = await ask(port, "m1", {"rev": 1, "reason": "a joke"})
    assert status == 200
    assert (first["fresh"], first["by"], first["reason"]) == (True, "moderator:moderator", "a joke")
    assert [each["kind"] for each in first["commands"]] == ["restore"]
    status, again = await ask(port, "m1", {"rev": 1})
    assert (status, again["fresh"], again["by"]) == (200, False, "moderator:moderator")
    assert again["at"] == first["at"]
    status, other = await ask(port, "m1")
    assert (status, other["fresh"], other["rev"]) == (200, True, 0)


async def test_an_id_may_hold_anything(port: int) -> None:
    assert (await ask(port, "a%2Fb%20c"))[0] == 200


async def test_what_nobody_decided_is_not_found(port: int) -> None:
    status, body = await ask(port, "m2")
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
async def test_what_cannot_be_read_is_refused(port: int, body: Any, code: str) -> None:
    status, answer = await ask(port, "m1", body)
    assert (status, answer["code"]) == (400, code)


async def test_an_id_that_cannot_be_one_is_refused(port: int) -> None:
    assert (await ask(port, "x" * 129))[0] == 400
