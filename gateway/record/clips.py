"""Where the moving pictures and the sound of decisions lie: sealed files beside the database.

Rules:
1. A clip is a folder named by a keyed hash of its decision: `about`, and segments. A segment is
   sealed pieces of the stream's bytes, each behind its length; each is bound to its place, so none
   can be exchanged, moved or left out unseen but at the end.
2. A clip lives as long as the evidence row of its decision: its time to live, a legal hold and an
   erasure are the row's. Who deletes rows deletes clips; a gateway sweeps up those of its folder
   whose row is gone.
3. Clips lie on the gateway that saw the stream; other gateways of the same database have none.
"""

from __future__ import annotations

import hmac
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.record.seal import Seal
from seawall.errors import ConfigError

__all__ = ["FOLDER", "LENGTH", "Clip", "Clips", "Key", "Segment", "place_of", "segment_file"]

FOLDER = Path("evidence") / "clips"
LENGTH = struct.Struct(">I")
_ABOUT = "about"
_MOST_PIECE = 64 << 20

Key = tuple[str, str, int]
"""(tenant, event, rev) of a decision."""


class Segment(Struct, frozen=True):
    """One file of a clip: its number in the stream's ring, its pieces, and their bytes in all."""

    number: int
    pieces: int
    bytes: int


class Clip(Struct, frozen=True):
    """What a clip holds. `ring` names the ring it was taken from, `offset` is where in the stream
    the first segment behind the head begins; the head is segment 0, the stream's first bytes.

    `from_` and `to` are when the bytes arrived, `sha256` is that of the bytes, one after the other.
    """

    tenant: str
    event: str
    rev: int
    stream: str
    container: str
    ring: str
    from_: float
    to: float
    offset: int
    bytes: int
    segments: tuple[Segment, ...]
    sha256: str = ""


def place_of(ring: str, segment: int, piece: int) -> bytes:
    """Return what a sealed piece is bound to."""
    return f"clip {ring} {segment} {piece}".encode()


class Clips:
    """The clips of one data folder. Every call reads or writes files: not for the loop."""

    def __init__(self, data: Path, secret: bytes) -> None:
        self.folder = data / FOLDER
        self.seal = Seal(secret)
        self.unreadable = 0
        self._names = hmac.digest(secret, b"seawall clip", "sha256")

    def name(self, key: Key) -> str:
        """Return the folder's name of a decision's clip."""
        message = msgspec.json.encode(key)
        return hmac.digest(self._names, message, "sha256").hex()[:32]

    def path(self, clip: Clip) -> Path:
        """Return the folder of a clip."""
        return self.folder / self.name((clip.tenant, clip.event, clip.rev))

    def find(self, key: Key) -> Clip | None:
        """Return what is known of a decision's clip; None where there is none here.

        Raises ConfigError for one that was changed, or sealed with another secret.
        """
        return self._about(self.name(key))

    def read(self, clip: Clip) -> Iterator[tuple[int, bytes]]:
        """Yield a clip's bytes in order, each piece with its segment's number. Raises ConfigError,
        OSError."""
        return self.read_from(self.path(clip), clip)

    def read_from(self, folder: Path, clip: Clip) -> Iterator[tuple[int, bytes]]:
        """Do the same with a clip that lies elsewhere: a draft."""
        for segment in clip.segments:
            with (folder / segment_file(segment.number)).open("rb") as file:
                for piece in range(segment.pieces):
                    yield segment.number, self._piece(file.read, clip.ring, segment.number, piece)

    def keep(self, draft: Path, clip: Clip) -> None:
        """Make a folder with a clip's segments that clip, durably; it replaces none.

        Raises OSError.
        """
        self._tell(draft / _ABOUT, clip)
        _sync_folder(draft)
        draft.rename(self.path(clip))
        _sync_folder(self.folder)

    def lengthen(self, clip: Clip) -> None:
        """Say what a clip holds now whose folder has got more segments, durably. Raises OSError."""
        folder = self.path(clip)
        new = folder / f"{_ABOUT}.new"
        self._tell(new, clip)
        new.rename(folder / _ABOUT)
        _sync_folder(folder)

    def delete(self, key: Key) -> bool:
        """Delete a decision's clip; say whether there was one. Raises OSError."""
        return self._remove(self.folder / self.name(key))

    def all(self) -> Iterator[Clip]:
        """Yield every clip that can be read; drafts that were never finished are deleted.

        Those of another secret stay as they are: nobody can say whose they are.
        """
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            try:
                clip = self._about(path.name)
            except ConfigError:
                self.unreadable += 1
                continue
            if clip is None:
                self._remove(path)
            else:
                yield clip

    def _tell(self, path: Path, clip: Clip) -> None:
        place = _about_place(self.name((clip.tenant, clip.event, clip.rev)))
        with path.open("wb") as file:
            file.write(self.seal.seal_bytes(msgspec.json.encode(clip), place))
            file.flush()
            os.fsync(file.fileno())

    def _about(self, name: str) -> Clip | None:
        try:
            blob = (self.folder / name / _ABOUT).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        data = self.seal.open_bytes(blob, _about_place(name))
        try:
            return msgspec.json.decode(data, type=Clip)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{name}: a clip of an unknown form: {error}") from error

    def _piece(self, read: Callable[[int], bytes], ring: str, segment: int, piece: int) -> bytes:
        head = read(LENGTH.size)
        if len(head) < LENGTH.size:
            raise ConfigError(f"segment {segment} of a clip was cut")
        (size,) = LENGTH.unpack(head)
        if size > _MOST_PIECE:
            raise ConfigError(f"segment {segment} of a clip was changed")
        return self.seal.open_bytes(read(size), place_of(ring, segment, piece))

    def _remove(self, path: Path) -> bool:
        if not path.exists():
            return False
        shutil.rmtree(path)
        return True


def segment_file(number: int) -> str:
    """Return the name of a segment's file."""
    return f"{number:08d}.seg"


def _about_place(name: str) -> bytes:
    return f"about {name}".encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
