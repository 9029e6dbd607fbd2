"""A small application around single routes, where a moderator has shown her key already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestClient

from gateway.http.context import KEY
from gateway.record.keys import Key

__all__ = ["Client", "small_app"]

Client = TestClient[web.Request, web.Application]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def small_app() -> web.Application:
    """Build an application whose requests all come from the moderator ann of tenant t."""

    @web.middleware
    async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[KEY] = Key("k1", "t", "moderator", "ann", 1.0)
        return await handler(request)

    return web.Application(middlewares=[auth])
