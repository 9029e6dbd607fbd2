"""Labels and strikes as they stand in the record, for the nodes that hold them in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec import Struct
from sqlalchemy import ColumnElement, or_, select

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading

__all__ = ["Snapshot", "Standing", "StandingLabel", "StandingStrike"]

_PAGE = 1000


class StandingLabel(Struct, frozen=True, gc=False):
    """A label's row. Times are seconds since the epoch; `until` None: until reversed."""

    tenant: str
    kind: str
    room: str
    id: str
    label: str
    until: float | None
    because: str
    category: str
    by: str
    event: str
    rev: int
    set_at: float
    ended: bool
    changed: float


class StandingStrike(Struct, frozen=True, gc=False):
    """One event's strikes; `ended` when they were taken back."""

    tenant: str
    user: str
    event: str
    rev: int
    at: float
    strikes: int
    rule: str
    ended: bool
    changed: float


class Snapshot(Struct, frozen=True):
    """What was found, each in the order of its changes."""

    labels: list[StandingLabel]
    strikes: list[StandingStrike]


_L, _S = schema.labels.c, schema.strikes.c
_LABEL = [_L[name] for name in StandingLabel.__struct_fields__]
_STRIKE = [_S[name] for name in StandingStrike.__struct_fields__]


class Standing:
    """The tables of labels and strikes. Every call runs in a thread and raises RecordUnavailable.

    What a call returns comes from one consistent state of both.
    """

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def load(self, now: float, strikes_since: float = 0.0) -> Snapshot:
        """Return all labels in force, and all strikes since a time that were not taken back."""
        in_force = _L.ended.is_(False) & or_(_L.until.is_(None), _L.until > now)
        strikes = _S.ended.is_(False) & (_S.changed >= strikes_since)
        return await asyncio.to_thread(self._read, in_force, strikes)

    async def changed_since(self, at: float) -> Snapshot:
        """Return what was changed at a time or later, ended ones too."""
        return await asyncio.to_thread(self._read, _L.changed >= at, _S.changed >= at)

    async def of_event(self, tenant: str, event: str, rev: int) -> Snapshot:
        """Return the labels that stand by one event, and its strikes; ended ones too."""
        labels = (_L.tenant == tenant) & (_L.event == event) & (_L.rev == rev)
        strikes = (_S.tenant == tenant) & (_S.event == event) & (_S.rev == rev)
        return await asyncio.to_thread(self._read, labels, strikes)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _read(self, labels: ColumnElement[bool], strikes: ColumnElement[bool]) -> Snapshot:
        of_labels = select(*_LABEL).where(labels).order_by(_L.changed)
        of_strikes = select(*_STRIKE).where(strikes).order_by(_S.changed)
        with reading(self._engine) as connection:
            pages = connection.execution_options(yield_per=_PAGE)
            return Snapshot(
                [StandingLabel(*row) for row in pages.execute(of_labels)],
                [StandingStrike(*row) for row in pages.execute(of_strikes)],
            )
