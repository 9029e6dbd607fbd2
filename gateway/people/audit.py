"""Who saw evidence or did something: written down, durably, before it is shown or done.

Lines that wait together are one transaction: while one is under way the next gather.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from gateway.people.audit_table import AuditTable, Row, row_of
from gateway.record.database import Where
from gateway.roles import Actor
from gateway.shapes.people import AuditPage
from seawall.errors import RecordUnavailable

__all__ = ["RETENTION_S", "Audit"]

RETENTION_S = 400 * 86_400.0
MOST_WAITING = 4096
_BATCH = 512

Waiting = tuple[Row, "asyncio.Future[None]"]


class Audit:
    """The audit of one gateway. `wall` gives seconds since the epoch."""

    def __init__(self, where: Where | Path, wall: Callable[[], float] = time.time) -> None:
        self._table = AuditTable(where)
        self._wall = wall
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self.lines = 0
        self.batches = 0

    async def note(self, actor: Actor, what: str, target: str, **detail: str) -> None:
        """Write a line; it is durable when this returns. Never give it content.

        Raises RecordUnavailable: then whatever it was about must not happen. A line whose wait was
        cancelled may be written all the same.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise RecordUnavailable("too many lines of the audit wait to be written")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((row_of(actor, what, target, detail, self._wall()), done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="audit")
        await done

    async def page(
        self,
        tenant: str,
        *,
        who: str | None = None,
        what: str | None = None,
        target: str | None = None,
        since: float | None = None,
        until: float | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """Return lines, the newest first. Raises Refused 400 `bad_cursor`, RecordUnavailable."""
        return await asyncio.to_thread(
            self._table.page,
            tenant,
            who=who,
            what=what,
            target=target,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )

    async def purge(self) -> None:
        """Delete what is older than RETENTION_S."""
        before = self._wall() - RETENTION_S
        gone = 1
        while gone:
            gone = await asyncio.to_thread(self._table.purge, before)

    async def close(self) -> None:
        """Write what waits, then let go of the database."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._table.close()

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._write_batch(batch)
        finally:
            self._writing = None

    async def _write_batch(self, batch: list[Waiting]) -> None:
        problem: RecordUnavailable | None = RecordUnavailable("the audit's writer failed")
        try:
            await asyncio.to_thread(self._table.write, [row for row, _ in batch])
            self.lines += len(batch)
            self.batches += 1
            problem = None
        except RecordUnavailable as error:
            problem = error
        finally:
            for _, done in batch:
                if done.done():  # whoever waited was cancelled
                    continue
                if problem is None:
                    done.set_result(None)
                else:
                    done.set_exception(problem)
