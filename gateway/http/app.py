"""The HTTP API's front door: the endpoints as routes, the console, and errors in one shape.

Every error is RFC 9457 problem+json with our `code` in it. Health, readiness, metrics and the
console's own files need nobody; the rest needs a moderator's session or key.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from aiohttp import web

from gateway.http.asker import REFUSALS
from gateway.http.calling import Handler, handler
from gateway.http.context import CONTEXT, Context
from gateway.http.door import Door, Patience, Talk, guarded
from gateway.http.endpoint import Endpoint
from gateway.http.endpoints import ENDPOINTS
from gateway.http.problems import problem, refusal
from gateway.http.static import BUILT, Console, socket_origin
from gateway.log import log
from gateway.record.refusals import Refusals
from gateway.refusal import Refused
from seawall.errors import RecordUnavailable

__all__ = ["make_app", "start_http"]

BODY_BYTES = 1 << 20
"""The largest body that any endpoint takes; each has its own bound below it."""


def make_app(
    context: Context,
    answer_s: float = Patience().answer_s,
    built: Path = BUILT,
    endpoints: tuple[Endpoint, ...] = ENDPOINTS,
) -> web.Application:
    """Build the application around what the gateway shows of itself; `built` is the console."""

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await _errors(request, handler, answer_s)

    app = web.Application(middlewares=[errors], client_max_size=BODY_BYTES)
    app[CONTEXT] = context
    app[REFUSALS] = Refusals("http")
    for key, value in context.extra:
        app[key] = value
    app.on_response_prepare.append(guarded)
    for endpoint in endpoints:
        if endpoint.method == "GET":
            app.router.add_get(endpoint.path, handler(endpoint))  # HEAD too
        else:
            app.router.add_route(endpoint.method, endpoint.path, handler(endpoint))
    console = Console(built, socket_origin)
    app.router.add_get("/{tail:(?!v1(?:/|$)).*}", console.show)
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
    except Refused as refused:
        return refusal(refused)
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


def _kept(stopped: web.HTTPException) -> dict[str, str]:
    return {"Allow": stopped.headers["Allow"]} if "Allow" in stopped.headers else {}
