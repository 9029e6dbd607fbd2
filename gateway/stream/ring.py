"""The last seconds of one stream on disk: sealed segments, the oldest dropped; a copy on demand.

Rules:
1. The head, a stream's first bytes, is kept as long as the stream: what a player must know of a
   container stands there. Behind it segments follow one another; the oldest go when they are older
   than `keep_s` or there are more bytes than `most_bytes`.
2. Each piece is sealed as it is written, bound to its place, so a segment becomes part of a clip by
   a second name for its file: nothing is copied, and nothing lies there readable.
3. Only the thread that writes calls anything here; everything raises OSError.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections import deque
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

import msgspec

from gateway.record.clips import LENGTH, Clip, Clips, Key, Segment, place_of, segment_file

__all__ = ["HEAD_BYTES", "SEGMENT_S", "Ring"]

HEAD_BYTES = 256 * 1024
SEGMENT_S = 2.0
_PARTS = 16
"""A ring is dropped in so many parts at least."""


class _Part(msgspec.Struct):
    """One segment's file as it is. `start` is its place in the stream's bytes."""

    number: int
    start: int
    from_: float
    to: float
    pieces: int = 0
    bytes: int = 0
    stored: int = 0


class Ring:
    """One stream's ring in a folder of its own. Times are seconds since the epoch."""

    def __init__(
        self, folder: Path, clips: Clips, name: str, keep_s: float, most_bytes: int
    ) -> None:
        self.name = name
        self.stored = 0
        """Bytes on disk, the head among them."""
        self._folder = folder / name
        self._clips = clips
        self._keep_s = keep_s
        self._most = most_bytes
        self._taken = 0
        self._head: _Part | None = None
        self._parts: deque[_Part] = deque()
        self._file: FileIO | None = None
        self._frozen = False
        """Whether what is there is part of a clip: then nothing more is added to it."""
        self._folder.mkdir(parents=True)

    def write(self, data: bytes, at: float) -> None:
        """Add a piece of the stream that came at a time."""
        part = self._part(at, len(data))
        place = place_of(self.name, part.number, part.pieces)
        sealed = self._clips.seal.seal_bytes(data, place)
        size = LENGTH.size + len(sealed)
        self._append(part, LENGTH.pack(len(sealed)) + sealed)
        part.pieces, part.bytes, part.to = part.pieces + 1, part.bytes + len(data), at
        part.stored += size
        self.stored += size
        self._taken += len(data)
        self._trim(at)

    def drop_oldest(self) -> bool:
        """Delete the oldest segment but the newest; say whether there was one."""
        if len(self._parts) < 2:
            return False
        part = self._parts.popleft()
        (self._folder / segment_file(part.number)).unlink()
        self.stored -= part.stored
        return True

    def freeze(self, key: Key, stream: str, container: str) -> Clip | None:
        """Keep what is in the ring as the clip of a decision; None when it is empty.

        The clip that a decision has already gets what came since.
        """
        if self._head is None:
            return None
        self._close_file()
        self._frozen = True
        before = self._clips.find(key)
        if before is not None:
            return self._longer(before)
        parts = [self._head, *self._parts]
        draft = self._clips.folder / f"draft-{self.name}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        self._link(parts, draft)
        clip = Clip(
            *key,
            stream,
            container,
            self.name,
            parts[1].from_ if len(parts) > 1 else parts[0].from_,
            parts[-1].to,
            parts[1].start if len(parts) > 1 else parts[0].bytes,
            sum(part.bytes for part in parts),
            _segments(parts),
        )
        clip = msgspec.structs.replace(clip, sha256=self._digest(draft, clip))
        self._clips.keep(draft, clip)
        return clip

    def close(self) -> None:
        """Delete the ring; what was frozen stays."""
        if self._file is not None:
            self._file.close()
            self._file = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self.stored = 0

    def _longer(self, clip: Clip) -> Clip:
        """Add what came since to a clip. One of another ring, or with a gap between, stays."""
        last = clip.segments[-1].number
        newer = [part for part in self._parts if part.number > last]
        if clip.ring != self.name or not newer or newer[0].number != last + 1:
            return clip
        folder = self._clips.path(clip)
        self._link(newer, folder)
        clip = msgspec.structs.replace(
            clip,
            to=newer[-1].to,
            bytes=clip.bytes + sum(part.bytes for part in newer),
            segments=(*clip.segments, *_segments(newer)),
        )
        clip = msgspec.structs.replace(clip, sha256=self._digest(folder, clip))
        self._clips.lengthen(clip)
        return clip

    def _link(self, parts: Iterable[_Part], folder: Path) -> None:
        for part in parts:
            source = self._folder / segment_file(part.number)
            _sync(source)
            (folder / source.name).unlink(missing_ok=True)  # left by an attempt that failed
            os.link(source, folder / source.name)

    def _digest(self, draft: Path, clip: Clip) -> str:
        """Read back what was written: what cannot be opened again is no evidence."""
        digest = hashlib.sha256()
        for _, data in self._clips.read_from(draft, clip):
            digest.update(data)
        return digest.hexdigest()

    def _part(self, at: float, size: int) -> _Part:
        """Return the segment that the next piece belongs to."""
        head = self._head
        if head is None:
            head = self._head = _Part(0, 0, at, at)
            return head
        young = not self._frozen and at - head.from_ < self._keep_s
        if not self._parts and young and head.bytes + size <= HEAD_BYTES:
            return head
        newest = self._parts[-1] if self._parts else None
        full = newest is not None and newest.bytes + size > self._most // _PARTS
        if newest is None or full or self._frozen or not 0 <= at - newest.from_ < SEGMENT_S:
            self._close_file()
            self._frozen = False
            newest = _Part(1 if newest is None else newest.number + 1, self._taken, at, at)
            self._parts.append(newest)
        return newest

    def _append(self, part: _Part, blob: bytes) -> None:
        """Write a piece whole or not at all."""
        if self._file is None:
            self._file = FileIO(self._folder / segment_file(part.number), "ab")
        written = self._file.write(blob)
        if written != len(blob):
            self._file.truncate(part.stored)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _trim(self, now: float) -> None:
        while self._parts and (now - self._parts[0].to > self._keep_s or self.stored > self._most):
            if not self.drop_oldest():
                return

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()


def _segments(parts: Iterable[_Part]) -> tuple[Segment, ...]:
    return tuple(Segment(part.number, part.pieces, part.bytes) for part in parts)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
