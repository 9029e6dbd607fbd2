"""Keeps this process's labels and strikes equal to the record's: at start, and as others write.

A poll each second is the truth, a wake only makes it sooner. It looks back from the last reading,
further than it has to: rows carry the time of the writing node, whose clock may be behind. Every
five minutes it looks back an hour more, for a clock that was set wrong. It reads everything after
the record was unreachable, after it stood still itself, and after its own clock was set back:
meanwhile that may have dropped what is in force again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from gateway.log import log
from gateway.record.standing import Snapshot
from gateway.state.labels import Labels
from gateway.state.layers import Layer
from gateway.state.strikes import Strike
from seawall.errors import RecordUnavailable

__all__ = ["LabelSync", "Reader", "merge"]

BACK_S = 15.0
FAR_BACK_S = 3700.0
FAR_EVERY = 300
"""Of so many polls one looks far back."""
_SET_BACK_S = 1.0
"""A clock that runs behind the last reading by more was set."""
_AT_ONCE = 200
"""Rows taken in before messages get their turn."""


class Reader(Protocol):
    """Where labels and strikes are recorded. Raises RecordUnavailable."""

    async def load(self, now: float) -> Snapshot:
        """Return what is in force."""

    async def changed_since(self, at: float) -> Snapshot:
        """Return rows changed at a time or later, ended ones too."""


class LabelSync:
    """Fills `labels` from the record and keeps them up to date."""

    def __init__(
        self,
        labels: Labels,
        reader: Reader,
        every_s: float = 1.0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.behind = False
        """Whether the last poll failed: then what other nodes did is not known here yet."""
        self.polls = 0
        self._labels = labels
        self._reader = reader
        self._every_s = every_s
        self._wall = wall
        self._woken = asyncio.Event()
        self._told = False
        self._read_at: float | None = None

    async def load(self) -> None:
        """Take in all that is in force. Raises RecordUnavailable."""
        now = self._wall()
        await self._take(await self._reader.load(now))
        if self._read_at is None:
            self._read_at = now

    def wake(self, tenant: str = "") -> None:
        """Poll now: somebody says that something changed."""
        self._woken.set()

    async def run(self) -> None:
        """Poll until cancelled; a record that is gone is waited for."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._woken.wait()
            self._woken.clear()
            await self.poll()

    async def poll(self) -> None:
        """Take in what changed lately; say once when the record cannot be read."""
        self.polls += 1
        try:
            await self._follow(self._wall())
        except RecordUnavailable as problem:
            if not self.behind:
                log.error("labels are not followed", extra={"fields": {"why": str(problem)}})
            self.behind = True
            return
        self.behind = False
        self._tell_bound()

    async def _follow(self, now: float) -> None:
        missed_s = 0.0 if self._read_at is None else now - self._read_at
        lost = self.behind or not -_SET_BACK_S <= missed_s <= BACK_S
        if lost:
            await self.load()
        far = lost or self.polls % FAR_EVERY == 0
        since = min(now, now - missed_s) - (FAR_BACK_S if far else BACK_S)
        await self._take(await self._reader.changed_since(since))
        self._read_at = now

    async def _take(self, snapshot: Snapshot) -> None:
        labels, strikes = snapshot.labels, snapshot.strikes
        for start in range(0, max(len(labels), len(strikes)), _AT_ONCE):
            end = start + _AT_ONCE
            merge(self._labels, Snapshot(labels[start:end], strikes[start:end]))
            await asyncio.sleep(0)

    def _tell_bound(self) -> None:
        over = self._labels.over_bound
        if over and not self._told:
            log.warning(
                "more restrictions in force than expected", extra={"fields": {"over": over}}
            )
        self._told = over > 0


def merge(labels: Labels, snapshot: Snapshot) -> None:
    """Take in rows of the record in any order: of each the newest, ended ones as tombstones."""
    for row in snapshot.labels:
        layer = Layer(row.until, row.because, row.category, row.by, row.set_at, row.ended)
        labels.know((row.tenant, row.kind, row.room, row.id), row.label, layer)
    for each in snapshot.strikes:
        strike = Strike(each.strikes, each.at, each.ended)
        labels.know_strike(each.tenant, each.user, each.event, each.rev, strike)
