"""Codes of an authenticator: RFC 6238 with its defaults (SHA-1, six digits, 30 seconds).

A code holds in its step, the one before and the one after, and once: whoever keeps the last step
used (`moderators.totp_used`) takes only later ones.
"""

from __future__ import annotations

import hmac

import pyotp

from gateway.record.seal import Seal

__all__ = ["STEP_S", "new_secret", "open_secret", "otpauth", "seal_secret", "step_of"]

STEP_S = 30
WINDOW = 1
DIGITS = 6
ISSUER = "Seawall"


def new_secret() -> str:
    """Make a secret of 160 random bits, in base 32."""
    return pyotp.random_base32()


def otpauth(secret: str, tenant: str, name: str) -> str:
    """Return the address that an authenticator takes, mostly as a picture (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{name}@{tenant}", issuer_name=ISSUER)


def step_of(secret: str, code: str, now: float, used: int) -> int | None:
    """Return the step whose code this is; None where it is none's, or of one already used."""
    code = "".join(code.split())
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    totp, current = pyotp.TOTP(secret), int(now // STEP_S)
    found = None
    for step in range(max(0, current - WINDOW), current + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and step > used:
            found = step
    return found


def seal_secret(seal: Seal, secret: str, tenant: str, name: str) -> bytes:
    """Encrypt a secret, bound to its account."""
    return seal.seal_bytes(secret.encode(), _place(tenant, name))


def open_secret(seal: Seal, blob: bytes, tenant: str, name: str) -> str:
    """Decrypt a secret. Raises ConfigError under another secret of the record."""
    return seal.open_bytes(bytes(blob), _place(tenant, name)).decode()


def _place(tenant: str, name: str) -> bytes:
    return b"totp\0" + tenant.encode() + b"\0" + name.encode()
