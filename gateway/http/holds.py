"""Held messages for moderators: list, approve, deny. A second decision is told who was first."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from gateway.http.context import CONTEXT, KEY

__all__ = ["approve_hold", "deny_hold", "list_holds"]

LIMIT = 200


async def list_holds(request: web.Request) -> web.Response:
    """List open holds of the key's tenant, the ones that expire soonest first."""
    key = request[KEY]
    text = request.query.get("limit", "100")
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT:
        return web.json_response(
            {"code": "bad_field", "message": f"limit: a number from 1 to {LIMIT}"}, status=400
        )
    items = await request.app[CONTEXT].list_holds(key.tenant, int(text))
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
    if not rev.isdecimal() or len(rev) > 10:
        return web.json_response(
            {"code": "bad_field", "message": "rev: a whole number"}, status=400
        )
    decided = await request.app[CONTEXT].decide_hold(
        key.tenant, request.match_info["id"], int(rev), outcome, key.name
    )
    if decided is None:
        return web.json_response(
            {"code": "not_found", "message": "no such hold in this tenant"}, status=404
        )
    status = 200 if decided["by"] == key.name and decided["outcome"] == outcome else 409
    return web.json_response(decided, status=status)
