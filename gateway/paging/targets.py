"""Where pages may go: not into our own network, whatever a name resolves to, nor on from there.

An address that somebody may edit could make the gateway talk to what only it can reach. So a name's
addresses are looked at after it was resolved, and just those are connected to; redirects are not
followed. Hosts that the operator names in `page_hosts` are let through.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["Guard", "Unreachable", "check_url"]

_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
"""Behind it lies the IPv4 address in its last four bytes (RFC 6052)."""


class Unreachable(OSError):
    """An address that pages may not go to."""


def check_url(url: str) -> str | None:
    """Say what is wrong with a webhook's address; None: nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in _PORTS or not parts.hostname:
        return "it must begin with https:// (or http://) and name a host"
    if parts.username or parts.password or parts.fragment:
        return "it must not carry a user, a password or a fragment"
    return "port 0 cannot be reached" if port == 0 else None


class Guard(AbstractResolver):
    """Resolves names to addresses that pages may go to. `hosts` may be private."""

    def __init__(self, hosts: frozenset[str] = frozenset()) -> None:
        self._hosts = hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return a name's addresses. Raises Unreachable where any of them is private."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [(where[0], kind) for kind, _, _, _, where in found]
        for address, _ in addresses:
            self.check(host, str(address))
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address, kind in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""

    def check(self, host: str, address: str) -> None:
        """Raise Unreachable for an address that is not on the public internet."""
        if host.lower() in self._hosts or address in self._hosts:
            return
        if not _is_public(address):
            raise Unreachable(f"{host} is at a private address: name it in page_hosts")


def _is_public(address: str) -> bool:
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            inner = IPv4Address(found.packed[-4:])
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast
