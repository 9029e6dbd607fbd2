"""Where the windows store is, from its URL: one server, a cluster, or a service behind sentinels.

    unix:///path, redis://user:password@host:port/db, rediss://…
    redis+cluster://user:password@host:port,host:port
    redis+sentinel://user:password@host:port,host:port/service/db

`rediss+cluster` and `rediss+sentinel` speak TLS; options such as `?ssl_ca_certs=` are redis-py's.
User and password are the servers'; sentinels have `?sentinel_username=&sentinel_password=`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ssl import SSLContext
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

import msgspec

from seawall.errors import ConfigError

__all__ = ["Address", "Place", "Seeds", "Sentinels", "parse_address", "parse_place"]

_FORMS = (
    "want unix:///path, redis://host:port/db, redis+cluster://host:port,host:port or "
    "redis+sentinel://host:port,host:port/service (rediss… for TLS)"
)
_SENTINEL_PORT = 26379
_MOST_HOSTS = 64


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

    def at(self, host: str, port: int) -> Address:
        """Return another server of the same house: same user, database and TLS."""
        return replace(self, host=host, port=port)


@dataclass(frozen=True, slots=True)
class Seeds:
    """Nodes of a cluster, any of which knows the others."""

    nodes: tuple[Address, ...]

    def __str__(self) -> str:
        """Name the nodes without their secrets."""
        return ",".join(map(str, self.nodes))


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Who knows where the primary of `service` is; `server` is how to log in there."""

    nodes: tuple[Address, ...]
    service: str
    server: Address

    def __str__(self) -> str:
        """Name the service and its sentinels without secrets."""
        return f"{self.service}@{','.join(map(str, self.nodes))}"


Place = Address | Seeds | Sentinels


def parse_place(url: str) -> Place:
    """Read the URL of one server, a cluster or a service; ConfigError if bad.

    The message never repeats the URL: it may hold a password.
    """
    try:
        parts = _split(url)
        scheme, _, kind = parts.scheme.partition("+")
        if kind not in ("", "cluster", "sentinel") or (kind and scheme not in ("redis", "rediss")):
            raise ValueError(_FORMS)
        if not kind:
            return parse_address(url)
        return _read_many(scheme, kind, parts)
    except ValueError as problem:
        raise _refusal(problem) from None


def _split(url: str) -> SplitResult:
    """Split a URL that may name several hosts: newer Pythons refuse `one,[::1]` as an address."""
    scheme, _, rest = url.partition("://")
    if "+" not in scheme:
        return urlsplit(url)
    cut = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    tail = urlsplit(f"{scheme}://host{rest[cut:]}")
    return tail._replace(netloc=rest[:cut])


def parse_address(url: str) -> Address:
    """Read the URL of one server as redis-py does, options included; ConfigError if bad.

    The message never repeats the URL: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix" and not parts.path:
            raise ValueError("unix:// needs the path of a socket")
        if parts.scheme != "unix" and not (parts.path.strip("/") or "0").isdecimal():
            raise ValueError("a database is a number: redis://host:port/0")
        if parts.scheme == "unix" and not (parts.netloc or parts.query):
            return Address(path=unquote(parts.path))
        from gateway.state.servers import read_server  # see there

        server = read_server(url)
    except (ValueError, TypeError, OSError) as problem:
        raise _refusal(problem) from None
    return Address(**msgspec.structs.asdict(server))


def _refusal(problem: Exception) -> ConfigError:
    return ConfigError(f"the URL of the windows store cannot be used: {problem}")


def _read_many(scheme: str, kind: str, parts: SplitResult) -> Seeds | Sentinels:
    """Read a URL that names several hosts; ValueError or ConfigError if bad."""
    user, at, hosts = parts.netloc.rpartition("@")
    names = [name.strip() for name in hosts.split(",")]
    if not all(names) or len(names) > _MOST_HOSTS:
        raise ValueError(f"{kind} needs 1 to {_MOST_HOSTS} hosts: host:port,host:port")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if kind == "cluster":
        if parts.path.strip("/0") or options.pop("db", "0") != "0":
            raise ValueError("a cluster has one database, 0")
        query = urlencode(options)
        nodes = [parse_address(f"{scheme}://{user}{at}{name}?{query}") for name in names]
        return Seeds(tuple(nodes))
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("sentinel needs the name of a service: redis+sentinel://host:port/service")
    username = options.pop("sentinel_username", "")
    password = options.pop("sentinel_password", "")
    query = urlencode(options)
    server = parse_address(f"{scheme}://{user}{at}{names[0]}/{db}?{query}")
    sentinels = [
        replace(
            parse_address(f"{scheme}://{_with_port(name)}?{query}"),
            db=0,
            username=username,
            password=password,
        )
        for name in names
    ]
    return Sentinels(tuple(sentinels), unquote(service), server)


def _with_port(name: str) -> str:
    has_port = ":" in name.rpartition("]")[2]  # the colons of an IPv6 address stand in brackets
    return name if has_port else f"{name}:{_SENTINEL_PORT}"
