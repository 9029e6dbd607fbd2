"""The HTTP API's front door: routes, who may use them, and errors in one shape.

Every error is RFC 9457 problem+json with our `code` in it. Health, readiness and metrics need no
key; the rest needs a moderator's or an admin's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.http.context import CONTEXT, KEY, Context
from gateway.http.door import Door, Patience, Talk, unbranded
from gateway.http.health import healthz, metrics, readyz
from gateway.http.holds import approve_hold, deny_hold, list_holds
from gateway.http.openapi import openapi
from gateway.http.problems import problem
from gateway.http.record import list_cases, list_heads
from gateway.http.reverts import REVERTS, revert
from gateway.http.rooms import SWITCHES, list_switches, release_switch, turn_switch
from gateway.http.streams import (
    STREAMS,
    act_on_stream,
    list_streams,
    show_clip,
    show_evidence,
    show_still,
    show_stream,
    veto_cut,
)
from gateway.log import log
from gateway.record.refusals import Refusals
from seawall.errors import RecordUnavailable

__all__ = ["ROUTES", "make_app", "start_http"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})
ROLES = frozenset({"moderator", "admin"})
BODY_BYTES = 64 * 1024

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/healthz", healthz),
    ("GET", "/readyz", readyz),
    ("GET", "/metrics", metrics),
    ("GET", "/openapi.json", openapi),
    ("GET", "/v1/holds", list_holds),
    ("POST", "/v1/holds/{id}/{rev}/approve", approve_hold),
    ("POST", "/v1/holds/{id}/{rev}/deny", deny_hold),
    ("POST", "/v1/decisions/{event}/revert", revert),
    ("GET", "/v1/rooms/{room}/switches", list_switches),
    ("PUT", "/v1/rooms/{room}/switches/{name}", turn_switch),
    ("DELETE", "/v1/rooms/{room}/switches/{name}", release_switch),
    ("GET", "/v1/streams", list_streams),
    ("GET", "/v1/streams/{stream}", show_stream),
    ("POST", "/v1/streams/{stream}/veto", veto_cut),
    ("POST", "/v1/streams/{stream}/actions", act_on_stream),
    ("GET", "/v1/streams/{stream}/decisions/{event}", show_evidence),
    ("GET", "/v1/streams/{stream}/decisions/{event}/still", show_still),
    ("GET", "/v1/streams/{stream}/decisions/{event}/clip", show_clip),
    ("GET", "/v1/cases", list_cases),
    ("GET", "/v1/journal/heads", list_heads),
)


def make_app(context: Context, answer_s: float = Patience().answer_s) -> web.Application:
    """Build the application around what the gateway shows of itself."""
    refused = Refusals("http")

    @web.middleware
    async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await _auth(request, handler, refused)

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await _errors(request, handler, answer_s)

    app = web.Application(middlewares=[errors, auth], client_max_size=BODY_BYTES)
    app[CONTEXT] = context
    if context.reverts is not None:
        app[REVERTS] = context.reverts
    if context.switches is not None:
        app[SWITCHES] = context.switches
    if context.streams is not None:
        app[STREAMS] = context.streams
    app.on_response_prepare.append(unbranded)
    for method, path, handler in ROUTES:
        if method == "GET":
            app.router.add_get(path, handler)  # HEAD too
        else:
            app.router.add_route(method, path, handler)
    return app


async def start_http(
    context: Context,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    patience: Patience | None = None,
) -> tuple[web.AppRunner, int]:
    """Start serving; return the runner (to clean up) and the port in use. Raises OSError."""
    patience = patience or Patience()
    app = make_app(context, patience.answer_s)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await Door(runner, host, port, tls, patience.headers_s).start()
    except BaseException:
        await runner.cleanup()
        raise
    address = runner.addresses[0]
    return runner, int(address[1])


async def _errors(request: web.Request, handler: Handler, answer_s: float) -> web.StreamResponse:
    if isinstance(request.protocol, Talk):
        request.protocol.asked()
    try:
        async with asyncio.timeout(answer_s):
            return await handler(request)
    except web.HTTPException as stopped:
        if stopped.status < web.HTTPBadRequest.status_code:
            raise
        code = stopped.reason.lower().replace(" ", "_")
        return problem(stopped.status, code, stopped.reason, _kept(stopped))
    except TimeoutError:
        message = f"not done in {answer_s:.0f} s; it may be done all the same: look, then repeat"
        return problem(503, "timeout", message, {"Retry-After": "1"})
    except RecordUnavailable:
        message = "the record does not answer; nothing was changed"
        return problem(503, "record_unavailable", message, {"Retry-After": "1"})
    except Exception:  # a bug of ours must answer 500 in our shape, and be seen in the log
        log.exception("http failed", extra={"fields": {"path": request.path}})
        return problem(500, "internal", "this is a bug; see the gateway's log")


async def _auth(request: web.Request, handler: Handler, refused: Refusals) -> web.StreamResponse:
    if request.path in OPEN_PATHS:
        return await handler(request)
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    key = request.app[CONTEXT].find_key(token.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        refused.tell("unknown" if given else "missing", remote=request.remote or "")
        message = "give a valid key: Authorization: Bearer sw_…"
        return problem(401, "unauthorized", message, {"WWW-Authenticate": "Bearer"})
    if key.role not in ROLES:
        refused.tell("role", remote=request.remote or "", key=key.id, tenant=key.tenant)
        message = "a server's key may not decide; make one with --role moderator"
        return problem(403, "forbidden", message)
    request[KEY] = key
    return await handler(request)


def _kept(stopped: web.HTTPException) -> dict[str, str]:
    return {"Allow": stopped.headers["Allow"]} if "Allow" in stopped.headers else {}
