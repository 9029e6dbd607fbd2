"""The WebSocket listener: who may come in, and by which door.

The upgrade callback is synchronous, so keys are looked up in memory. A wrong or missing key is
answered 401 at the handshake, a tenant with all its connections in use 429, an unknown path 404.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from weakref import WeakSet

from picows import (
    WSListener,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from gateway.edge.connection import Connection
from gateway.edge.echo import ECHO_BYTES, Echo
from gateway.record.keys import Key
from gateway.record.refusals import Refusals
from gateway.tls import HANDSHAKE_S
from seawall.wire import MEDIA_FRAME_BYTES, SUBPROTOCOL

__all__ = ["listen"]

PATH = b"/v1"
CONSOLE_PATH = b"/console"
READ_BUFFER = 4096
"""Initial read buffer of a connection: 16 KB per idle connection instead of 28, at the same CPU."""
BUSY_RETRY_S = 1
FRAME_HEAD = 64
"""picows cuts what is this much larger still; what is just too large hears why."""

FindKey = Callable[[str], Key | None]
Connect = Callable[[Key], Connection]
Answer = WSUpgradeResponseWithListener | WSListener | None
Admit = Callable[[WSUpgradeRequest], WSListener | tuple[HTTPStatus, str, str]]
"""Lets a console in, or says why not: status, code, message."""


class _Reception:
    """Decides about handshakes."""

    def __init__(
        self, find_key: FindKey, connect: Connect, most: int, echo: bool, admit: Admit | None
    ) -> None:
        self._admit = admit
        self._find_key = find_key
        self._connect = connect
        self._most = most
        self._echo = echo
        self._refused = Refusals("edge")
        self._crowded = Refusals("edge")
        self._held: defaultdict[str, WeakSet[Connection]] = defaultdict(WeakSet)

    def upgrade(self, request: WSUpgradeRequest) -> Answer:
        """Let a connection in, or say why not."""
        path = bytes(request.path).partition(b"?")[0]
        if path == CONSOLE_PATH and self._admit is not None:
            return self._console(request, self._admit)
        if path != PATH:
            return Echo() if self._echo else _refused(HTTPStatus.NOT_FOUND, "not_found", _NOWHERE)
        given = request.headers.get("Authorization", "")
        scheme, _, token = given.partition(" ")
        key = self._find_key(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            self._refused.tell("unknown" if given else "missing", **_origin(request))
            headers = {"WWW-Authenticate": "Bearer"}
            return _refused(HTTPStatus.UNAUTHORIZED, "unauthorized", _NO_KEY, headers)
        if self._most and self._open(key.tenant) >= self._most:
            about = {"tenant": key.tenant, "key": key.id, **_origin(request)}
            self._crowded.tell("too many connections", **about)
            message = f"this tenant already holds {self._most} connections to this gateway"
            headers = {"Retry-After": str(BUSY_RETRY_S)}
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "too_many_connections", message, headers)
        connection = self._connect(key)
        if self._most:
            self._held[key.tenant].add(connection)
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        spoken = SUBPROTOCOL in (name.strip() for name in offered.split(","))
        extra = {"Sec-WebSocket-Protocol": SUBPROTOCOL} if spoken else {}
        answer = WSUpgradeResponse.create_101_response(extra_headers=extra)
        return WSUpgradeResponseWithListener(answer, connection)

    def _console(self, request: WSUpgradeRequest, admit: Admit) -> Answer:
        """Let a moderator's console in: by a session's cookie, from a page of ours."""
        admitted = admit(request)
        if isinstance(admitted, WSListener):
            answer = WSUpgradeResponse.create_101_response()
            return WSUpgradeResponseWithListener(answer, admitted)
        status, code, message = admitted
        self._refused.tell(f"console {code}", **_origin(request))
        return _refused(status, code, message)

    def _open(self, tenant: str) -> int:
        """Count a tenant's connections; those that are gone, or never came to be, do not count."""
        held = self._held[tenant]
        if len(held) >= self._most:
            for connection in list(held):
                if connection.transport is None or connection.transport.is_disconnected:
                    held.discard(connection)
        return len(held)


async def listen(
    host: str,
    port: int,
    find_key: FindKey,
    connect: Connect,
    ping_s: float,
    echo: bool,
    *,
    tls: ssl.SSLContext | None = None,
    tenant_connections: int = 0,
    admit: Admit | None = None,
) -> asyncio.Server:
    """Start listening. Port 0 takes a free one; read it from the server's sockets.

    `tenant_connections` is the most that one tenant may hold; 0 for any number. `admit` lets
    consoles in; without it there are none.
    """
    secure: dict[str, Any] = {"ssl": tls, "ssl_handshake_timeout": HANDSHAKE_S} if tls else {}
    server: asyncio.Server = await ws_create_server(
        _Reception(find_key, connect, tenant_connections, echo, admit).upgrade,
        host,
        port,
        enable_auto_ping=True,
        auto_ping_idle_timeout=ping_s,
        auto_ping_reply_timeout=ping_s,
        max_frame_size=ECHO_BYTES if echo else FRAME_HEAD + MEDIA_FRAME_BYTES,
        read_buffer_init_size=READ_BUFFER,
        use_aiofastnet=False,
        backlog=1024,
        **secure,
    )
    return server


_NO_KEY = "give a valid key: Authorization: Bearer sw_…"
_NOWHERE = "the WebSocket's path is /v1"


def _refused(
    status: HTTPStatus, code: str, message: str, headers: dict[str, str] | None = None
) -> WSUpgradeResponseWithListener:
    body = json.dumps({"code": code, "message": message}).encode()
    given = {"Content-Type": "application/json", **(headers or {})}
    response = WSUpgradeResponse.create_error_response(status, body, given)
    return WSUpgradeResponseWithListener(response, None)


def _origin(request: WSUpgradeRequest) -> dict[str, str]:
    """Say who knocks as far as the handshake tells: picows shows no address before it is over."""
    return {
        "forwarded": request.headers.get("X-Forwarded-For", ""),
        "agent": request.headers.get("User-Agent", ""),
    }
