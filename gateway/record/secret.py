"""Keyed hashes of what the journal must not hold: user ids and content.

The secret is 32 random bytes in a file only its owner may read, or in SEAWALL_SECRET where several
gateways share a database. Without it nobody can tell which user a journal row is about, nor read
what is sealed; once it is gone, nobody ever can.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from stat import S_IMODE

from seawall.errors import ConfigError

__all__ = ["SECRET_FILE", "SECRET_VARIABLE", "Pseudonyms", "check_value", "load_secret"]

SECRET_FILE = "secret.key"
SECRET_VARIABLE = "SEAWALL_SECRET"
_BYTES = 32


def load_secret(data: Path, environ: Mapping[str, str] | None = None) -> bytes:
    """Return SEAWALL_SECRET, or where that is not set the data folder's, made on first use.

    Raises ConfigError when others may read the file or it does not hold a secret.
    """
    given = (os.environ if environ is None else environ).get(SECRET_VARIABLE, "")
    if given:
        return _parse(given, SECRET_VARIABLE)
    path = data / SECRET_FILE
    try:
        if not path.exists():
            _create(path)
        mode = S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii", "replace")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be used as the secret: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigError(f"{path}: mode {mode:04o} lets others read the secret; chmod 600 it")
    return _parse(text, str(path))


def check_value(secret: bytes) -> str:
    """Return what a database remembers of a secret: enough to tell another one apart."""
    return hmac.digest(secret, b"seawall check", "sha256").hex()[:32]


def _parse(text: str, source: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise ConfigError(f"{source} does not hold a secret: 64 hexadecimal digits are one")
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
