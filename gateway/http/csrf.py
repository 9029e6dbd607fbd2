"""Whether a change that a cookie would carry comes from a page of ours. Pure.

Rules:
1. A browser sends the cookie with whatever a page of the same site asks. So a change needs the
   session's token too, which only our pages can read (`X-Seawall-CSRF`), and must not come from
   another origin, where the browser says so (Origin, Sec-Fetch-Site).
2. An origin is ours when the operator named it, or when it is the very host that was asked; the
   scheme does not count, since TLS may end in front of us.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.refusal import Refused

__all__ = ["CSRF_HEADER", "check_origin", "check_token"]

CSRF_HEADER = "X-Seawall-CSRF"
_PORTS = {"http": 80, "https": 443}


def check_origin(headers: Mapping[str, str], origins: frozenset[str]) -> None:
    """Refuse what comes from a page of others. Raises Refused 403 `cross_site`."""
    origin = headers.get("Origin")
    if origin is not None:
        if not _is_ours(origin, headers.get("Host", ""), origins):
            raise Refused(403, "cross_site", "this page may not ask that here")
    elif headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Refused(403, "cross_site", "only pages served from here may ask that")


def check_token(headers: Mapping[str, str], token: str) -> None:
    """Refuse a change without the session's own token. Raises Refused 403 `csrf`."""
    said = headers.get(CSRF_HEADER, "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(said, token.encode()):
        raise Refused(403, "csrf", f"a change needs {CSRF_HEADER}: `csrf` of GET /v1/session")


def _is_ours(origin: str, host: str, origins: frozenset[str]) -> bool:
    if origin.lower() in origins:
        return True
    try:
        asking, asked = urlsplit(origin), urlsplit(f"//{host}")
        usual = _PORTS.get(asking.scheme, 0)
        port, own = asking.port or usual, asked.port or usual
    except ValueError:
        return False
    if not usual or not asking.hostname:  # `null`, or a scheme that no page of ours has
        return False
    return (asking.hostname, port) == (asked.hostname, own)
