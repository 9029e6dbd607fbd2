"""Keeps the files of every policy that went live, by version, so that a verdict can be explained.

Rules:
1. A version is one compressed file, named by the hash of its content and written whole or not at
   all. `live.jsonl` says when each went live, for whom.
2. The newest KEPT versions stay, and at most KEPT_BYTES; what is in force stays whatever its age.
   A verdict older than that still names its version, but its files are gone.
3. Files are kept as they were read: what is kept of a version is what was compiled.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gateway.policy.folder import TOTAL_BYTES
from gateway.policy.load import Texts
from seawall.errors import ConfigError

__all__ = ["KEPT", "KEPT_BYTES", "Live", "Versions"]

KEPT = 200
KEPT_BYTES = 512 << 20
_LINES = 5_000
"""Times of going live that are remembered; past them the oldest half is dropped."""
_SUFFIX = ".policy"
_WHOLE = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_LIVE = "live.jsonl"
_encode = msgspec.json.Encoder().encode


class Live(msgspec.Struct, frozen=True):
    """A policy went live at `at` (seconds since the epoch) for a tenant, or for all without one."""

    version: str
    at: float
    name: str = ""
    tenant: str | None = None
    by: str = ""
    """Who owned the file that had changed last, empty where that is not known."""


class Versions:
    """The versions kept in a gateway's folder. Every call reads or writes files: not on the loop.

    Raises OSError where the folder cannot be written.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / "policy" / "versions"

    def keep(self, version: str, texts: Texts) -> None:
        """Keep a version's files, if they are not kept yet."""
        path = self._path(version)
        if not path.exists():
            data = zlib.compress(_encode(texts), 6)
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(data)
            os.replace(part, path)

    def went_live(self, live: Live, in_force: Iterable[str] = ()) -> None:
        """Remember that a version went live; let the oldest go, but none that is in force."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _LIVE
        with path.open("ab") as lines:
            lines.write(_encode(live) + b"\n")
        known = self.live()
        if len(known) > _LINES:
            part = path.with_suffix(".part")
            part.write_bytes(b"".join(_encode(each) + b"\n" for each in known[len(known) // 2 :]))
            os.replace(part, path)
        self._prune({live.version, *in_force}, known)

    def live(self) -> list[Live]:
        """Return when versions went live, the oldest first. A line cut by a crash is left out."""
        try:
            lines = (self._folder / _LIVE).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        decoder = msgspec.json.Decoder(Live)
        found = []
        for line in lines:
            try:
                found.append(decoder.decode(line))
            except msgspec.DecodeError:
                continue  # half a line: the crash that cut it is told elsewhere
        return found

    def kept(self) -> dict[str, int]:
        """Return the versions whose files are kept, and how many bytes each takes."""
        found = {}
        try:
            entries = sorted(os.scandir(self._folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return {}
        for entry in entries:
            name = entry.name.removesuffix(_SUFFIX)
            if name != entry.name and _WHOLE.fullmatch(name):
                found[name] = entry.stat().st_size
        return found

    def find(self, prefix: str) -> str | None:
        """Return the one kept version that begins so; None when none does.

        Raises ConfigError when several do.
        """
        if _PREFIX.fullmatch(prefix) is None:
            return None
        found = [version for version in self.kept() if version.startswith(prefix)]
        if len(found) > 1:
            raise ConfigError(f"{prefix} begins {len(found)} kept versions; write more of it")
        return found[0] if found else None

    def texts(self, version: str) -> Texts:
        """Return a kept version's files. Raises ConfigError for a damaged one."""
        unpack = zlib.decompressobj()
        try:
            data = unpack.decompress(self._path(version).read_bytes(), 8 * TOTAL_BYTES)
            return msgspec.json.decode(data, type=Texts)
        except (zlib.error, msgspec.DecodeError) as problem:
            raise ConfigError(f"the kept version {version[:16]} is damaged: {problem}") from problem

    def _path(self, version: str) -> Path:
        return self._folder / f"{version}{_SUFFIX}"

    def _prune(self, needed: set[str], known: list[Live]) -> None:
        last = {live.version: live.at for live in known}
        kept = self.kept()
        room = KEPT_BYTES
        newest = sorted(kept, key=lambda each: last.get(each, 0.0), reverse=True)
        for count, version in enumerate(newest, start=1):
            room -= kept[version]
            if version not in needed and (count > KEPT or room < 0):
                self._path(version).unlink(missing_ok=True)
