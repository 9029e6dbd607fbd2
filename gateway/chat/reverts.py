"""One call takes back all that a decision did, and nothing that anybody else did.

Rules:
1. What the decision did is read from the record, so it works after a restart and on any node.
2. Its labels (of users, rooms and streams) and strikes end. A server is told only what changes for
   it: nothing while another decision's or a person's restriction lasts as long, the time that is
   left where another decision's ends sooner, for_s 0 where none is left.
3. Its message is restored when the decision had kept it from being shown, and so are the parts it
   had removed; not what another decision, not reverted, removed as well.
4. A hold is approved first, because two people may decide it at once; all else becomes durable in
   one entry. Whoever stopped in between repeats the call.
5. A decision is reverted once; whoever asks again hears who did it and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from gateway.chat.acted import STREAM_LABELS, Restored
from gateway.chat.switches import Orders, Record, See
from gateway.record.decisions import Decided, SetLabel
from gateway.record.entry import Entry, LabelRow, StrikeEnd
from gateway.record.holds import Decision, Outcome
from gateway.state.labels import Labels
from gateway.state.layers import Layer, in_force, until_of, with_rows
from seawall.actions import Action, Target
from seawall.policy.model import Label

__all__ = ["Found", "HoldDecider", "Reverted", "Reverts", "undo_labels"]

RECORD_S = 1.0
_OF_STREAMS = frozenset({"frame", "speech"})
_UNSHOWN = frozenset({"block", "remove", "mask"})


class Found(Protocol):
    """Where decisions are read back."""

    async def find(self, tenant: str, event: str, rev: int) -> Decided | None:
        """Return a decision. Raises RecordUnavailable."""


class HoldDecider(Protocol):
    """Ends a hold and tells the servers."""

    async def __call__(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        """End it; None for an unknown one."""


class Reverted(msgspec.Struct, frozen=True):
    """A decision that is taken back. `fresh` is False when somebody had done it before.

    `commands` are what servers were told now, `labels` and `strikes` count what ended.
    """

    event: str
    rev: int
    by: str
    at: float
    reason: str
    fresh: bool
    hold: str | None = None
    commands: tuple[Action, ...] = ()
    labels: int = 0
    strikes: int = 0


class Reverts:
    """Takes decisions back, one at a time."""

    def __init__(
        self,
        decisions: Found,
        decide_hold: HoldDecider,
        labels: Labels,
        orders: Orders,
        record: Record,
        restored: Restored,
        changed: Callable[[str], None],
        see: See | None = None,
    ) -> None:
        """`changed` is told the tenant whose labels have changed."""
        self._see = see
        self._decisions = decisions
        self._decide_hold = decide_hold
        self._labels = labels
        self._orders = orders
        self._record = record
        self._restored = restored
        self._changed = changed
        self._one = asyncio.Lock()

    async def revert(
        self, tenant: str, event: str, rev: int, by: str, reason: str, now: float
    ) -> Reverted | None:
        """Take a decision back; None when none is recorded for that event.

        Raises RecordUnavailable: then nothing but the hold has changed.
        """
        async with self._one:
            found = await self._decisions.find(tenant, event, rev)
            if found is None:
                return None
            if found.undone is not None:
                was = found.undone
                return Reverted(event, rev, was.by, was.at, was.reason, fresh=False)
            hold = None
            if found.action == "hold":
                decision = await self._decide_hold(tenant, event, rev, "approved", by, now)
                hold = None if decision is None else decision.held.outcome
            return await self._undo(tenant, event, rev, found, hold, by, reason, now)

    async def _undo(
        self,
        tenant: str,
        event: str,
        rev: int,
        found: Decided,
        hold: str | None,
        by: str,
        reason: str,
        now: float,
    ) -> Reverted:
        at = max(now, *(label.set_at for label in found.labels), found.at)
        rows, actions = undo_labels(self._labels, tenant, found.labels, by, at)
        actions = (*_restores(event, rev, found, hold), *actions)
        ends = tuple(StrikeEnd(each.user, event, rev) for each in found.strikes)
        if self._see is not None:
            await self._see(tenant, [action.target for action in actions])
        commands = self._orders.prepare(tenant, actions, "revert", at)
        users = [each.user for each in found.strikes]
        users += [each.id for each in found.labels if each.kind == "user"]
        entry = Entry(
            "revert",
            tenant,
            event,
            at,
            "revert",
            rev,
            found.room,
            next(iter(users), ""),
            actions=actions,
            rule=reason,
            by=by,
            commands=commands,
            labels=rows,
            strike_ends=ends,
        )
        await self._record.record(entry, RECORD_S)
        self._labels.put(tenant, rows, at)
        for each in found.strikes:
            self._labels.unstrike(tenant, each.user, event, rev, each.at)
        for action in actions:
            if action.kind == "restore":
                self._restored.add(tenant, action.target.id or "", now)
        self._orders.send(tenant, commands)
        self._changed(tenant)
        strikes = sum(each.strikes for each in found.strikes)
        return Reverted(event, rev, by, at, reason, True, hold, actions, len(rows), strikes)


def undo_labels(
    labels: Labels, tenant: str, mine: tuple[SetLabel, ...], by: str, at: float
) -> tuple[tuple[LabelRow, ...], tuple[Action, ...]]:
    """Return the rows that end a decision's labels, and what servers must be told for it."""
    rows: list[LabelRow] = []
    actions: list[Action] = []
    for each in mine:
        row = LabelRow(
            each.kind,
            each.room,
            each.id,
            each.label,
            each.until,
            each.because,
            each.category,
            by,
            ended=True,
        )
        rows.append(row)
        layers = {
            **labels.layers(tenant, each.kind, each.room, each.id),
        }
        layers.setdefault(
            each.label, Layer(each.until, each.because, each.category, each.by, each.set_at)
        )
        action = _told(each, layers, with_rows(layers, (row,), at), at)
        if action is not None:
            actions.append(action)
    return tuple(rows), tuple(actions)


def _told(
    mine: SetLabel, before: dict[str, Layer], after: dict[str, Layer], at: float
) -> Action | None:
    kind = mine.label.partition(":")[0]
    if mine.kind == "stream" and kind not in STREAM_LABELS:
        return None  # a countdown: no server knows of it
    old, new = _until(in_force(before).get(kind)), _until(in_force(after).get(kind))
    if old <= at or new == old:
        return None
    people = after.get(kind)
    if new > at and people is not None and not people.ended and until_of(people.until) == new:
        return None  # whoever set it has told the servers, and may have told them otherwise
    if mine.kind == "room":
        target = Target("room", mine.room)
    else:
        target = Target(mine.kind, mine.room or None, mine.id)
    return Action(target, kind, max(0.0, new - at))


def _until(label: Label | None) -> float:
    return 0.0 if label is None else until_of(label.until)


def _restores(event: str, rev: int, found: Decided, hold: str | None) -> tuple[Action, ...]:
    if found.surface in _OF_STREAMS:
        return ()
    unshown = found.action in _UNSHOWN or found.visibility is not None
    if found.action == "hold":
        unshown = hold != "approved"
    messages = [Target("message", found.room, event, rev)] if unshown else []
    return tuple(
        Action(target, "restore")
        for target in (*messages, *found.removed)
        if target.id not in found.kept_away
    )
