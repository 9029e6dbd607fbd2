"""The processes a gateway has started: its journal's writer, its Valkey."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

__all__ = ["child"]


def child(pid: int, word: str) -> int:
    """Return the child of a process whose command line has this word. LookupError: there is none.

    `valkey-server` is the embedded Valkey, `record.writer` the journal's writer.
    """
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            for each in (task / "children").read_text().split():
                if word.encode() in Path(f"/proc/{each}/cmdline").read_bytes():
                    return int(each)
    raise LookupError(f"process {pid} has no child {word!r}")
