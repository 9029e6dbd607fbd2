"""Who talks to the HTTP API's socket: patience has an end, and nobody is told what we are built of.

Broken requests never reach the application; here they get the same answer as everything else that
is wrong, and cost no traceback.
"""

from __future__ import annotations

import asyncio
import ssl
from http import HTTPStatus

from aiohttp import web
from msgspec import Struct

from gateway.http.problems import problem
from gateway.log import log
from gateway.tls import HANDSHAKE_S

__all__ = ["Door", "Patience", "Talk", "guarded"]

KEEPALIVE_S = 75.0
"""How long one may wait for its next request: longer than the usual balancer keeps it."""
LINE_BYTES = 8190
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
"""The policy of content of what is data: should a browser show it as a page, it can do nothing."""
HEADERS = 64


class Patience(Struct, frozen=True):
    """How long a connection may take to its first whole request, and a request to its answer."""

    headers_s: float = 10.0
    answer_s: float = 10.0


class Talk(web.RequestHandler):
    """One connection."""

    __slots__ = ("_headers_s", "_waiting")

    def __init__(
        self, server: web.Server, loop: asyncio.AbstractEventLoop, headers_s: float
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # as AppRunner itself gives it
            keepalive_timeout=KEEPALIVE_S,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=HEADERS,
            lingering_time=1.0,
        )
        self._headers_s = headers_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start, and wait for a request."""
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(self._headers_s, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._waiting.cancel()
        super().connection_lost(exc)

    def asked(self) -> None:
        """Note that a whole request has come."""
        self._waiting.cancel()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request, or a fault outside of the application."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("http failed", exc_info=exc, extra={"fields": {"remote": request.remote}})
        else:
            fields = {"remote": request.remote, "why": type(exc).__name__}
            log.debug("no http request", extra={"fields": fields})
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had already begun")
        phrase = HTTPStatus(status).phrase
        answer = problem(status, phrase.lower().replace(" ", "_"), phrase, {"Server": "seawall"})
        answer.force_close()
        return answer

    def _give_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Door(web.BaseSite):
    """Where the API listens, with TLS where there is a context."""

    __slots__ = ("_headers_s", "_host", "_port")

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        headers_s: float,
    ) -> None:
        super().__init__(runner, ssl_context=tls)
        self._headers_s = headers_s
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        """The address as configured."""
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raises OSError."""
        await super().start()
        server = self._runner.server
        assert server is not None
        loop = asyncio.get_running_loop()

        self._server = await loop.create_server(
            lambda: Talk(server, loop, self._headers_s),
            self._host,
            self._port,
            ssl=self._ssl_context,
            ssl_handshake_timeout=HANDSHAKE_S if self._ssl_context else None,
            backlog=self._backlog,
        )


async def guarded(request: web.Request, response: web.StreamResponse) -> None:
    """Finish an answer's headers: no banner, nothing kept by a cache, nothing run or framed."""
    headers = response.headers
    headers.pop("Server", None)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", NOTHING)
