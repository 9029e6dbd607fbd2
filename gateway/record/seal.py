"""What people wrote is kept encrypted: whoever has only the database cannot read it.

1. A sealed thing is VERSION (1 byte), a salt (16), a nonce (12), then AES-256-GCM's ciphertext and
   tag (NIST SP 800-38D).
2. The key is HMAC-SHA256(root, salt), the root being derived from the data folder's secret. Each
   `Seal` draws its own salt: random nonces stay under that standard's 2^32 a key for each process,
   not for all there ever were.
3. Every sealed thing is bound to its place (`aad`): a row cannot be exchanged for another one.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache
from typing import Protocol

import msgspec
from msgspec import Struct

from seawall.errors import ConfigError

__all__ = ["Content", "Place", "Seal"]

Place = tuple[str, str, int]
"""The message content belongs to: tenant, id, rev."""

VERSION = b"\x01"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_HEAD_BYTES = len(VERSION) + _SALT_BYTES + _NONCE_BYTES
_ENCODE = msgspec.msgpack.Encoder().encode


class Content(Struct, frozen=True, array_like=True, gc=False):
    """What is kept of a message or a part of a stream.

    `verdict` is what was answered, encoded as on the wire; `still` a JPEG of what was seen.
    """

    text: str
    name: str = ""
    verdict: bytes = b""
    still: bytes = b""


_DECODE = msgspec.msgpack.Decoder(Content).decode


class Cipher(Protocol):
    """An authenticated cipher with one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return what was encrypted. Raises InvalidTag."""


class Seal:
    """Seals and opens with one secret. May be used from several threads."""

    def __init__(self, secret: bytes) -> None:
        self._root = hmac.digest(secret, b"seawall seal", "sha256")
        self._cipher = lru_cache(maxsize=1024)(self._make_cipher)
        self._salt = os.urandom(_SALT_BYTES)

    def prepare(self) -> None:
        """Load now what the first `seal` would wait for: some 20 ms, and 7 MiB."""
        self._cipher(self._salt)

    def seal(self, content: Content, aad: Place) -> bytes:
        """Encrypt a message's content, bound to that message."""
        return self._seal(_ENCODE(content), b"content\0" + _ENCODE(aad))

    def open(self, blob: bytes, aad: Place) -> Content:
        """Decrypt. Raises ConfigError under another secret, and where somebody changed it."""
        data = self._open(blob, b"content\0" + _ENCODE(aad))
        try:
            return _DECODE(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"sealed content of an unknown form: {error}") from error

    def seal_bytes(self, data: bytes, aad: bytes) -> bytes:
        """Encrypt anything, bound to `aad`."""
        return self._seal(data, b"bytes\0" + aad)

    def open_bytes(self, blob: bytes, aad: bytes) -> bytes:
        """Decrypt what `seal_bytes` made. Raises ConfigError as `open` does."""
        return self._open(blob, b"bytes\0" + aad)

    def _make_cipher(self, salt: bytes) -> Cipher:
        # Here and not above: a gateway reads what is sealed seldom, and mostly never.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(hmac.digest(self._root, salt, "sha256"))

    def _seal(self, data: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return VERSION + self._salt + nonce + self._cipher(self._salt).encrypt(nonce, data, aad)

    def _open(self, blob: bytes, aad: bytes) -> bytes:
        if blob[:1] != VERSION or len(blob) <= _HEAD_BYTES:
            raise ConfigError("sealed content of an unknown form")
        nonce_at = len(VERSION) + _SALT_BYTES
        salt, nonce = bytes(blob[len(VERSION) : nonce_at]), bytes(blob[nonce_at:_HEAD_BYTES])
        cipher = self._cipher(salt)
        from cryptography.exceptions import InvalidTag

        try:
            return cipher.decrypt(nonce, bytes(blob[_HEAD_BYTES:]), aad)
        except InvalidTag as error:
            raise ConfigError("sealed with another secret, or changed since") from error
