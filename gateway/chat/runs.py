"""Runs of equal window verdicts: a flooding user costs one journal row per ten seconds, not each.

1. A run is one user over one window in one room, with one action. Its first verdict is journaled
   before it is sent, as any restriction; that row opens the run for RUN_S seconds.
2. Further equal verdicts inside the run stand on that row: they are counted and sent at once. A
   verdict that brings anything new (a hold, strikes, a label, a command) is never part of a run;
   one that asks for a case asks once a run, so those with a case and those without are apart.
3. When the run ends, one more row says how many there were besides the first. A gateway killed
   before that loses the count, never the decision.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from gateway.record.entry import Entry
from seawall.errors import SeawallError
from seawall.events import Message
from seawall.policy.model import CaseSpec
from seawall.verdicts import Verdict

__all__ = ["RUN_S", "Runs", "is_run"]

RUN_S = 10.0
_BOUND = 50_000
_COUNTED = frozenset({"window", "restriction"})

Key = tuple[str, str, str, str, str, CaseSpec | None]
Append = Callable[[Entry, Callable[[SeawallError | None], None]], None]


class _Run(msgspec.Struct, gc=False):
    """An open run: the entry that opened it, and how many followed."""

    first: Entry
    until: float
    more: int = 0


class Runs:
    """Open runs by (tenant, room, user, rule, action, case), the first to end first."""

    def __init__(self, append: Append) -> None:
        self._append = append
        self._open: OrderedDict[Key, _Run] = OrderedDict()
        self.lost = 0
        """Counts that could not be recorded: the journal refused them."""

    def __len__(self) -> int:
        return len(self._open)

    def join(self, event: Message, verdict: Verdict) -> bool:
        """Count a verdict that `is_run` into its open run; False when there is none."""
        run = self._open.get(_key(event, verdict))
        if run is None or event.at >= run.until:
            return False
        run.more += 1
        return True

    def opened(self, event: Message, verdict: Verdict, entry: Entry) -> None:
        """Start a run with a verdict whose entry is durable now."""
        key = _key(event, verdict)
        old = self._open.pop(key, None)
        if old is not None:
            self._close(old)
        self._open[key] = _Run(entry, event.at + RUN_S)
        if len(self._open) > _BOUND:
            self._close(self._open.popitem(last=False)[1])

    def sweep(self, now: float) -> None:
        """Close the runs whose time is over at `now`, seconds since the epoch."""
        while self._open:
            key, run = next(iter(self._open.items()))
            # A clock that was set back must not keep a run open for an hour. At the very moment it
            # was opened a sum of floats may lie a little over RUN_S away.
            if run.until > now and run.until - now <= RUN_S + 1.0:
                return
            del self._open[key]
            self._close(run)

    def close(self) -> None:
        """Close every run: the gateway stops."""
        while self._open:
            self._close(self._open.popitem(last=False)[1])

    def _close(self, run: _Run) -> None:
        if not run.more:
            return
        first = run.first
        entry = Entry(
            "verdict",
            first.tenant,
            "",
            run.until,
            first.action,
            0,
            first.room,
            first.user,
            first.surface,
            first.actions,
            first.rule,
            first.category,
            first.severity,
            first.detector,
            first.score,
            first.policy,
            first.stage,
            0.0,
            run.more,
            ref=first.event,
        )
        more = run.more

        def done(problem: SeawallError | None) -> None:
            if problem is not None:
                self.lost += more

        try:
            self._append(entry, done)
        except SeawallError as problem:
            done(problem)


def is_run(verdict: Verdict) -> bool:
    """Say whether nothing but windows and restrictions in force speak in a verdict."""
    return (
        verdict.action != "hold"
        and not verdict.strikes
        and bool(verdict.reasons)
        and all(finding.detector in _COUNTED for finding in verdict.reasons)
    )


def _key(event: Message, verdict: Verdict) -> Key:
    who = (event.tenant, event.room, event.user.id)
    return (*who, verdict.reasons[0].rule, verdict.action, verdict.case)
