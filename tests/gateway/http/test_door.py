"""The door takes nothing for granted: size, time, grammar; and says little about itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.http.door import Patience
from seawall.errors import RecordUnavailable
from tests.gateway.http.serving import ask, serving


async def raw(port: int, data: bytes) -> tuple[bytes, dict[str, str], bytes]:
    """Send bytes; return the status line, headers and body of what comes back before the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(5.0):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    return status, dict(line.decode().lower().split(": ", 1) for line in lines if line), body


BROKEN = [
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
]


@pytest.mark.parametrize("data", BROKEN)
async def test_what_is_no_request_is_a_problem_and_no_traceback(
    data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "seawall")
    async with serving() as port:
        status, headers, body = await raw(port, data)
    assert b" 400 " in status
    assert headers["content-type"].startswith("application/problem+json")
    assert json.loads(body)["code"] == "bad_request"
    assert headers["server"] == "seawall"
    assert "aiohttp" not in str(headers)
    assert caplog.messages == ["no http request"]
    assert caplog.records[0].levelname == "DEBUG"
    assert not caplog.records[0].exc_info


async def test_no_answer_says_what_we_are_built_of() -> None:
    async with serving() as port:
        for path in ("/healthz", "/readyz", "/v1/holds", "/nowhere", "/metrics"):
            request = f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode()
            _, headers, _ = await raw(port, request)
            assert "server" not in headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"


async def test_who_says_nothing_is_sent_away() -> None:
    async with serving(Patience(headers_s=0.05)) as port:
        for data in (b"", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            async with asyncio.timeout(5.0):
                try:
                    assert await reader.read() == b""
                except ConnectionResetError:
                    continue
                finally:
                    writer.close()


async def test_who_has_asked_is_not_sent_away() -> None:
    async def slowly(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
        await asyncio.sleep(0.2)
        return []

    async with serving(Patience(headers_s=0.05), list_holds=slowly) as port:
        assert (await ask(port, "/v1/holds"))[:2] == (200, {"items": [], "next": None})


async def test_what_takes_too_long_is_told() -> None:
    async def never(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
        await asyncio.Event().wait()
        return []

    async with serving(Patience(answer_s=0.05), list_holds=never) as port:
        status, body, answer = await ask(port, "/v1/holds")
        assert (status, body["code"]) == (503, "timeout")
        assert answer.headers["Retry-After"] == "1"


async def test_a_record_that_does_not_answer_is_no_fault_of_the_asker() -> None:
    async def away(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
        raise RecordUnavailable("postgresql://user:hunter22@host: gone")

    async with serving(list_holds=away) as port:
        status, body, _ = await ask(port, "/v1/holds")
    assert (status, body["code"]) == (503, "record_unavailable")
    assert "hunter22" not in str(body)


async def test_a_bug_is_500_in_the_same_shape(caplog: pytest.LogCaptureFixture) -> None:
    async def bug(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
        raise ZeroDivisionError("oops")

    async with serving(list_holds=bug) as port:
        status, body, answer = await ask(port, "/v1/holds")
    assert (status, body["code"]) == (500, "internal")
    assert answer.content_type == "application/problem+json"
    assert "oops" not in str(body)
    assert caplog.messages == ["http failed"]


@pytest.mark.parametrize(
    ("path", "method", "role", "status", "code"),
    [
        ("/v1/holds", "GET", "", 401, "unauthorized"),
        ("/v1/holds", "GET", "nobody", 401, "unauthorized"),
        ("/v1/journal/heads", "GET", "server", 403, "forbidden"),
        ("/v1/cases", "GET", "server", 403, "forbidden"),
        ("/v1/holds", "PATCH", "moderator", 405, "method_not_allowed"),
        ("/healthz", "POST", "", 405, "method_not_allowed"),
        ("/v1/nowhere", "GET", "moderator", 404, "not_found"),
        ("/v1/cases?limit=201", "GET", "moderator", 400, "bad_field"),
        ("/v1/journal/heads?limit=-1", "GET", "moderator", 400, "bad_field"),
        ("/v1/journal/heads?limit=%D9%A3", "GET", "moderator", 400, "bad_field"),
    ],
)
async def test_a_problem_is_rfc_9457_with_our_code(
    path: str, method: str, role: str, status: int, code: str
) -> None:
    async with serving() as port:
        found, body, answer = await ask(port, path, method, role)
    assert (found, body["status"], body["code"]) == (status, status, code)
    assert answer.content_type == "application/problem+json"
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"] == body["message"]
    assert ("Allow" in answer.headers) == (status == 405)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


async def test_refused_keys_are_told_with_the_address_and_without_the_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving() as port:
        for _ in range(20):
            assert (await ask(port, "/v1/holds", role="wrong-key-material"))[0] == 401
    (record,) = caplog.records
    assert record.getMessage() == "key refused"
    assert record.__dict__["fields"] == {"door": "http", "why": "unknown", "remote": "127.0.0.1"}
    assert "wrong-key" not in caplog.text
