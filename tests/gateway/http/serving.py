"""The HTTP API around a gateway that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from gateway.http.app import start_http
from gateway.http.context import Context
from gateway.http.door import Patience
from gateway.http.readiness import Health
from gateway.metrics import Metrics
from gateway.record.keys import Key

__all__ = ["ask", "serving"]

KEYS = {f"sw_{role}": Key(f"k_{role}", "t", role, role, 1.0) for role in ("moderator", "server")}


async def _no_holds(tenant: str, limit: int) -> list[dict[str, Any]]:
    return []


async def _none(*_: object) -> list[Any]:
    return []


async def _no_decision(*_: object) -> None:
    return None


@asynccontextmanager
async def serving(
    patience: Patience | None = None,
    **told: Any,  # Context's fields
) -> AsyncIterator[int]:
    """Serve an API whose context has these functions; the rest is that of a gateway at ease."""
    fields: dict[str, Any] = {
        "metrics": Metrics(),
        "find_key": KEYS.get,
        "status": dict,
        "list_holds": _no_holds,
        "decide_hold": _no_decision,
        "health": Health,
        "heads": _none,
        "cases": _none,
        "reverts": None,
        "switches": None,
    }
    runner, port = await start_http(Context(**(fields | told)), "127.0.0.1", 0, None, patience)
    try:
        yield port
    finally:
        await runner.cleanup()


async def ask(
    port: int, path: str, method: str = "GET", role: str = "moderator", **more: Any
) -> tuple[int, dict[str, Any], aiohttp.ClientResponse]:
    """Ask with a role's key; return status, body and the answer itself."""
    headers = {"Authorization": f"Bearer sw_{role}"} if role else {}
    url = f"http://127.0.0.1:{port}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, **more) as answer,
    ):
        return answer.status, await answer.json(), answer
