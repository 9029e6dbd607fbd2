"""Keyed hashes of what the journal must not hold: user ids and content.

The secret is 32 random bytes in a file only its owner may read. Without it nobody can tell which
user a journal row is about; once it is gone, nobody ever can.
"""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from stat import S_IMODE

from seawall.errors import ConfigError

__all__ = ["SECRET_FILE", "Pseudonyms", "load_secret"]

SECRET_FILE = "secret.key"
_BYTES = 32


def load_secret(data: Path) -> bytes:
    """Return the data folder's secret, made on first use.

    Raises ConfigError when others may read the file or it does not hold a secret.
    """
    path = data / SECRET_FILE
    if not path.exists():
        _create(path)
    mode = S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise ConfigError(f"{path}: mode {mode:04o} lets others read the secret; chmod 600 it")
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except ValueError as error:
        raise ConfigError(f"{path}: not a secret (64 hexadecimal digits)") from error
    if len(secret) != _BYTES:
        raise ConfigError(f"{path}: not a secret (64 hexadecimal digits)")
    return secret


def _create(path: Path) -> None:
    """Put a whole secret in place at once, so that of two processes one wins and both agree."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first: its secret counts
    finally:
        draft.unlink()


class Pseudonyms:
    """Names for users and content that only the holder of the secret can recompute."""

    def __init__(self, secret: bytes) -> None:
        self._subject = hmac.digest(secret, b"seawall subject", "sha256")
        self._content = hmac.digest(secret, b"seawall content", "sha256")
        self.subject = lru_cache(maxsize=8192)(self._hash_subject)

    def _hash_subject(self, tenant: str, user: str) -> str:
        if not user:
            return ""
        scope = tenant.encode()
        message = len(scope).to_bytes(4, "big") + scope + user.encode()
        return hmac.digest(self._subject, message, "sha256").hex()[:32]

    def content(self, text: str) -> str:
        """Hash a text: 32 hexadecimal digits."""
        return hmac.digest(self._content, text.encode(), "sha256").hex()[:32]
