"""Is it alive, is it ready, and what does it count."""

from __future__ import annotations

from aiohttp import web

from gateway.http.context import CONTEXT

__all__ = ["healthz", "metrics", "readyz"]


async def healthz(request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether to send traffic here: 200, or 503 with the reasons; what is degraded besides."""
    context = request.app[CONTEXT]
    problems = context.problems()
    body = {"ready": not problems, "problems": problems, **context.status()}
    return web.json_response(body, status=503 if problems else 200)


async def metrics(request: web.Request) -> web.Response:
    """Give every number in Prometheus' text format."""
    return web.Response(
        body=request.app[CONTEXT].metrics.text(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
