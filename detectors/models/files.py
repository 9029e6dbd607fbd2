"""Files that models are made of: found, read once, and believed only with the right SHA-256."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from seawall.errors import WeightsError
from seawall.extras import missing

__all__ = ["check", "find", "read_checked"]

_READ = 1 << 20


def find(package: str, name: str) -> Path:
    """Return where an installed package keeps a file, without importing it. Raises WeightsError."""
    try:
        paths = files(package) or []
    except PackageNotFoundError as error:
        raise WeightsError(missing(package)) from error
    for each in paths:
        if each.name == name or str(each) == name:
            return Path(str(each.locate()))
    raise WeightsError(f"the package {package} carries no {name}")


def check(path: Path, sha256: str) -> None:
    """Raise WeightsError unless the file is there and has this SHA-256."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_READ):
                digest.update(chunk)
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror}") from error
    _compare(path, digest.hexdigest(), sha256)


def read_checked(path: Path, sha256: str, most_bytes: int) -> bytes:
    """Return a file's content, which is what was checked. Raises WeightsError."""
    try:
        if path.stat().st_size > most_bytes:
            raise WeightsError(f"{path.name} has more than {most_bytes >> 20} MB")
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror}") from error
    _compare(path, hashlib.sha256(content).hexdigest(), sha256)
    return content


def _compare(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise WeightsError(
            f"{path.name} has the sha256 {found[:16]}…, expected was {expected[:16]}…"
        )
