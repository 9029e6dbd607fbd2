"""`heads.jsonl`: where the chain ended, minute by minute, in a file beside the database.

It can be copied to where nobody who edits the journal can reach it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.record.chain import GENESIS, Head

__all__ = ["HEADS_FILE", "Published", "note_head", "noted_heads"]

HEADS_FILE = "heads.jsonl"
_TAIL_BYTES = 4096


class Published(Struct, frozen=True):
    """A chain's end at a time: `at` in seconds since the epoch, `hash` in hexadecimal."""

    writer: str
    seq: int
    hash: str
    at: float

    def head(self) -> Head:
        """Return it as the chain has it. Raises ValueError."""
        head = Head(self.seq, bytes.fromhex(self.hash))
        if self.seq < 1 or len(head.hash) != len(GENESIS):
            raise ValueError("want a row's number and 64 hexadecimal digits")
        return head


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Published).decode


def note_head(data: Path, published: Published) -> None:
    """Append a head to the file, durably. A line that was torn is cut off first. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    handle = os.open(data / HEADS_FILE, flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        tail = os.pread(handle, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(handle, size - len(tail) + tail.rfind(b"\n") + 1)
        os.write(handle, _ENCODE(published) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def noted_heads(data: Path) -> list[tuple[int, Published | str]]:
    """Read the file, line by line with its number; a line that is no head comes as what is wrong.

    A last line without its end was being written when the machine stopped: it is left out.
    """
    try:
        content = (data / HEADS_FILE).read_bytes()
    except FileNotFoundError:
        return []
    found: list[tuple[int, Published | str]] = []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            published = _DECODE(line)
            published.head()
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            found.append((number, str(error)))
        else:
            found.append((number, published))
    return found
