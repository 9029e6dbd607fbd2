"""Who carries decisions out: one task a decision, and a look each second for what was left.

A decision that is left half-done, by this gateway or one that died, is taken over once its lease
has run out, and gone on with. While the database is gone it waits; that is said once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from secrets import token_hex

from gateway.deciding.carrying import LEASE_S, Carrying, Left
from gateway.deciding.ports import Desk
from gateway.deciding.rows import DecisionRow, shown
from gateway.deciding.store import DecisionStore
from gateway.log import log
from gateway.metrics import Metrics
from gateway.shapes.cases import CaseLine, DecisionLine, Part
from seawall.errors import RecordUnavailable, SeawallError

__all__ = ["Heard", "Working"]

POLL_S = 1.0
ANSWER_S = 4.0
"""How long whoever decides waits for it to be carried out; it goes on in any case."""

Heard = Callable[[str, DecisionLine], None]
_Key = tuple[str, str]
_Work = tuple[str, str, str]
"""(tenant, decision, which way): carrying it out may just be ending when it is taken back."""


class Working:
    """Owns the work on decisions; `run` is the task that looks for what was left."""

    def __init__(
        self,
        store: DecisionStore,
        carrying: Carrying,
        metrics: Metrics,
        desk: Desk | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.node = token_hex(8)
        self.failing = False
        self.heard: list[Heard] = []
        self._store = store
        self._carrying = carrying
        self._desk = desk
        self._wall = wall
        self._tasks: dict[_Work, asyncio.Task[None]] = {}
        self._left: set[_Key] = set()
        metrics.degraded["decisions"] = lambda: self.failing

    def leased(self) -> float:
        """Return until when this node carries out what it begins now."""
        return self._wall() + LEASE_S

    async def work(
        self, row: DecisionRow, parts: list[Part], line: CaseLine | None, *, again: bool = False
    ) -> None:
        """Go on with a decision that this node has leased; return when it is done, or in 4 s."""
        key = (row.tenant, row.id, row.state)
        task = self._tasks.get(key)
        if task is None:
            work = self._work(row, parts, line, again)
            task = asyncio.get_running_loop().create_task(work, name="decision")
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        await asyncio.wait((task,), timeout=ANSWER_S)

    def changed(self, tenant: str, line: CaseLine | None) -> None:
        """Tell that a case was changed here."""
        if line is not None and self._desk is not None:
            self._desk.changed(tenant, [line])

    def tell(self, row: DecisionRow) -> None:
        """Tell how a decision stands."""
        for hear in self.heard:
            hear(row.tenant, shown(row))

    async def run(self) -> None:
        """Look for what was left, until cancelled; then end what is under way."""
        try:
            while True:
                await self.attempt()
                await asyncio.sleep(POLL_S)
        finally:
            await self.close()

    async def attempt(self) -> bool:
        """Look once; False when the database is gone."""
        try:
            await self._look()
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("decisions wait", extra={"fields": {"why": str(problem)}})
            self.failing = True
            return False
        self.failing = False
        return True

    async def close(self) -> None:
        """End what is under way here; another gateway goes on with it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- inside ---------------------------------------------------------------------------------

    async def _look(self) -> None:
        rows: list[DecisionRow] = []
        for tenant, decision in list(self._left):
            row, _ = await asyncio.to_thread(self._store.find, tenant, decision)
            self._left.discard((tenant, decision))
            if row.node == self.node and row.state in ("applying", "undoing"):
                rows.append(row)
        now = self._wall()
        if await asyncio.to_thread(self._store.left, now):
            taken = await asyncio.to_thread(self._store.lease, self.node, now, self.leased())
            rows += [each for each in taken if each.id not in {row.id for row in rows}]
        for row in rows:
            found, parts = await asyncio.to_thread(self._store.find, row.tenant, row.id)
            line = None
            if row.case:
                line, _ = await asyncio.to_thread(self._store.case, row.tenant, row.case)
            await self.work(found, parts, line, again=True)

    async def _work(
        self, row: DecisionRow, parts: list[Part], line: CaseLine | None, again: bool
    ) -> None:
        try:
            if row.state == "applying":
                await self._carrying.apply(row, parts, line, again=again)
            elif row.state == "undoing":
                self.changed(row.tenant, await self._carrying.undo(row, parts, line))
            now, _ = await asyncio.to_thread(self._store.find, row.tenant, row.id)
            self.tell(now)
        except (Left, SeawallError) as problem:
            self._left.add((row.tenant, row.id))
            fields = {"decision": row.id, "why": str(problem) or "parts are left to do"}
            log.warning("a decision waits to be carried out", extra={"fields": fields})

    def _ended(self, key: _Work, task: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a decision failed", exc_info=error, extra={"fields": {"id": key[1]}})
