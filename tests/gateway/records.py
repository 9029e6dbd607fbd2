"""A record that is ready for a gateway, copied: making one takes a child process half a second."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.record.database import ensure
from gateway.record.secret import SECRET_FILE, SECRET_VARIABLE
from gateway.record.where import Where, as_where

__all__ = ["fresh_record"]


def fresh_record(where: Where | Path) -> None:
    """Leave what `ensure` leaves where there was no record; it does the rest, and servers."""
    where = as_where(where)
    file, key = where.file, where.data / SECRET_FILE
    if file is not None and not file.exists() and not key.exists():
        database, secret = _made(os.environ.get(SECRET_VARIABLE, ""))
        where.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if secret is not None:
            _write(key, secret)
        _write(file, database)
    ensure(where)


@cache
def _made(_secret: str) -> tuple[bytes, bytes | None]:
    """Return a database and its own secret; None where the environment's was taken."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        ensure(folder)
        file, key = Where.of_path(folder).file, folder / SECRET_FILE
        assert file is not None
        return file.read_bytes(), key.read_bytes() if key.exists() else None


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
