"""The HTTP API's front door: routes, who may use them, and errors in one shape.

Every error is `{"code": …, "message": …}`. Health, readiness and metrics need no key; the rest
needs a moderator's or an admin's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.http.context import CONTEXT, KEY, Context
from gateway.http.health import healthz, metrics, readyz
from gateway.http.holds import approve_hold, deny_hold, list_holds
from gateway.http.openapi import openapi
from gateway.log import log

__all__ = ["make_app", "start_http"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})


def make_app(context: Context) -> web.Application:
    """Build the application around what the gateway shows of itself."""
    app = web.Application(middlewares=[_errors, _auth], client_max_size=64 * 1024)
    app[CONTEXT] = context
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/v1/holds", list_holds)
    app.router.add_post("/v1/holds/{id}/{rev}/approve", approve_hold)
    app.router.add_post("/v1/holds/{id}/{rev}/deny", deny_hold)
    return app


async def start_http(context: Context, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Start serving; return the runner (to clean up) and the port in use. Raises OSError."""
    runner = web.AppRunner(make_app(context), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except BaseException:
        await runner.cleanup()
        raise
    address = runner.addresses[0]
    return runner, int(address[1])


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as problem:
        if problem.content_type == "application/json":
            raise
        code = problem.reason.lower().replace(" ", "_")
        body = {"code": code, "message": problem.reason}
        return web.json_response(body, status=problem.status, headers=_kept(problem))
    except Exception:  # a bug of ours must answer 500 in our shape, and be seen in the log
        log.exception("http failed", extra={"fields": {"path": request.path}})
        body = {"code": "internal", "message": "this is a bug; see the gateway's log"}
        return web.json_response(body, status=500)


@web.middleware
async def _auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path in OPEN_PATHS:
        return await handler(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    key = request.app[CONTEXT].find_key(token.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        return web.json_response(
            {"code": "unauthorized", "message": "give a valid key: Authorization: Bearer sw_…"},
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
    if key.role not in ("moderator", "admin"):
        message = "a server's key may not decide; make one with --role moderator"
        return web.json_response({"code": "forbidden", "message": message}, status=403)
    request[KEY] = key
    return await handler(request)


def _kept(problem: web.HTTPException) -> dict[str, str]:
    return {"Allow": problem.headers["Allow"]} if "Allow" in problem.headers else {}
