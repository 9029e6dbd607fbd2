"""A catalogue of fingerprints: the recordings that are looked for, and the index over their words.

The file (`catalogue.seawall` in its folder) is MessagePack: a version, and each recording's list,
name and words. It holds no sound, and sound cannot be made of it again. Whatever it says about
sizes is checked before it is believed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.chromaprint import Words
from detectors.listfiles import CATALOGUE as FILE, CATALOGUE_BYTES, check_file
from seawall.errors import ConfigError

__all__ = ["FILE", "LEAST_WORDS", "Catalogue", "Recording", "read_recordings", "write_recordings"]

LEAST_WORDS = 21
"""A recording has at least so many: five seconds. Shorter ones are too easily like others."""

_COMMON = 64
"""A word that stands in more places says nothing about where we are (silence, a held tone)."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Places = npt.NDArray[np.int64]


class Recording(msgspec.Struct, frozen=True, array_like=True):
    """One recording: the list it stands on, its name, its words (32 bits, little endian)."""

    list: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
    """As a rule can write it: the signal is `audio.LIST`."""
    entry: _Name
    words: bytes


class _File(msgspec.Struct, frozen=True, array_like=True):
    version: Literal[1]
    recordings: Annotated[list[Recording], msgspec.Meta(max_length=100_000)]


def read_recordings(folder: Path) -> tuple[Recording, ...]:
    """Return what a folder's catalogue holds, () where there is none. Raises ConfigError."""
    path = folder / FILE
    try:
        if not path.exists():
            return ()
        check_file(path, CATALOGUE_BYTES)
        held = msgspec.msgpack.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path} is no catalogue: {error}") from error
    for each in held.recordings:
        if len(each.words) % 4 or len(each.words) < 4 * LEAST_WORDS:
            raise ConfigError(f"{path}: {each.list}/{each.entry} is cut")
    return tuple(held.recordings)


def write_recordings(folder: Path, recordings: Sequence[Recording]) -> None:
    """Write a folder's catalogue; whoever reads meanwhile finds the old or the new one."""
    content = msgspec.msgpack.encode(_File(1, list(recordings)))
    if len(content) > CATALOGUE_BYTES:
        raise ConfigError(f"the catalogue would have more than {CATALOGUE_BYTES >> 20} MB")
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{FILE}.{os.getpid()}"
    new.write_bytes(content)
    new.replace(folder / FILE)


class Catalogue:
    """Recordings end to end in one array, sorted by word for looking up."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self.names = [(each.list, each.entry) for each in recordings]
        parts = [np.frombuffer(each.words, "<u4").astype(np.uint32) for each in recordings]
        self.words: Words = np.concatenate(parts) if parts else np.empty(0, np.uint32)
        self._starts = np.cumsum([0, *map(len, parts)])
        self._order = np.argsort(self.words, kind="stable")
        self._sorted = self.words[self._order]

    def __len__(self) -> int:
        return len(self.names)

    def find(self, word: int) -> Places:
        """Return where this word, or one that differs in a bit, stands; nothing if it is common."""
        near = np.uint32(word) ^ _FLIPS
        first = np.searchsorted(self._sorted, near, "left")
        last = np.searchsorted(self._sorted, near, "right")
        kept = [
            self._order[a:b]
            for a, b in zip(first.tolist(), last.tolist(), strict=True)
            if a < b <= a + _COMMON
        ]
        return np.concatenate(kept) if kept else np.empty(0, np.int64)

    def bounds(self, place: int) -> tuple[int, int, int]:
        """Return which recording stands at a place, and its first and past-last place."""
        which = int(np.searchsorted(self._starts, place, "right")) - 1
        return which, int(self._starts[which]), int(self._starts[which + 1])


_FLIPS = np.array([0, *(1 << bit for bit in range(32))], np.uint32)
