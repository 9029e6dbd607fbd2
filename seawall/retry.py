"""When a client tries again, how long it pauses before, and what it never tries again."""

from __future__ import annotations

from seawall import wire
from seawall.errors import HandshakeRefused

__all__ = [
    "HELLO_S",
    "PING_S",
    "RETRIED",
    "UNCHANGED",
    "of_close",
    "of_status",
    "pause_s",
    "tries",
]

HELLO_S = 5.0
"""How long a connection may take to open, and the gateway to greet."""
PING_S = 3.0
"""A peer that is silent for twice this long is gone (half-open sockets)."""

RETRIED = frozenset({"overloaded", "rate"})
"""Error codes of a message that may be sent again."""
UNCHANGED = frozenset({1007, 1009})
"""Close codes after which what was sent must not be sent again."""

_REFUSALS = frozenset({4001, 4004})
_PASSING = frozenset({408, 425, 429})
_STEADY_S = 10.0
_FIRST_S = 0.1
_LONGEST_S = 5.0


def pause_s(attempt: int, chance: float, at_least_s: float = 0.0) -> float:
    """Return the seconds to wait before attempt 0, 1, …: doubling up to 5 s, jittered.

    `chance` is 0…1 and spreads those who lost the same gateway at the same moment.
    """
    return at_least_s + chance * min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempt, 16))


def tries(attempt: int, lived_s: float) -> int:
    """Return the next attempt's number; a connection that lived long starts the backoff afresh."""
    return 0 if lived_s > _STEADY_S else attempt + 1


def of_close(code: int | None) -> HandshakeRefused | None:
    """Return the error of a close code that connecting again cannot cure."""
    if code not in _REFUSALS:
        return None
    name, meaning = wire.CLOSE_CODES[code]
    return HandshakeRefused(f"the gateway closed with {code} {name}: {meaning}")


def of_status(status: int) -> HandshakeRefused | None:
    """Return the error of an HTTP status of the handshake that trying again cannot cure."""
    if status == 401:
        return HandshakeRefused("the gateway does not accept this key (HTTP 401)")
    if 400 <= status < 500 and status not in _PASSING:
        return HandshakeRefused(f"the gateway refused the handshake (HTTP {status})")
    return None
