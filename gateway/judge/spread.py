"""Recorded times made usable: coarse ones spread, broken ones continued.

1. Equal times are spread evenly up to the next one, at most 60 s on: a log that says only the
   minute would otherwise look like a flood each minute.
2. Where time runs back by more than 60 s (another recording, a twelve-hour clock) it is taken to go
   on 60 s after the last message; how often that was needed is counted.
Rows keep their order, whatever rooms they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway.judge.rows import Row, Unreadable

__all__ = ["SPREAD_S", "Spread"]

SPREAD_S = 60.0
RUN = 10_000
"""Rows of one time that are spread together; the rest of a longer run shares the same minute."""

Rows = list[Row | Unreadable]


class Spread:
    """One pass over a file.

    `breaks` counts the places where time ran back, `spread` the messages that bore the same time as
    another.
    """

    def __init__(self) -> None:
        self.breaks = 0
        self.spread = 0
        self._shift = 0.0
        self._last: float | None = None

    def rows(self, rows: Iterable[Row | Unreadable]) -> Iterator[Row | Unreadable]:
        """Yield rows in their order, their times made usable; bounded memory."""
        run: Rows = []
        at: float | None = None
        for row in rows:
            if isinstance(row, Unreadable) or not row.timed:
                run.append(row)
            else:
                moved = self._continued(row)
                if at is not None and moved.message.at != at:
                    yield from self._laid_out(run, at, moved.message.at)
                    run = []
                at = moved.message.at
                run.append(moved)
            if len(run) >= RUN:
                yield from self._laid_out(run, at, None)
                run = []
        yield from self._laid_out(run, at, None)

    def _continued(self, row: Row) -> Row:
        at = row.message.at + self._shift
        if self._last is not None and at < self._last - SPREAD_S:
            self.breaks += 1
            self._shift += self._last + SPREAD_S - at
            at = self._last + SPREAD_S
        self._last = at if self._last is None else max(at, self._last)
        return Row(msgspec.structs.replace(row.message, at=at), True)

    def _laid_out(self, run: Rows, at: float | None, following: float | None) -> Rows:
        timed = sum(1 for row in run if isinstance(row, Row) and row.timed)
        if at is None or timed < 2:
            return run
        self.spread += timed
        gap = SPREAD_S if following is None or following <= at else min(following - at, SPREAD_S)
        laid: Rows = []
        seen = 0
        for row in run:
            if isinstance(row, Row) and row.timed:
                moved = msgspec.structs.replace(row.message, at=at + gap * seen / timed)
                laid.append(Row(moved, True))
                seen += 1
            else:
                laid.append(row)
        return laid
