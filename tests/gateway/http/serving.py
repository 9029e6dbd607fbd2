"""The HTTP API around a gateway that says what a test wants it to say."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from gateway.http.app import start_http
from gateway.http.context import Context
from gateway.http.door import Patience
from gateway.http.parts import Parts
from gateway.http.readiness import Health
from gateway.metrics import Metrics
from gateway.record.keys import Key
from gateway.roles import Actor

__all__ = ["Book", "ask", "at_ease", "serving"]

KEYS = {
    f"sw_{role}": Key(f"k_{role}", "t", role, role, 1.0)
    for role in ("moderator", "admin", "server")
}


async def _no_holds(tenant: str, limit: int, after: object) -> list[dict[str, Any]]:
    return []


async def _none(*_: object) -> list[Any]:
    return []


async def _no_decision(*_: object) -> None:
    return None


class Book:
    """An audit that is kept in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, dict[str, str]]] = []

    async def note(self, actor: Actor, what: str, target: str, **detail: str) -> None:
        """Keep a line: who, what, target, detail."""
        self.lines.append((actor.name, what, target, detail))


def at_ease(**told: Any) -> Context:  # Context's fields
    """Return the context of a gateway at ease, but for what is told."""
    fields: dict[str, Any] = {
        "metrics": Metrics(),
        "find_key": KEYS.get,
        "status": dict,
        "list_holds": _no_holds,
        "decide_hold": _no_decision,
        "health": Health,
        "heads": _none,
        "reverts": None,
        "switches": None,
        "parts": Parts(audit=Book()),
    }
    return Context(**(fields | told))


@asynccontextmanager
async def serving(
    patience: Patience | None = None,
    **told: Any,  # Context's fields
) -> AsyncIterator[int]:
    """Serve an API whose context has these functions; the rest is that of a gateway at ease."""
    runner, port = await start_http(at_ease(**told), "127.0.0.1", 0, None, patience)
    try:
        yield port
    finally:
        await runner.cleanup()


async def ask(
    port: int,
    path: str,
    method: str = "GET",
    role: str = "moderator",
    body: Any = None,  # what is sent as JSON; bytes as they are
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any, aiohttp.ClientResponse]:
    """Ask with a role's key; return status, body (JSON read, else bytes) and the answer itself."""
    sent = {"Authorization": f"Bearer sw_{role}"} if role else {}
    data = None
    if body is not None:
        sent["Content-Type"] = "application/json"
        data = io.BytesIO(body if isinstance(body, bytes) else msgspec.json.encode(body))
    url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(method, url, headers={**sent, **(headers or {})}, data=data) as answer,
    ):
        read = await answer.read()
        is_json = answer.content_type.endswith("json") and read
        return answer.status, msgspec.json.decode(read) if is_json else read, answer
