"""How often somebody may try to sign in: counted by name and by address, pure arithmetic.

Rules:
1. A try is charged before it is answered: tries side by side gain nothing.
2. Some failures are free; after them each doubles the wait, from a second to a quarter of an hour.
   While one waits nothing more is charged, so nobody is kept out for longer than that.
3. A success forgets what is charged to the name and halves what is charged to the address; an hour
   of quiet forgets everything.
4. Memory is bounded: when full, the longest quiet is forgotten first. Gateways do not share it: an
   attacker has these tries at each of them.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

__all__ = ["FREE_OF_ADDRESS", "FREE_OF_NAME", "LONGEST_S", "Throttle", "address_of"]

LONGEST_S = 900.0
FORGET_S = 3600.0
FREE_OF_NAME = 5
FREE_OF_ADDRESS = 30
MOST_KEYS = 10_000
_V6_NETWORK = 64
"""Whoever has one IPv6 address has its whole network (RFC 6177)."""


class Throttle:
    """Tries by key. Every call takes the time in seconds; it must not be the wall clock."""

    def __init__(self, free: int, most_keys: int = MOST_KEYS) -> None:
        self._free = free
        self._most = most_keys
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Return how many seconds are left until the next try; 0: now."""
        tries, last = self._tries.get(key, (0, now))
        over = tries - self._free
        if over < 0:
            return 0.0
        # 2 ** 10 s are over the longest wait already: a count in the thousands must not be raised.
        wait = min(2.0 ** min(over, 10), LONGEST_S)
        return max(0.0, last + wait - now)

    def charge(self, key: str, now: float) -> None:
        """Count a try, as a failure until `forgive` says otherwise."""
        tries, last = self._tries.pop(key, (0, now))
        if now - last >= FORGET_S:
            tries = 0
        self._tries[key] = (tries + 1, now)
        if len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def forgive(self, key: str, *, all_of_it: bool) -> None:
        """Take back a try that succeeded, and all before it or half of them."""
        tries, last = self._tries.pop(key, (0, 0.0))
        left = 0 if all_of_it else (tries - 1) // 2
        if left > 0:
            self._tries[key] = (left, last)

    def take_back(self, key: str) -> None:
        """Take back a try that was not answered: what failed was ours."""
        tries, last = self._tries.pop(key, (0, 0.0))
        if tries > 1:
            self._tries[key] = (tries - 1, last)

    def __len__(self) -> int:
        return len(self._tries)


def address_of(remote: str) -> str:
    """Return what counts as one address: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return remote[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _V6_NETWORK), strict=False))
