"""The spill: a file in which entries are durable while the database is not to be had.

1. A frame is `HEADER` (mark, length, the entry's number, the body's CRC, the CRC of all that) and a
   body: the entry as it arrived, sealed, bound to its writer and number.
2. What `append` has returned from is on the disk. What it was writing when the machine stopped is a
   torn tail: nobody was told that it is durable, so it is dropped.
3. A damaged frame is moved to `<writer>.damaged`, raw, and what follows it is read on. Renamed to
   `.spill`, with the right secret, such a file is replayed like any other.
4. A file is locked for as long as a process owns it; whoever replays it afterwards takes the lock.
5. Frames hold their entry's number, and the ledger leaves out what is written: to replay a file
   twice, or one that was partly in the database already, changes nothing.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from gateway.record.entry import ENTRY_BYTES
from gateway.record.seal import Seal
from seawall.errors import ConfigError, OurFault, RecordUnavailable

__all__ = ["FOLDER", "HEADER", "Damage", "Frame", "Spill", "scan", "spill_files"]

FOLDER = "spill"
"""The folder inside the data folder."""
HEADER = struct.Struct(">4sIQII")
_CHECKED = struct.Struct(">4sIQI")
_MARK = b"SWs1"
_BODY_BYTES = ENTRY_BYTES + 1024
_WINDOW = 1 << 20
_PROBE_BYTES = 4096


class Frame(NamedTuple):
    """One entry as it lies in the file from `start` to `end`; the body is sealed still."""

    n: int
    body: bytes
    start: int
    end: int


class Damage(NamedTuple):
    """A stretch that is no frame. `torn`: a frame that was never finished, at the very end."""

    start: int
    end: int
    torn: bool


def spill_files(data: Path) -> list[Path]:
    """Return the spill files of a data folder, in a stable order; empty ones too."""
    return sorted((data / FOLDER).glob("*.spill"))


def scan(handle: int, start: int, end: int) -> Iterator[Frame | Damage]:
    """Read frames between two offsets; what is none is told as Damage. Raises OSError."""
    window = _Window(handle, end)
    at = start
    while at < end:
        head = _header(window.bytes(at, HEADER.size))
        if head is None:
            after = _next_frame(window, at, end)
            yield Damage(at, after, after == end and _is_torn(window, at, end))
            at = after
            continue
        length, n, check = head
        begin, after = at + HEADER.size, at + HEADER.size + length
        body = window.bytes(begin, length)
        if after <= end and crc32(body) == check:
            yield Frame(n, body, at, after)
        else:  # where bytes are missing, the next frame begins before this one seems to end
            unfinished, after = after > end, _next_frame(window, at, min(after, end))
            yield Damage(at, after, torn=unfinished and after == end)
        at = after


class _Window:
    """A file read in long pieces."""

    def __init__(self, handle: int, end: int) -> None:
        self._handle = handle
        self._end = end
        self._start = 0
        self._bytes = b""

    def bytes(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from an offset on."""
        size = min(size, self._end - at)
        if at < self._start or at + size > self._start + len(self._bytes):
            wanted = min(max(size, _WINDOW), self._end - at)
            pieces, place = [], at
            while wanted > 0 and (piece := os.pread(self._handle, wanted, place)):
                pieces.append(piece)
                wanted, place = wanted - len(piece), place + len(piece)
            self._start, self._bytes = at, b"".join(pieces)
        return self._bytes[at - self._start : at - self._start + size]


def _header(data: bytes) -> tuple[int, int, int] | None:
    """Return length, number and the body's CRC; None when this is no header."""
    if len(data) < HEADER.size or not data.startswith(_MARK):
        return None
    _, length, n, body, check = HEADER.unpack(data)
    if crc32(data[: _CHECKED.size]) != check or length > _BODY_BYTES:
        return None
    return length, n, body


def _next_frame(window: _Window, at: int, end: int) -> int:
    """Return where the next whole header begins, or the end."""
    at += 1
    while at < end:
        piece = window.bytes(at, _WINDOW)
        place = piece.find(_MARK)
        if place < 0:
            if at + len(piece) >= end:
                return end
            at += len(piece) - len(_MARK) + 1
            continue
        at += place
        if _header(window.bytes(at, HEADER.size)) is not None:
            return at
        at += 1
    return end


def _is_torn(window: _Window, at: int, end: int) -> bool:
    """Whether a frame was being written here: part of a header, or room nothing was written to."""
    if end - at < HEADER.size and _MARK.startswith(window.bytes(at, len(_MARK))):
        return True
    while at < end:
        piece = window.bytes(at, _WINDOW)
        if piece.strip(b"\0"):
            return False
        at += len(piece)
    return True


