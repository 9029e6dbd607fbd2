"""From a request to an answer: who, what, under which key, and what is refused how."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.gateway.http.desk import Front, fronting
from tests.gateway.http.serving import Book, ask, serving
from tests.gateway.record.making import change

HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnirts\u202c \u2066x\u2069",
    "\u0000\u0007\x7f",
    "'; DROP TABLE cases; --",
    "%2e%2e/%00",
    "\U0001f9d1\u200d\U0001f680" * 40,
]


def key(name: str = "one") -> dict[str, str]:
    return {"Idempotency-Key": name}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """Serve one API for all that change nothing, or a case of their own."""
    data = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(migrated, data)
    async with fronting(data) as it:
        yield it


async def test_a_repeated_claim_is_answered_the_same(front: Front) -> None:
    case = front.opened()
    path = f"/v1/cases/{case.id}/claim"
    status, first, answer = await ask(front.port, path, "POST", headers=key())
    assert (status, "Idempotent-Replayed" in answer.headers) == (200, False)
    status, again, answer = await ask(front.port, path, "POST", headers=key())
    assert (status, again) == (200, first)
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert answer.headers["ETag"] == f'"{first["version"]}"'
    status, body, _ = await ask(front.port, path, "POST", body={}, headers=key())
    assert (status, body["code"]) == (422, "key_reused")
    claims = await front.audited("case.claim")
    assert len(claims) == 1


async def test_a_decision_that_is_sent_twice_is_made_once(front: Front) -> None:
    case = front.opened()
    path, body = f"/v1/cases/{case.id}/decision", {"choice": "close"}
    asked = [ask(front.port, path, "POST", body=body, headers=key()) for _ in range(3)]
    found = await asyncio.gather(*asked)
    assert {status for status, _, _ in found} <= {200, 409}
    status, again, _ = await ask(front.port, path, "POST", body=body, headers=key())
    assert (status, again["decision"]["id"]) == (200, "d1")


async def test_who_comes_second_is_told_what_stands(front: Front) -> None:
    case = front.opened()
    path, body = f"/v1/cases/{case.id}/decision", {"choice": "close"}
    await ask(front.port, path, "POST", body=body)
    status, told, answer = await ask(front.port, path, "POST", role="admin", body=body)
    assert (status, told["code"], answer.content_type) == (
        409,
        "already_decided",
        "application/problem+json",
    )
    assert (told["stands"]["state"], told["stands"]["decided_by"]) == ("decided", "moderator")


async def test_a_refused_request_leaves_its_key_free(front: Front) -> None:
    path = "/v1/cases/nobody/claim"
    assert (await ask(front.port, path, "POST", headers=key()))[0] == 404
    case = front.opened()
    status, _, _ = await ask(front.port, f"/v1/cases/{case.id}/claim", "POST", headers=key())
    assert status == 200


async def test_a_claim_of_an_older_version_is_refused(front: Front) -> None:
    case = front.opened()
    path = f"/v1/cases/{case.id}/claim"
    status, _, _ = await ask(front.port, path, "POST", headers={"If-Match": '"999"'})
    assert status in (409, 412)
    for wrong in ("3", "*", 'W/"1"', '"1", "2"', '"x"'):
        status, body, _ = await ask(front.port, path, "POST", headers={"If-Match": wrong})
        assert (status, body["code"]) == (400, "bad_field"), wrong
    exact = {"If-Match": f'"{case.version}"'}
    assert (await ask(front.port, path, "POST", headers=exact))[0] == 200


async def test_what_several_edit_needs_the_version_that_was_seen(front: Front) -> None:
    status, matrix, answer = await ask(front.port, "/v1/roles", role="admin")
    assert (status, answer.headers["ETag"]) == (200, '"0"')
    body = {"roles": matrix["roles"], "queues": {}}
    status, told, _ = await ask(front.port, "/v1/roles", "PUT", "admin", body)
    assert (status, told["code"]) == (428, "if_match")
    seen = {"If-Match": '"0"'}
    assert (await ask(front.port, "/v1/roles", "PUT", "admin", body, seen))[0] == 200
    assert (await ask(front.port, "/v1/roles", "PUT", "admin", body, seen))[0] == 412


async def test_a_change_by_cookie_needs_its_token(front: Front) -> None:
    case = front.opened()
    person = await front.sign_in("bea", "moderator")
    path = f"/v1/cases/{case.id}/claim"
    bare = {"Cookie": person["Cookie"]}
    status, body, _ = await ask(front.port, path, "POST", "", headers=bare)
    assert (status, body["code"]) == (403, "csrf")
    other = {**person, "Origin": "https://evil.example"}
    status, body, _ = await ask(front.port, path, "POST", "", headers=other)
    assert (status, body["code"]) == (403, "cross_site")
    status, body, _ = await ask(front.port, path, "POST", "", headers=person)
    assert (status, body["claimed_by"]) == (200, "bea")


async def test_a_right_in_one_queue_opens_the_door_and_no_more(front: Front) -> None:
    status, matrix, _ = await ask(front.port, "/v1/roles", role="admin")
    roles = matrix["roles"] | {"analyst": []}
    body = {"roles": roles, "queues": {"fraud": {"analyst": ["cases.read", "cases.claim"]}}}
    status, _, _ = await ask(front.port, "/v1/roles", "PUT", "admin", body, {"If-Match": '"0"'})
    assert status == 200
    mine, other = front.opened(queue="fraud"), front.opened(queue="abuse", alike="x")
    person = await front.sign_in("ana", "analyst")
    for case, wanted in ((mine, 200), (other, 403)):
        path = f"/v1/cases/{case.id}/claim"
        assert (await ask(front.port, path, "POST", "", headers=person))[0] == wanted
    status, page, _ = await ask(front.port, "/v1/cases", role="", headers=person)
    assert (status, [each["queue"] for each in page["items"]]) == (200, ["fraud"])
    assert (await ask(front.port, "/v1/overview", role="", headers=person))[0] == 403


async def test_the_record_that_does_not_answer_is_told(front: Front) -> None:
    case = front.opened()
    change(front.where, "DROP TABLE case_notes")
    status, body, answer = await ask(front.port, f"/v1/cases/{case.id}/claim", "POST")
    assert (status, body["code"]) == (503, "record_unavailable")
    assert answer.headers["Retry-After"] == "1"


async def test_a_part_that_is_not_here_says_so() -> None:
    async with serving() as port:
        for path in ("/v1/cases", "/v1/overview", "/v1/policy", "/v1/nukes", "/v1/rooms"):
            status, body, _ = await ask(port, path)
            assert (status, body["code"]) == (503, "not_here"), path


async def test_nothing_is_asked_without_an_audit() -> None:
    async with serving() as port:
        assert (await ask(port, "/v1/holds"))[0] == 200
    from gateway.http.parts import Parts

    async with serving(parts=Parts()) as port:
        assert (await ask(port, "/v1/holds"))[1]["code"] == "not_here"


async def test_a_view_is_written_down_with_what_was_chosen(front: Front, data: Any) -> None:
    book, case = Book(), front.opened()
    async with fronting(data, parts={"audit": book}) as other:
        path = f"/v1/cases/{case.id}/decision"
        await ask(other.port, path, "POST", body={"choice": "close", "reason": "secret words"})
    assert book.lines == [("moderator", "case.decide", case.id, {"choice": "close"})]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/cases?state=closed", "bad_field"),
        ("/v1/cases?limit=0", "bad_field"),
        ("/v1/cases?limit=201", "bad_field"),
        ("/v1/cases?limit=%EF%BC%91", "bad_field"),
        ("/v1/cases?limit=1.0", "bad_field"),
        ("/v1/cases?limit=%201", "bad_field"),
        ("/v1/cases?mine=1", "bad_field"),
        ("/v1/cases?mine=true&mine=true", "bad_field"),
        ("/v1/cases?nobody=1", "bad_field"),
        ("/v1/cases?cursor=", "bad_field"),
        ("/v1/cases?cursor=AAAA", "bad_cursor"),
        ("/v1/cases?cursor=%F0%9F%99%88", "bad_cursor"),
        ("/v1/cases/" + "x" * 129, "bad_field"),
        ("/v1/decisions?from=nan", "bad_field"),
        ("/v1/decisions?to=1e3", "bad_field"),
        ("/v1/policy/diff?old=a", "bad_field"),
        ("/v1/cases/k/members/m/-1/still", "bad_field"),
        ("/v1/cases/k/members/m/99999999999/still", "bad_field"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_cannot_be_asked_is_refused(shared: Front, path: str, code: str) -> None:
    status, body, answer = await ask(shared.port, path)
    assert (status, body["code"]) == (400, code)
    assert answer.content_type == "application/problem+json"
    assert body["detail"] == body["message"]


async def test_bodies_are_read_strictly(front: Front) -> None:
    path = f"/v1/cases/{front.opened().id}/notes"
    for body, status, code in [
        (b"{", 400, "bad_json"),
        (b"\xff", 400, "bad_json"),
        (b"[]", 400, "bad_field"),
        (b'{"text": ""}', 400, "bad_field"),
        (b'{"text": "a", "more": 1}', 400, "bad_field"),
        (b'{"text": "\\ud800"}', 400, "bad_json"),
        (b"[" * 60_000, 400, "bad_field"),
        (b'{"text": "' + b"x" * 70_000 + b'"}', 413, "too_large"),
        (b"x" * 1_100_000, 413, "too_large"),
    ]:
        found, told, _ = await ask(front.port, path, "POST", body=body)
        assert (found, told["code"]) == (status, code), body[:40]
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # as curl says by itself
    status, _, _ = await ask(front.port, path, "POST", body=b'{"text": "a"}', headers=form)
    assert status == 200


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.asyncio(loop_scope="module")
async def test_hostile_words_are_kept_as_they_are_and_given_as_data(
    shared: Front, text: str
) -> None:
    case = shared.opened(alike=text)
    path = f"/v1/cases/{case.id}"
    status, _, _ = await ask(shared.port, f"{path}/notes", "POST", body={"text": text})
    assert status == 200
    status, body, answer = await ask(shared.port, path)
    assert status == 200
    assert text.replace("\0", "\u2400") in [note["text"] for note in body["notes"]]
    assert answer.content_type == "application/json"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_methods_and_keys_that_are_none(front: Front) -> None:
    status, body, answer = await ask(front.port, "/v1/cases", "POST")
    assert (status, body["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    case = front.opened()
    for wrong in ("", "x" * 129, "a b", "\u00e9"):
        path = f"/v1/cases/{case.id}/claim"
        status, body, _ = await ask(front.port, path, "POST", headers=key(wrong))
        assert (status, body["code"]) == (400, "bad_field"), wrong
    assert (await ask(front.port, "/v1/cases", role=""))[0] == 401
    status, _, answer = await ask(front.port, "/v1/cases", role="wrong")
    assert (status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_page_is_stable_while_cases_come_and_go(front: Front) -> None:
    made = [front.opened(alike=f"a{number}", due=9e9 + number).id for number in range(25)]
    seen: list[str] = []
    cursor = ""
    while True:
        status, page, _ = await ask(front.port, f"/v1/cases?limit=10{cursor}")
        assert status == 200
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        front.opened(alike=f"b{len(seen)}", due=1.0)  # more urgent than all that is to come
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)
