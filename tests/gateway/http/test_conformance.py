"""What the OpenAPI document says is true of the API that runs: asked by schemathesis, with requests
that keep the document and with some that do not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.chat.acted import Restored
from gateway.chat.reverts import Reverts
from gateway.chat.switches import Switches
from gateway.http.endpoints import document
from gateway.record.entry import Entry
from gateway.record.holds import Decision, Outcome
from gateway.state.labels import Labels
from tests.gateway.chat.keeping import Book
from tests.gateway.http.desk import fronting
from tests.gateway.records import fresh_record

EXAMPLES = 6
Operation = schemathesis.APIOperation[Any, Any, Any, Any]
FAULT, UNAVAILABLE = 500, 503
HOLD: dict[str, Any] = {
    "id": "m1", "rev": 0, "room": "r", "user": "u", "name": "<b>", "text": "\u202etxt", "rule": "x",
    "category": "spam", "created": 1.0, "expires": 2.0,
}  # fmt: skip
KNOWN = {"event": "m1", "rev": 0, "room": "lobby", "name": "shield"}
"""Parts of a path that name something that is there."""


async def no_hold(
    tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
) -> Decision | None:
    return None


async def holds(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
    return [HOLD]


async def decide(tenant: str, ref: str, rev: int, outcome: str, by: str) -> dict[str, Any] | None:
    return {**HOLD, "outcome": outcome, "by": by, "fresh": True} if ref == "m1" else None


async def serve(data: Path, started: Queue[tuple[str, str]], done: threading.Event) -> None:
    book = Book()
    book.keep(Entry("verdict", "t", "m1", 1.0, "block", 0, "r", "u"))
    reverts = Reverts(book, no_hold, Labels(), book, book, Restored(), lambda tenant: None)
    switches = Switches(Labels(), book, book, lambda tenant: None)
    told: dict[str, Any] = {
        "reverts": reverts,
        "switches": switches,
        "list_holds": holds,
        "decide_hold": decide,
    }
    async with fronting(data, **told) as front:
        case = front.opened(event="m1", due=None)
        front.keep("m1", "free money", still=b"\xff\xd8")
        started.put((f"http://127.0.0.1:{front.port}", case.id))
        await asyncio.to_thread(done.wait)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve in a thread of its own: who asks here waits for each answer. Give where, and a case."""
    data = tmp_path_factory.mktemp("conformance")
    fresh_record(data)
    started: Queue[tuple[str, str]] = Queue()
    done = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve(data, started, done)))
    thread.start()
    yield started.get(timeout=10)
    done.set()
    thread.join()


def no_fault(response: schemathesis.Response) -> None:
    """A 5xx is a part that is not here, or traffic that shall go elsewhere; never a bug."""
    if response.status_code >= FAULT:
        assert response.status_code == UNAVAILABLE, response.text
        assert response.json()["code"] == "not_here", response.text


def asks(operation: Operation) -> bool:
    """Say whether there is anything in its requests that could be wrong."""
    raw = operation.definition.raw
    return "parameters" in raw or "requestBody" in raw


SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = {
    found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)
}
POSITIVE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NEGATIVE = [*POSITIVE, negative_data_rejection]
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


EVERY = [(label, GenerationMode.POSITIVE) for label in OPERATIONS]
EVERY += [(label, GenerationMode.NEGATIVE) for label, each in OPERATIONS.items() if asks(each)]


@pytest.mark.parametrize(("label", "mode"), EVERY)
def test_the_document_is_kept(served: tuple[str, str], label: str, mode: GenerationMode) -> None:
    operation, positive = OPERATIONS[label], mode is GenerationMode.POSITIVE
    checks = POSITIVE if positive else NEGATIVE
    base, case_id = served
    there = {
        name: value for name, value in (KNOWN | {"case": case_id}).items() if f"{{{name}}}" in label
    }

    @BOUNDED
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        known = there if positive and data.draw(st.booleans()) else None
        case = data.draw(operation.as_strategy(mode, path_parameters=known))
        with requests.Session() as session:
            sent = {"Authorization": "Bearer sw_admin"}
            response = case.call(base_url=base, session=session, headers=sent)
            no_fault(response)
            case.validate_response(response, checks=checks)

    asked()
