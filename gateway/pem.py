"""PEM files of a certificate and its key, checked piece by piece.

OpenSSL's own errors name neither file nor cause. Only who has certificates imports this: what reads
them weighs 10 MiB.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from seawall.errors import ConfigError

__all__ = ["validity"]


def validity(cert: str, key: str) -> tuple[float, float]:
    """Return from when to when a pair is valid, seconds since the epoch.

    Raises ConfigError naming the setting and the file that cannot be used.
    """
    chain = _chain(cert)
    if _private_key(key).public_key() != chain[0].public_key():
        raise ConfigError(f"tls_key: {key} is not the key of the first certificate in {cert}")
    begins = max(each.not_valid_before_utc.timestamp() for each in chain)
    return begins, min(each.not_valid_after_utc.timestamp() for each in chain)


def _chain(cert: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read("tls_cert", cert))
    except ValueError as problem:
        raise ConfigError(f"tls_cert: {cert} holds no PEM certificate") from problem


def _private_key(key: str) -> PrivateKeyTypes:
    text = _read("tls_key", key)
    try:
        return load_pem_private_key(text, None)
    except TypeError as problem:
        raise ConfigError(f"tls_key: {key} needs a passphrase; store it without one") from problem
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise ConfigError(f"tls_key: {key} holds no PEM private key") from problem


def _read(setting: str, file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as problem:
        raise ConfigError(f"{setting}: {file}: {problem.strerror}") from problem
