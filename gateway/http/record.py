"""The record, read only: where the chains end, and the work that waits for people."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from gateway.http.asked import limit_of
from gateway.http.context import CONTEXT, KEY

__all__ = ["list_cases", "list_heads"]


async def list_heads(request: web.Request) -> web.Response:
    """List the newest published heads; `journal verify --head` is held against them.

    They are the gateway's, not a tenant's: a chain holds all tenants' decisions, a head no
    content.
    """
    limit = limit_of(request)
    if isinstance(limit, web.Response):
        return limit
    return _items(await request.app[CONTEXT].heads(limit))


async def list_cases(request: web.Request) -> web.Response:
    """List the newest lines in the lives of the key's tenant's cases."""
    limit = limit_of(request)
    if isinstance(limit, web.Response):
        return limit
    return _items(await request.app[CONTEXT].cases(request[KEY].tenant, limit))


def _items(rows: Sequence[msgspec.Struct]) -> web.Response:
    return web.json_response({"items": [msgspec.to_builtins(row) for row in rows]})
