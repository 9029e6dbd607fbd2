"""A webhook's signature: who receives a page can tell that we sent it, and when. Pure.

`Seawall-Signature: t=SECONDS,v1=HEX` holds HMAC-SHA256(secret, "SECONDS." + body). A receiver
refuses what is more than TOLERANCE_S old, so that what was overheard cannot be sent again.
"""

from __future__ import annotations

import hmac

__all__ = ["HEADER", "TOLERANCE_S", "signature", "verifies"]

HEADER = "Seawall-Signature"
TOLERANCE_S = 300.0


def signature(secret: str, body: bytes, at: float) -> str:
    """Return the header's value; `at` is seconds since the epoch."""
    return f"t={int(at)},v1={_digest(secret, body, int(at))}"


def verifies(secret: str, body: bytes, header: str, now: float) -> bool:
    """Say whether a header is ours, of this body, and fresh: what a receiver does."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = fields.get("t", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return False
    fresh = abs(now - int(stamp)) <= TOLERANCE_S
    given = fields.get("v1", "").encode()
    return hmac.compare_digest(given, _digest(secret, body, int(stamp)).encode()) and fresh


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.digest(secret.encode(), b"%d." % at + body, "sha256").hex()
