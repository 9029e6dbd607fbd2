"""Tracks that a container announces and that do not come: that is said, or nobody would miss them.

A track that comes late is waited for; one that came once is not awaited again.
"""

from __future__ import annotations

from typing import Final

from media.clock import Moment
from workers.streams.missing import Tally, Unit

__all__ = ["Awaited"]

_PATIENCE_S: Final = 10.0


class Awaited:
    """The tracks of one opening of which nothing came yet."""

    def __init__(self, tally: Tally, tracks: dict[int, Unit]) -> None:
        """Take who is told, and what is announced: a track's number, and what it carries."""
        self._tally, self._left = tally, tracks
        self._first: Moment | None = None
        self._told_at = 0.0

    def came(self, track: int, moment: Moment) -> None:
        """Take note of a packet."""
        if not self._left:
            return
        self._left.pop(track, None)
        if self._first is None:
            self._first, self._told_at = moment, moment.at
        if moment.pace - self._first.pace >= _PATIENCE_S:
            self._tell(moment.at)

    def close(self, at: float) -> None:
        """Take note that nothing more comes of this opening after this moment of the server's."""
        if self._first is not None:
            self._tell(at)

    def _tell(self, at: float) -> None:
        for unit in self._left.values():
            self._tally.miss(unit, self._told_at, at, "gap")
        self._told_at = max(self._told_at, at)
