"""Reads lines of a file that may hold anything, an endless line too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from gateway.judge.rows import LINE_BYTES

__all__ = ["bounded_lines"]


def bounded_lines(lines: BinaryIO) -> Iterator[bytes]:
    """Yield lines; one over the bound comes cut, and is told as too long by the reader."""
    while line := lines.readline(LINE_BYTES + 1):
        whole = line
        while len(line) > LINE_BYTES and not line.endswith(b"\n"):
            line = lines.readline(LINE_BYTES + 1)  # skip the rest of an endless line
        yield whole
