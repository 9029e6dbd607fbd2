"""Databases in trouble: locked, gone, without a disk, read-only, slow. Each ends with its block."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

__all__ = [
    "filled",
    "locked",
    "moved",
    "no_room",
    "pulsing",
    "read_only",
    "replaced",
    "small_disk",
    "why_no_disk",
]

HELD_S, FREE_S = 0.2, 0.05
_DISK_MB = 8


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a SQLite file for ourselves alone."""
    with closing(sqlite3.connect(file, timeout=5.0, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def pulsing(file: Path) -> Iterator[None]:
    """Hold a SQLite file for 200 ms out of every 250: the slowest commits take as long."""
    stop = threading.Event()

    def pulse() -> None:
        with closing(sqlite3.connect(file, timeout=5.0, isolation_level=None)) as other:
            while not stop.is_set():
                other.execute("BEGIN IMMEDIATE")
                stop.wait(HELD_S)
                other.execute("ROLLBACK")
                stop.wait(FREE_S)

    thread = threading.Thread(target=pulse)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def moved(folder: Path) -> Iterator[None]:
    """Take a folder away, and bring it back."""
    elsewhere = folder.with_name(f"{folder.name}.away")
    folder.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(folder)


@contextmanager
def no_room(writers: int | Sequence[int], most: int = 0) -> Iterator[None]:
    """Let processes write no file beyond so many bytes, as on a full disk."""
    with ExitStack() as stack:
        for writer in (writers,) if isinstance(writers, int) else writers:
            unlimited = resource.prlimit(writer, resource.RLIMIT_FSIZE)
            resource.prlimit(writer, resource.RLIMIT_FSIZE, (most, unlimited[1]))
            stack.callback(resource.prlimit, writer, resource.RLIMIT_FSIZE, unlimited)
        yield


def why_no_disk() -> str:
    """Say why no small disk can be made here; empty when one can."""
    if os.geteuid() != 0:
        return "a small tmpfs needs root to be mounted"
    return "" if shutil.which("mount") else "there is no `mount`"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Put a disk of a few MiB in a folder's place. Raises RuntimeError where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=0700", "seawall-fault", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill the disk under a folder to its last byte, and make room again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as opened:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):  # ENOSPC is what it is about
                while opened.write(bytes(size)) == size:
                    continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """Let nobody write: root may write any file, but none whose write version is unknown."""
    with closing(sqlite3.connect(file, timeout=5.0)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    known = _write_version(file, 3)
    try:
        yield
    finally:
        _write_version(file, known)


def _write_version(file: Path, version: int) -> int:
    """Change byte 18 of the header, and return what stood there (sqlite.org/fileformat)."""
    with file.open("r+b") as opened:
        opened.seek(18)
        before = opened.read(1)[0]
        opened.seek(18)
        opened.write(bytes([version]))
    return before


def replaced(file: Path) -> None:
    """Put a copy in a database's place, as after a restore. Nobody may write meanwhile.

    Raises BlockingIOError, with nothing done, where somebody stands in the middle of a commit.
    """
    with closing(sqlite3.connect(file, timeout=0.5)) as database:
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:  # the log still holds commits that a copy of the file alone would lose
        raise BlockingIOError(f"{file} is in use")
    copy = file.with_suffix(".copy")
    shutil.copyfile(file, copy)
    for leftover in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + leftover).unlink()
    copy.replace(file)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
