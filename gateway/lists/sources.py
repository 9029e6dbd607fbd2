"""Fetches a list: a local file, or an https address that the operator gives. Nothing else is asked.

1. Only https, also after a redirect; at most three of those.
2. Names that lead to private addresses are refused unless allowed; the address that was looked at
   is the one that is connected to.
3. At most `MOST_BYTES`, within `WITHIN_S` seconds.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import stat
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from seawall.errors import ConfigError, NetworksFault
from seawall.hosts import is_private_address, parse_address

__all__ = ["MOST_BYTES", "WITHIN_S", "fetch", "is_address"]

MOST_BYTES = 64 * 1024 * 1024
WITHIN_S = 60.0
_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})


def is_address(source: str) -> bool:
    """Tell whether a source is an address on the network rather than a file."""
    return "://" in source


def fetch(
    source: str, *, allow_private: bool = False, trust: ssl.SSLContext | None = None
) -> bytes:
    """Return what stands at a source. Raises ConfigError or NetworksFault.

    `trust` replaces the system's certificates. Takes up to a minute; not for the event loop.
    """
    if not is_address(source):
        return _read(Path(source))
    try:
        return asyncio.run(_ask(source, allow_private, trust))
    except TimeoutError as error:
        raise NetworksFault(f"{source} did not answer within {WITHIN_S:.0f} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise NetworksFault(f"{source} cannot be fetched: {error}") from error


def _read(path: Path) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe must not wait for a writer.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise ConfigError(f"{path} is not a regular file")
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    return _within_bounds(data, str(path))


def _within_bounds(data: bytes, source: str) -> bytes:
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{source} is over {MOST_BYTES >> 20} MiB")
    return data


async def _ask(source: str, allow_private: bool, trust: ssl.SSLContext | None) -> bytes:
    url = _checked(source, source, allow_private)
    connector = _Connector(
        resolver=_Resolver(allow_private), ssl=trust if trust is not None else True
    )
    async with (
        asyncio.timeout(WITHIN_S),
        aiohttp.ClientSession(connector=connector, trust_env=False) as session,
    ):
        for _ in range(_REDIRECTS + 1):
            async with session.get(url, allow_redirects=False) as answer:
                if answer.status in _MOVED and "Location" in answer.headers:
                    moved = url.join(URL(answer.headers["Location"]))
                    url = _checked(str(moved), source, allow_private)
                    continue
                if answer.status != 200:
                    raise NetworksFault(f"{source} answered {answer.status}")
                data = bytearray()
                async for piece in answer.content.iter_chunked(1 << 16):
                    data += piece
                    if len(data) > MOST_BYTES:
                        break
                return _within_bounds(bytes(data), source)
    raise NetworksFault(f"{source} redirects more than {_REDIRECTS} times")


def _checked(url: str, source: str, allow_private: bool) -> URL:
    """Return the address to ask. Raises ConfigError for one that may not be asked."""
    try:
        parsed = URL(url)
    except ValueError as error:
        raise ConfigError(f"{url!r} is no address: {error}") from error
    if parsed.scheme != "https" or not parsed.host:
        raise ConfigError(
            f"{source}: lists are fetched by https only"
            + (f", and it redirects to {parsed.scheme}" if url != source else "")
        )
    literal = parse_address(f"[{parsed.host}]" if ":" in parsed.host else parsed.host)
    if literal is not None:
        _refuse_private(literal, allow_private)
    return parsed


def _refuse_private(address: str, allow_private: bool) -> None:
    if not allow_private and is_private_address(address):
        raise ConfigError(f"{address} is a private address; --allow-private allows it")


class _Connector(aiohttp.TCPConnector):
    """Leaves no connection behind that is given up half-way.

    Its goodbye would wait behind all that is still on its way, and aiohttp does not wait for it.
    """

    def __init__(self, **how: Any) -> None:  # Any, twice: aiohttp's own, and they differ by version
        super().__init__(**how)
        self._made: list[asyncio.Transport] = []

    async def connect(self, *asked: Any, **how: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*asked, **how)
        if connection.transport is not None:
            self._made.append(connection.transport)
        return connection

    async def close(self, *, abort_ssl: bool = False) -> None:
        await super().close(abort_ssl=abort_ssl)
        for transport in self._made:
            transport.abort()


class _Resolver(AbstractResolver):
    """Looks names up and refuses private addresses before anything connects to them."""

    def __init__(self, allow_private: bool) -> None:
        self._ask = aiohttp.ThreadedResolver()
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._ask.resolve(host, port, family)
        for each in found:
            _refuse_private(each["host"].partition("%")[0], self._allow_private)
        return found

    async def close(self) -> None:
        await self._ask.close()
