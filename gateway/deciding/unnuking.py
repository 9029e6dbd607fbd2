"""Takes back what a nuke did to messages that came while it was live.

Rules:
1. The journal knows what it did: every verdict that `nuke.<id>` led is reverted as any verdict is,
   and where another rule led, only the labels end that the nuke had set.
2. What is reverted already is left alone, so it may be begun again after a fault: it goes on.
"""

from __future__ import annotations

import asyncio

from gateway.chat.nukes import rule_of
from gateway.chat.reverting import Layered, undo_labels
from gateway.deciding.ports import Enacting, Numbering, Reverting
from gateway.record.entry import Entry
from gateway.record.nukes import NukeRow, Nukes
from seawall.errors import RecordUnavailable, SeawallError

__all__ = ["Unnuking"]

AT_ONCE = 100
_LABELS = 10_000
RECORD_S = 5.0


class Unnuking:
    """Undoes the verdicts of nukes."""

    def __init__(
        self,
        table: Nukes,
        reverts: Reverting,
        labels: Layered,
        orders: Numbering,
        recorder: Enacting,
    ) -> None:
        self._table = table
        self._reverts = reverts
        self._labels = labels
        self._orders = orders
        self._recorder = recorder

    async def undo(self, row: NukeRow, by: str, reason: str, now: float) -> int:
        """Take back what is not yet taken back; return how many verdicts.

        Raises RecordUnavailable, or what a verdict could not be reverted for: then the rest stands.
        """
        rule, count = rule_of(row.id), 0
        while caught := await self._table.caught(row, rule, AT_ONCE):
            keys = [(each.event, each.rev) for each in caught]
            done = await self._reverts.revert_all(row.tenant, keys, by, reason, now)
            for problem in done.values():
                if isinstance(problem, SeawallError):
                    raise problem
            count += len(keys)
        await self._end_labels(row, rule, by, reason, now)
        return count

    async def _end_labels(self, row: NukeRow, rule: str, by: str, reason: str, now: float) -> None:
        mine = await self._table.labels(row.tenant, rule, _LABELS)
        for start in range(0, len(mine), AT_ONCE):
            some = tuple(mine[start : start + AT_ONCE])
            at = max(now, *(label.set_at for label in some))
            rows, actions = undo_labels(self._labels, row.tenant, some, by, at)
            entry = Entry(
                "moderator", row.tenant, f"{row.id}.labels", at, "lift", room=row.room,
                actions=actions, rule=reason, by=by, ref=row.id, labels=rows,
                commands=self._orders.prepare(row.tenant, actions, "revert", at),
            )  # fmt: skip
            await self._enact(entry)

    async def _enact(self, entry: Entry) -> None:
        """Record an entry and let it happen. Raises SeawallError: then nothing has."""
        enacted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(problem: SeawallError | None) -> None:
            if enacted.done():
                return  # nobody waits any more
            if problem is None:
                enacted.set_result(None)
            else:
                enacted.set_exception(problem)

        self._recorder.enact(entry, done)
        try:
            async with asyncio.timeout(RECORD_S):
                await enacted
        except TimeoutError as problem:
            raise RecordUnavailable("the record is slow: some labels may still stand") from problem
