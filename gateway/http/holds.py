"""Held messages for moderators: list, approve, deny. A second decision is told who was first."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from gateway.http.asked import limit_of
from gateway.http.context import CONTEXT, KEY
from gateway.http.problems import problem

__all__ = ["approve_hold", "deny_hold", "list_holds"]


async def list_holds(request: web.Request) -> web.Response:
    """List open holds of the key's tenant, the ones that expire soonest first."""
    limit = limit_of(request)
    if isinstance(limit, web.Response):
        return limit
    items = await request.app[CONTEXT].list_holds(request[KEY].tenant, limit)
    return web.json_response({"items": items})


async def approve_hold(request: web.Request) -> web.Response:
    """Let a held message through."""
    return await _decide(request, "approved")


async def deny_hold(request: web.Request) -> web.Response:
    """Refuse a held message."""
    return await _decide(request, "denied")


async def _decide(request: web.Request, outcome: Literal["approved", "denied"]) -> web.Response:
    key = request[KEY]
    rev = request.match_info["rev"]
    if not (rev.isascii() and rev.isdecimal() and len(rev) <= 10):
        return problem(400, "bad_field", "rev: a whole number")
    decided = await request.app[CONTEXT].decide_hold(
        key.tenant, request.match_info["id"], int(rev), outcome, key.name
    )
    if decided is None:
        return problem(404, "not_found", "no such hold in this tenant")
    status = 200 if decided["by"] == key.name and decided["outcome"] == outcome else 409
    return web.json_response(decided, status=status)
