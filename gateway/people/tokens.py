"""Session tokens and the cookie that carries them: made, hashed, read strictly.

Over TLS the cookie is `__Host-seawall` (RFC 6265bis, 4.1.3.2): no other host and no plain page can
set it. Without TLS, as in the demo on one machine, it is `seawall`; over TLS that one is not looked
at. A cookie that comes twice, or is no token of ours, is no cookie.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from hashlib import sha256

__all__ = ["cookie_header", "hash_token", "new_token", "read_cookie"]

_BYTES = 32
_TOKEN = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_CHARACTERS = 16_384


def new_token() -> str:
    """Make a token of 256 random bits, in a form that log lines never keep (`gateway.log`)."""
    return secrets.token_hex(_BYTES)


def hash_token(token: str) -> bytes | None:
    """Return what is kept of a token; None where it cannot be one of ours."""
    return sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None


def cookie_name(secure: bool) -> str:
    """Return the cookie's name, over TLS or without."""
    return "__Host-seawall" if secure else "seawall"


def read_cookie(headers: Iterable[str], secure: bool) -> str:
    """Return the token in the `Cookie` headers; empty where there is none, or more than one."""
    name = cookie_name(secure)
    found = [
        value.strip()
        for header in headers
        for pair in header[:_MOST_CHARACTERS].split(";")
        for mine, sign, value in [pair.partition("=")]
        if sign and mine.strip() == name
    ]
    return found[0] if len(found) == 1 and _TOKEN.fullmatch(found[0]) else ""


def cookie_header(token: str, secure: bool, seconds: float) -> str:
    """Return the value of `Set-Cookie`; an empty token takes the cookie away."""
    age = max(0, int(seconds)) if token else 0
    flags = "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
    return f"{cookie_name(secure)}={token}; Max-Age={age}; {flags}"
