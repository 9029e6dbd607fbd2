"""The spills of writers that are dead: replayed into their own chains by whoever comes next.

A dead gateway's writer lives for up to three seconds more, and its file is locked for so long:
`first` says that own entries still wait for it, as a command's end must not overtake the command.
After `WAIT_S` they do not wait any longer, and the file is tried again every second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gateway.record.chain import Head
from gateway.record.seal import Seal
from gateway.record.spill import Spill, spill_files
from seawall.errors import OurFault, RecordUnavailable

__all__ = ["Leftovers"]

WAIT_S = 4.0
_AGAIN_S = 0.25
_BATCH = 1024

Aside = Callable[[int, bytes, str], None]


class Chain(Protocol):
    """What writes entries behind a chain, each once."""

    def write_frames(self, frames: tuple[tuple[int, bytes], ...]) -> None:
        """Commit entries as they lay in a spill."""

    def end(self) -> Head:
        """Return where the chain ends."""


class Leftovers:
    """All spill files of a data folder but our own."""

    def __init__(
        self,
        data: Path,
        own: str,
        seal: Seal,
        tell: Callable[[str, str], None],
        publish: Callable[[str, Head, float], None],
    ) -> None:
        self.count = 0
        self._data = data
        self._own = own
        self._seal = seal
        self._tell = tell
        self._publish = publish
        self._began = time.monotonic()
        self._look_at = self._began
        self._locked = False
        self._current: Spill | None = None
        self._chain: Chain | None = None
        self._at = 0
        self._looked = False

    @property
    def first(self) -> bool:
        """Whether own entries wait for these."""
        if not self._looked or self._current is not None:
            return True
        return self._locked and time.monotonic() - self._began < WAIT_S

    def lost(self) -> None:
        """Forget what was known of the database."""
        self._chain = None

    def step(self, appender: Callable[[str, Aside], Chain]) -> bool:
        """Replay one batch; False when there is none to be had now. Raises RecordUnavailable."""
        spill = self._current
        if spill is None:
            return False
        if self._chain is None:
            self._chain = appender(spill.writer, spill.keep_aside)
        if self._at < spill.end:
            frames, end, read = spill.read(self._at, _BATCH)
            self._chain.write_frames(tuple(frames))
            self._at, self.count = end, self.count - read
        self._report(spill)
        if self._at >= spill.end:
            self._finish(spill, self._chain)
        return True

    def _finish(self, spill: Spill, chain: Chain) -> None:
        if spill.count:
            self._publish(spill.writer, chain.end(), time.time())
            self._tell("a dead writer's spill was replayed", f"{spill.writer}: {spill.count}")
        spill.close(done=True)
        self._current = self._chain = None
        self._looked = False  # there may be another one
        self._look_at = time.monotonic()

    def _report(self, spill: Spill) -> None:
        for report in spill.reports:
            self._tell("spill damaged", report)
        spill.reports.clear()

    def look(self) -> None:
        """Take the next file that nobody owns. Raises RecordUnavailable."""
        now = time.monotonic()
        if self._current is not None or now < self._look_at:
            return
        self._locked, self._looked, self.count, again = False, True, 0, False
        for path in spill_files(self._data):
            if path.stem == self._own:
                continue
            try:
                self._current = Spill(self._data, path.stem, self._seal, limit=0)
            except OurFault:
                self._locked = self._locked or path.stat().st_size > 0
                again = True
                continue
            except OSError as error:
                raise RecordUnavailable(f"{path.name}: {error.strerror}") from error
            self._at, self.count = 0, self._current.count
            return
        self._look_at = now + (_AGAIN_S if again else float("inf"))
