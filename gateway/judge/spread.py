"""Coarse times made usable: equal times are spread evenly up to the next one, at most 60 s on.

A log that says only the minute would otherwise look like a flood each minute. Spreading is per
file, in order, and moves no message past the next told time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway.judge.rows import Row, Unreadable

__all__ = ["SPREAD_S", "spread"]

SPREAD_S = 60.0
RUN = 10_000
"""Rows of one time that are spread together; a longer run continues where the last one ended."""


def spread(rows: Iterable[Row | Unreadable]) -> Iterator[Row | Unreadable]:
    """Yield rows in their order with equal times of a room spread; bounded memory."""
    run: list[Row | Unreadable] = []
    at: float | None = None
    for row in rows:
        if isinstance(row, Unreadable) or not row.timed:
            run.append(row)
        elif at is None or row.message.at == at:
            at = row.message.at
            run.append(row)
        else:
            yield from _laid_out(run, at, row.message.at)
            run, at = [row], row.message.at
            continue
        if len(run) >= RUN:
            yield from _laid_out(run, at, None)
            run, at = [], at
    yield from _laid_out(run, at, None)


def _laid_out(
    run: list[Row | Unreadable], at: float | None, following: float | None
) -> Iterator[Row | Unreadable]:
    timed = sum(1 for row in run if isinstance(row, Row) and row.timed)
    if at is None or timed < 2:
        yield from run
        return
    gap = SPREAD_S if following is None or following <= at else min(following - at, SPREAD_S)
    seen = 0
    for row in run:
        if isinstance(row, Row) and row.timed:
            moved = msgspec.structs.replace(row.message, at=at + gap * seen / timed)
            seen += 1
            yield Row(moved, True)
        else:
            yield row
