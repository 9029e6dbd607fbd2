"""The live socket's handshake: a session's cookie, from a page of ours.

The cookie alone is not enough: a browser sends it with a WebSocket that any page opens, so the
Origin must be one we serve the console from (RFC 6455 section 10.2).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from picows import WSUpgradeRequest

from gateway.console.hub import Hub
from gateway.console.socket import ConsoleSocket
from gateway.people.tokens import read_cookie

__all__ = ["ConsoleDoor", "Refusal"]

_PORTS = {"http": 80, "https": 443}

Refusal = tuple[HTTPStatus, str, str]


class ConsoleDoor:
    """Decides who may listen.

    `origins` are pages named by the operator. Without any it is the page that this very host serves
    on `port`, which is known once the HTTP API listens. `secure`: browsers reach us by TLS.
    """

    def __init__(
        self, hub: Hub, origins: frozenset[str], port: Callable[[], int], *, secure: bool = False
    ) -> None:
        self._secure = secure
        self._hub = hub
        self._origins = origins
        self._port = port

    def admit(self, request: WSUpgradeRequest) -> ConsoleSocket | Refusal:
        """Let a console in, or say why not."""
        origin = request.headers.get("Origin", "")
        if not self._is_ours(origin, request.headers.get("Host", "")):
            return HTTPStatus.FORBIDDEN, "origin", "this page may not listen here"
        if self._hub.full:
            return HTTPStatus.SERVICE_UNAVAILABLE, "full", "too many consoles are connected"
        token = read_cookie(request.headers.getall("Cookie", []), self._secure)
        console = self._hub.connect(token)
        if console is None:
            return HTTPStatus.UNAUTHORIZED, "unauthorized", "sign in first"
        return console

    def _is_ours(self, origin: str, host: str) -> bool:
        """Say whether a page is one of ours: named by the operator, or on the host asked."""
        if self._origins:
            return origin.rstrip("/").lower() in self._origins
        try:
            asking, asked = urlsplit(origin), urlsplit(f"//{host}")
            port = asking.port or _PORTS.get(asking.scheme, 0)
        except ValueError:
            return False
        same = bool(asking.hostname) and asking.hostname == asked.hostname
        return same and port == self._port()
