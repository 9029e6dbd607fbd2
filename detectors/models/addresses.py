"""Which addresses a remote judge may be reached at: checked where a name becomes an address.

The check sits in the resolver of the connection itself, so what was checked is what is connected
to, at the first connection and at every later one; a name that changes its mind finds no gap.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

__all__ = ["PublicOnly", "is_public"]

_MAPPED = ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
_CARRIERS = tuple(ipaddress.ip_network(each) for each in _MAPPED)
"""IPv6 ranges in which another address travels: what lies behind cannot be seen from here."""


def is_public(address: str) -> bool:
    """Say whether an address is one of the open internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.version == 6 and any(found in network for network in _CARRIERS):
        return False
    return found.is_global and not found.is_multicast


class PublicOnly(AbstractResolver):
    """Resolves names; refuses every name of which any address is not public."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        """Take who really resolves; the system's resolver otherwise."""
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name. Raises OSError for one that leads inside."""
        found = await self._resolver.resolve(host, port, family)
        self._check(found)
        return found

    async def close(self) -> None:
        """Close who resolves."""
        await self._resolver.close()

    @staticmethod
    def _check(found: Sequence[ResolveResult]) -> None:
        if not found or not all(is_public(each["host"]) for each in found):
            raise OSError("the name leads to an address that is not public")
