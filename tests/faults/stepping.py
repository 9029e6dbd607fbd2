"""A wall clock that a test steps in running processes: Python's own `time.time`, with an offset.

Each Python process that finds the folder on PYTHONPATH reads the offset from a file it has mapped.
What runs on the monotonic clock (budgets, deadlines, the loop) is not touched, nor is Valkey: as
when an administrator or NTP sets a machine's clock, but for one gateway alone.
"""

from __future__ import annotations

import struct
from pathlib import Path

__all__ = ["SteppedClock"]

_SITE = """
import mmap, os, struct, time

with open(os.environ["STEPPED_CLOCK"], "rb") as _file:
    _offset = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
_real = time.time
time.time = lambda: _real() + struct.unpack("d", _offset[:8])[0]
"""


class SteppedClock:
    """The offset, and what a process needs in its environment to live by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "clock"
        self._folder.mkdir()
        self._file = self._folder / "offset"
        self._file.write_bytes(struct.pack("d", 0.0))
        (self._folder / "sitecustomize.py").write_text(_SITE, encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """What to add to the environment."""
        return {"PYTHONPATH": str(self._folder), "STEPPED_CLOCK": str(self._file)}

    def step(self, offset_s: float) -> None:
        """Set the clock so far off the true time."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("d", offset_s))
