"""What redis-py reads out of the URL of one server.

A module by itself: redis-py takes megabytes, and a gateway with a Valkey of its own needs none.
"""

from __future__ import annotations

from ssl import SSLContext

import msgspec
from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.exceptions import RedisError

__all__ = ["Server", "read_server"]


class Server(msgspec.Struct, frozen=True):
    """A server's place and how to log in there."""

    path: str
    host: str
    port: int
    db: int
    username: str
    password: str
    tls: SSLContext | None


def read_server(url: str) -> Server:
    """Read a URL with its options. Raises ValueError, TypeError or OSError for a bad one."""
    try:
        options = dict(parse_url(url))
        kind = options.pop("connection_class", Connection)
        server: AbstractConnection = kind(**options)  # type: ignore[operator]  # a class, by its name
        tls = server.ssl_context.get() if isinstance(server, SSLConnection) else None
    except RedisError as problem:
        raise ValueError(problem) from problem
    path, host, port = "", "", 0
    if isinstance(server, UnixDomainSocketConnection):
        path = str(server.path)
    elif isinstance(server, Connection):
        host, port = str(server.host), int(server.port)
    username, password = (str(options.get(name) or "") for name in ("username", "password"))
    return Server(path, host, port, int(server.db or 0), username, password, tls)
