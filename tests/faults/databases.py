"""Databases in trouble: locked, without a disk, read-only, slow. Each ends with its block."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

__all__ = ["locked", "no_room", "pulsing", "read_only", "replaced"]

HELD_S, FREE_S = 0.2, 0.05


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
def no_room(writer: int, most: int = 0) -> Iterator[None]:
    """Let a process write no file beyond so many bytes, as on a full disk."""
    unlimited = resource.prlimit(writer, resource.RLIMIT_FSIZE)
    resource.prlimit(writer, resource.RLIMIT_FSIZE, (most, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(writer, resource.RLIMIT_FSIZE, unlimited)


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
    """Put a copy in a database's place, as after a restore. Nobody may write meanwhile."""
    with closing(sqlite3.connect(file, timeout=5.0)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = file.with_suffix(".copy")
    shutil.copyfile(file, copy)
    for leftover in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + leftover).unlink()
    copy.replace(file)
