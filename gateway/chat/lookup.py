"""First verdicts looked up in the record: what a restarted or another gateway answered before.

All questions of a pass go together, in a thread, with a deadline. Whatever goes wrong the message
is judged afresh: a verdict late is worse than a verdict twice, and the client drops the second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from gateway.log import log
from gateway.metrics import Metrics
from gateway.record.chain import Row
from seawall import wire
from seawall.errors import RecordUnavailable

__all__ = ["BATCH", "IN_FLIGHT", "FirstVerdicts", "Key", "Lookup"]

Key = tuple[str, str, int]
"""(tenant, id, rev)."""
BATCH = 256
"""Questions of one call."""
IN_FLIGHT = 32
"""Calls that may be open at a time; what comes while they are is judged afresh."""


class FirstVerdicts(Protocol):
    """The record, asked for first verdicts: `gateway.record.answered`."""

    async def find(self, keys: list[Key]) -> Mapping[Key, bytes | Row]:
        """Return what is known of these keys: the verdict as it went out, or the journal's row
        where that is erased. Raises RecordUnavailable."""


Done = Callable[[bytes | None], None]
"""Gets the encoded first verdict, or None to judge afresh."""
_encode = msgspec.json.Encoder().encode


class Lookup:
    """Questions to the record, collected for a pass."""

    def __init__(
        self,
        record: FirstVerdicts,
        metrics: Metrics,
        call_soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self._record = record
        self._metrics = metrics
        self._call_soon = call_soon
        self._asked: list[tuple[Key, float, Done]] = []
        self._open: dict[asyncio.Task[None], None] = {}

    def ask(self, key: Key, deadline_s: float, done: Done) -> None:
        """Have `done` called once with the key's first verdict, or None to judge afresh.

        Never called from within this call.
        """
        if not self._asked:
            self._call_soon(self._flush)
        self._asked.append((key, deadline_s, done))

    async def close(self) -> None:
        """Give up what is open; those messages are judged afresh."""
        open_tasks = list(self._open)
        for task in open_tasks:
            task.cancel()
        await asyncio.gather(*open_tasks, return_exceptions=True)

    def _flush(self) -> None:
        asked, self._asked = self._asked, []
        while asked:
            batch, asked = asked[:BATCH], asked[BATCH:]
            if len(self._open) >= IN_FLIGHT:
                self._missed(batch, "load")
                continue
            task = asyncio.get_running_loop().create_task(self._find(batch), name="lookup")
            self._open[task] = None
            task.add_done_callback(self._open.pop)

    async def _find(self, batch: list[tuple[Key, float, Done]]) -> None:
        found: Mapping[Key, bytes | Row] = {}
        cause = ""
        try:
            async with asyncio.timeout(min(deadline_s for _, deadline_s, _ in batch)):
                found = await self._record.find([key for key, _, _ in batch])
        except TimeoutError:
            cause = "timeout"
        except RecordUnavailable as problem:
            cause = "journal"
            log.warning("lookup failed", extra={"fields": {"why": str(problem)}})
        except asyncio.CancelledError:
            self._missed(batch, "closing")
            raise
        if cause:
            self._missed(batch, cause)
            return
        for key, _, done in batch:
            first = found.get(key)
            done(_of_row(key, first) if isinstance(first, Row) else first)

    def _missed(self, batch: list[tuple[Key, float, Done]], cause: str) -> None:
        self._metrics.unchecked["first_verdict", cause] += len(batch)
        for _, _, done in batch:
            done(None)


def _of_row(key: Key, row: Row) -> bytes:
    """Return the verdict that a row stands for, as far as it still says: why, but not where."""
    reason = wire.Reason(row.rule, row.category, row.severity, row.score, None, row.detector)
    reasons = [reason] if row.rule else []
    verdict = wire.Verdict(key[1], key[2], row.action, reasons=reasons, policy=row.policy[:16])
    return _encode(verdict)
