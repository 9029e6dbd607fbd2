"""What was said around a case, kept before the room's short memory of it is gone.

1. When a case opens, what was said just before is sealed and kept; `AFTER_S` later what came after.
   Each gateway keeps what it has heard itself: the case may have been opened by another one.
2. It waits in memory: what came after is lost with a restart, what came before is not.
3. At most `MOST` cases wait at once; beyond that the oldest are left without, and counted.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import exists, select

from gateway.cases.threads import finish
from gateway.log import log
from gateway.record.database import Where, as_where, open_engine, reading, writing
from gateway.record.schema_cases import case_context, case_members
from gateway.record.seal import Content, Seal
from gateway.record.secret import load_secret
from gateway.shapes.cases import CaseLine, ContextLine, Member
from seawall.errors import ConfigError, RecordUnavailable

__all__ = ["AFTER_S", "KEPT_S", "Around", "ContextKeeper", "SaidLine"]

AFTER_S = 20.0
KEPT_S = 30 * 86_400.0
MOST = 2_000
_TOGETHER = 50
_BACKOFF_S = 0.5
_X, _M = case_context.c, case_members.c


class SaidLine(Protocol):
    """A line of a room."""

    @property
    def event(self) -> str:
        """The message's id."""

    @property
    def rev(self) -> int:
        """Its revision."""

    @property
    def at(self) -> float:
        """When it came."""

    @property
    def user(self) -> str:
        """Who wrote it."""

    @property
    def name(self) -> str:
        """What they are called."""

    @property
    def text(self) -> str:
        """What they wrote."""

    @property
    def action(self) -> str:
        """What became of it."""


Around = Callable[[str, str, float], Sequence[SaidLine]]
"""Returns what was said around a time, by tenant and room."""


class ContextKeeper:
    """Keeps and shows what was said around cases. `heard` is to hear of cases, `run` is its task.

    `dropped` counts cases that were left without context.
    """

    def __init__(
        self, where: Where | Path, around: Around, wall: Callable[[], float] = time.time
    ) -> None:
        self.failing = False
        self.dropped = 0
        self._engine = open_engine(where)
        # The dialect that is in use is loaded already; the others would take megabytes.
        dialect = import_module(f"sqlalchemy.dialects.{self._engine.dialect.name}")
        self._insert = dialect.insert
        self._seal = Seal(load_secret(as_where(where).data))
        self._around = around
        self._wall = wall
        self._soon: deque[tuple[str, CaseLine]] = deque()
        self._later: deque[tuple[float, str, CaseLine]] = deque()
        self._woken = asyncio.Event()

    def heard(self, tenant: str, lines: Sequence[CaseLine]) -> None:
        """Hear of cases; those that have just been opened in a room are what counts."""
        for line in lines:
            if line.version == 1 and line.room:
                self._soon.append((tenant, line))
                if len(self._soon) > MOST:
                    self._soon.popleft()
                    self.dropped += 1
                self._woken.set()

    async def of(self, tenant: str, case: str) -> list[ContextLine]:
        """Return what is kept of a case, in order. Raises RecordUnavailable."""
        return await finish(self._of, tenant, case)

    async def context(
        self, tenant: str, case: CaseLine, members: Sequence[Member]
    ) -> list[ContextLine]:
        """Return the same for the API, which also has the case and its newest events."""
        return await self.of(tenant, case.id)

    async def run(self) -> None:
        """Keep what is to be kept until cancelled."""
        while True:
            with suppress(TimeoutError):  # nobody woke us: it is time anyway
                async with asyncio.timeout(self._patience()):
                    await self._woken.wait()
            self._woken.clear()
            if not await self.attempt(self._wall()):
                await asyncio.sleep(_BACKOFF_S)

    async def attempt(self, now: float) -> bool:
        """Keep what is due; False when the database does not answer, and it is tried again."""
        try:
            while self._soon or (self._later and self._later[0][0] <= now):
                await self._step(now)
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("context cannot be kept", extra={"fields": {"why": str(problem)}})
            self.failing = True
            return False
        self.failing = False
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _patience(self) -> float:
        if self._soon:
            return 0.0
        if not self._later:
            return AFTER_S
        return min(AFTER_S, max(0.0, self._later[0][0] - self._wall()))

    async def _step(self, now: float) -> None:
        """Write one batch: of cases that are new, or whose afterwards has come."""
        new = [self._soon[index] for index in range(min(_TOGETHER, len(self._soon)))]
        old = [each for each in self._later if each[0] <= now][:_TOGETHER]
        rows = [row for tenant, line in new for row in self._rows(tenant, line, now)]
        rows += [row for _, tenant, line in old for row in self._rows(tenant, line, now)]
        if rows:
            await finish(self._write, rows)
        for _ in old:
            self._later.popleft()
        for each in new:
            if each in self._soon:  # it may have been dropped meanwhile
                self._soon.remove(each)
            self._later.append((now + AFTER_S, *each))
            if len(self._later) > MOST:
                self._later.popleft()
                self.dropped += 1

    def _rows(self, tenant: str, case: CaseLine, now: float) -> list[dict[str, Any]]:
        said = self._around(tenant, case.room, case.opened)
        return [
            {
                "tenant": tenant,
                "case": case.id,
                "event": each.event,
                "rev": each.rev,
                "room": case.room,
                "user": each.user,
                "at": each.at,
                "action": each.action,
                "sealed": Content(each.text, each.name),
                "expires": now + KEPT_S,
            }
            for each in said
        ]

    def _write(self, rows: list[dict[str, Any]]) -> None:  # columns, `sealed` still open
        for row in rows:
            content = row["sealed"]
            if isinstance(content, Content):
                row["sealed"] = self._seal.seal(content, _place(row))
        insert = self._insert(case_context).on_conflict_do_nothing()
        with writing(self._engine) as connection:
            connection.execute(insert, rows)

    def _of(self, tenant: str, case: str) -> list[ContextLine]:
        mine = exists().where(_M.tenant == tenant, _M.case == case, _M.event == _X.event)
        query = select(case_context, mine.label("mine"))
        query = query.where(_X.tenant == tenant, _X.case == case)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_X.at, _X.event, _X.rev)).mappings().all()
        return [self._shown(dict(row)) for row in rows]

    def _shown(self, row: dict[str, Any]) -> ContextLine:
        try:
            content = self._seal.open(bytes(row["sealed"]), _place(row))
        except ConfigError as error:
            # Its text is lost to us; that something was said must still be seen.
            log.error("context cannot be read", extra={"fields": {"why": str(error)}})
            content = Content("")
        values = {name: row[name] for name in ("event", "rev", "at", "user", "action", "mine")}
        return ContextLine(name=content.name, text=content.text, **values)


def _place(row: dict[str, Any]) -> tuple[str, str, int]:
    # As the database gives it back: PostgreSQL has no U+0000.
    return row["tenant"].replace("\0", "\u2400"), row["event"].replace("\0", "\u2400"), row["rev"]
