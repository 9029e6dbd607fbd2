"""Is it alive, is it ready, and what does it count."""

from __future__ import annotations

import time

from aiohttp import web

from gateway.http.context import CONTEXT
from gateway.http.readiness import because, ready

__all__ = ["healthz", "metrics", "readyz"]


async def healthz(request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether to send traffic here: 200, or 503 with the problems; what is weak besides.

    `readiness` decides which is which.
    """
    context = request.app[CONTEXT]
    found = ready(context.health(), time.time())
    status = context.status()
    body = {
        **status,
        "ready": not found.problems,
        "problems": found.problems,
        "degraded": list(dict.fromkeys([*status.get("degraded", ()), *found.degraded])),
        "because": {name: because(name) for name in status.get("degraded", ())} | found.degraded,
    }
    return web.json_response(body, status=503 if found.problems else 200)


async def metrics(request: web.Request) -> web.Response:
    """Give every number in Prometheus' text format."""
    return web.Response(
        body=request.app[CONTEXT].metrics.text(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