class Spill:
    """One writer's file, owned by this process until closed.

    One thread appends and resets; another may `read` what lies before `end` meanwhile.
    """

    def __init__(self, data: Path, writer: str, seal: Seal, limit: int) -> None:
        """Open or create the file and see what is in it.

        Raises OurFault when another process owns it, OSError when it cannot be had.
        """
        self.path = data / FOLDER / f"{writer}.spill"
        self.writer = writer
        self.limit = limit
        self.end = 0
        self.count = 0
        self.last = 0
        self.reports: list[str] = []
        self._seal = seal
        self._aside: set[int] = set()
        self._aad = writer.encode()
        self._handle = self._open()
        try:
            self._survey()
        except BaseException:
            os.close(self._handle)
            raise

    def _open(self) -> int:
        folder = self.path.parent
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(folder.parent)
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_same(handle, self.path):
                    _sync_folder(folder)
                    return handle
            except BlockingIOError as error:
                os.close(handle)
                raise OurFault(f"another writer owns {self.path.name}") from error
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)  # its owner removed it as we came

    def _survey(self) -> None:
        """Find the last entry; cut off a torn tail."""
        size = os.fstat(self._handle).st_size
        for each in scan(self._handle, 0, size):
            if isinstance(each, Frame):
                self.count, self.last = self.count + 1, max(self.last, each.n)
            elif each.torn:
                os.ftruncate(self._handle, each.start)
                size = each.start
        self.end = size

    def append(self, entries: Iterable[tuple[int, bytes]]) -> None:
        """Make entries durable behind the others, or none of them: then raise RecordUnavailable."""
        frames: list[bytes] = []
        count, last = 0, self.last
        for n, entry in entries:
            body = self._seal.seal_bytes(entry, self._bound(n))
            head = _CHECKED.pack(_MARK, len(body), n, crc32(body))
            frames += (head, crc32(head).to_bytes(4, "big"), body)
            count, last = count + 1, n
        data = b"".join(frames)
        if self.end + len(data) > self.limit:
            raise RecordUnavailable(f"the spill is full: {self.end} of {self.limit} bytes")
        try:
            self._write(data)
        except OSError as error:
            self._cut()
            raise RecordUnavailable(f"the spill cannot be written: {error.strerror}") from error
        self.end, self.count, self.last = self.end + len(data), self.count + count, last

    def _write(self, data: bytes) -> None:
        if not _is_same(self._handle, self.path):
            if self.end:
                raise FileNotFoundError(2, "its file was removed")
            os.close(self._handle)
            self._handle = self._open()
        at, view = self.end, memoryview(data)
        while view:
            written = os.pwrite(self._handle, view, at)
            at, view = at + written, view[written:]
        os.fsync(self._handle)

    def _cut(self) -> None:
        """Take back what was written of frames that are not durable."""
        try:
            os.ftruncate(self._handle, self.end)
        except OSError as error:  # then it is overwritten, or is a torn tail
            self.reports.append(f"{self.path.name}: cannot be cut: {error.strerror}")

    def probe(self) -> None:
        """See whether a short entry could be appended. Raises RecordUnavailable."""
        if self.end + _PROBE_BYTES > self.limit:
            raise RecordUnavailable(f"the spill is full: {self.end} of {self.limit} bytes")
        try:
            self._write(bytes(_PROBE_BYTES))  # a torn tail, should we end here
        except OSError as error:
            raise RecordUnavailable(f"the spill cannot be written: {error.strerror}") from error
        finally:
            self._cut()

    def read(self, start: int, most: int) -> tuple[list[tuple[int, bytes]], int, int]:
        """Return up to `most` entries from an offset on, the offset behind them, and their frames.

        What is damaged there is set aside, reported, and counts as read. Raises RecordUnavailable.
        """
        entries: list[tuple[int, bytes]] = []
        frames, at = 0, start
        try:
            for each in scan(self._handle, start, self.end):
                at = each.end
                if isinstance(each, Damage):
                    self.set_aside(each.start, each.end, "no frame can be read there")
                    continue
                frames += 1
                try:
                    entries.append((each.n, self._seal.open_bytes(each.body, self._bound(each.n))))
                except ConfigError as error:
                    self.set_aside(each.start, each.end, f"entry {each.n}: {error}")
                if frames >= most:
                    break
        except OSError as error:
            raise RecordUnavailable(f"the spill cannot be read: {error.strerror}") from error
        return entries, at, frames

    def set_aside(self, start: int, end: int, why: str) -> None:
        """Copy a stretch to the `.damaged` file, durably, and say so in `reports`."""
        if start in self._aside:
            return
        aside = self.path.with_suffix(".damaged")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            at = start
            while at < end and (piece := os.pread(self._handle, min(_WINDOW, end - at), at)):
                os.write(handle, piece)
                at += len(piece)
            os.fsync(handle)
        finally:
            os.close(handle)
        _sync_folder(aside.parent)
        self._aside.add(start)
        self.reports.append(f"{self.path.name}: bytes {start} to {end} are in {aside.name}: {why}")

    def keep_aside(self, n: int, entry: bytes, why: str) -> None:
        """Put one entry that no database takes into the `.damaged` file. Raises OSError."""
        body = self._seal.seal_bytes(entry, self._bound(n))
        head = _CHECKED.pack(_MARK, len(body), n, crc32(body))
        aside = self.path.with_suffix(".damaged")
        with open(aside, "ab", opener=_private) as file:
            file.write(head + crc32(head).to_bytes(4, "big") + body)
            file.flush()
            os.fsync(file.fileno())
        self.reports.append(f"entry {n} is in {aside.name}: {why}")

    def reset(self) -> None:
        """Empty the file: all of it is in the database. Raises RecordUnavailable."""
        try:
            os.ftruncate(self._handle, 0)
        except OSError as error:
            raise RecordUnavailable(f"the spill cannot be cut: {error.strerror}") from error
        self.end = self.count = 0
        self._aside.clear()

    def close(self, done: bool) -> None:
        """Let go of the file; `done` removes it, for all of it is in the database."""
        if done and _is_same(self._handle, self.path):
            self.path.unlink()
            _sync_folder(self.path.parent)
        os.close(self._handle)

    def _bound(self, n: int) -> bytes:
        return b"%b:%d" % (self._aad, n)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_same(handle: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
