"""Where the windows store is, from its URL: `unix:///path`, `redis://user:password@host:port/db`, `rediss://…`."""

from __future__ import annotations

from dataclasses import dataclass, field
from ssl import SSLContext
from urllib.parse import urlsplit

from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.exceptions import RedisError

from seawall.errors import ConfigError

__all__ = ["Address", "parse_address"]


@dataclass(frozen=True, slots=True)
class Address:
    """A Valkey or Redis server; `path` of its unix socket, or else `host` and `port`."""

    path: str = ""
    host: str = ""
    port: int = 0
    db: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    tls: SSLContext | None = None

    def __str__(self) -> str:
        """Name the server without its secrets."""
        return self.path or f"{self.host}:{self.port}"


def parse_address(url: str) -> Address:
    """Read a URL as redis-py does, options such as `?ssl_ca_certs=` included; ConfigError if bad.

    The message never repeats the URL: it may hold a password.
    """
    try:
        if urlsplit(url).scheme == "unix" and not urlsplit(url).path:
            raise ValueError("unix:// needs the path of a socket")
        options = dict(parse_url(url))
        kind = options.pop("connection_class", Connection)
        server: AbstractConnection = kind(**options)  # type: ignore[operator]  # a class, by its name
        tls = server.ssl_context.get() if isinstance(server, SSLConnection) else None
    except (ValueError, TypeError, OSError, RedisError) as problem:
        raise ConfigError(f"the URL of the windows store cannot be used: {problem}") from None
    path, host, port = "", "", 0
    if isinstance(server, UnixDomainSocketConnection):
        path = str(server.path)
    elif isinstance(server, Connection):
        host, port = str(server.host), int(server.port)
    return Address(
        path=path,
        host=host,
        port=port,
        db=int(server.db or 0),
        username=str(options.get("username") or ""),
        password=str(options.get("password") or ""),
        tls=tls,
    )
