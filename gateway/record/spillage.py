"""How much waits in a data folder's spill for the database, and for how long."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gateway.record.spill import spill_files

__all__ = ["Spillage"]


class Spillage:
    """Looked after by housekeeping: `look` is told what the journal counts."""

    def __init__(self, data: Path, limit: int) -> None:
        """`limit` is the most that the spill may hold, bytes."""
        self.limit = limit
        self.bytes = 0
        self._data = data
        self._since: float | None = None

    def look(self, entries: int, now: float) -> None:
        """Note how many entries wait at `now`, monotonic seconds. Costs nothing while none do."""
        if not entries:
            self.bytes, self._since = 0, None
            return
        if self._since is None:
            self._since = now
        sizes = []
        for path in spill_files(self._data):
            with suppress(FileNotFoundError):  # replayed to its end meanwhile
                sizes.append(path.stat().st_size)
        self.bytes = max(1, sum(sizes))

    def age_s(self, now: float) -> float:
        """Return for how many seconds something has been waiting."""
        return 0.0 if self._since is None else now - self._since
