"""One step on a message or a user as an entry of its own: its labels, its commands, its row.

Rules:
1. What lasts is a label named after the part (`mute:0:<decision>.<n>`), so that taking this part
   back ends it and nobody else's. Servers are told only what it changes for them: nothing where
   another restriction lasts longer.
2. A lift ends every row of a kind whoever set it, and takes those that are still on their way. The
   rows keep all else, so that undoing it can set them again.
3. Commands name no person; the journal's row does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from gateway.chat.acted import Restored, latest
from gateway.chat.reverting import Ahead
from gateway.chat.switches import See
from gateway.deciding.byhand import LASTING, LIFT
from gateway.deciding.ports import Enacting, Numbering
from gateway.record.entry import Entry, LabelRow
from gateway.state.labels import Labels
from gateway.state.layers import LIFTED, LIFTED_S, in_force, layer_name, until_of, with_rows
from seawall.actions import Action, Target
from seawall.errors import SeawallError

__all__ = ["Context", "Enactor", "Wanted"]

RECORD_S = 2.0
_CATEGORY = "flood"
BY_HAND = "moderator"
"""What servers hear as the reason where no rule is behind it."""


class Context(Struct, frozen=True):
    """What the parts of a decision have in common. `by` is who, as the record says it."""

    tenant: str
    by: str
    case: str = ""
    rule: str = ""
    category: str = _CATEGORY
    severity: str = ""


class Wanted(Struct, frozen=True):
    """One action to be recorded as an event."""

    event: str
    kind: str
    target: Target
    for_s: float | None = None


class Enactor:
    """Makes entries durable and lets them happen; knows which it has made, and which may come."""

    def __init__(
        self,
        recorder: Enacting,
        numbers: Numbering,
        labels: Labels,
        restored: Restored,
        see: See | None = None,
    ) -> None:
        self._recorder = recorder
        self._numbers = numbers
        self._labels = labels
        self._restored = restored
        self._see = see
        self._coming: dict[tuple[str, str], asyncio.Future[SeawallError | None]] = {}
        self._made: dict[tuple[str, str], None] = {}

    def made(self, tenant: str, event: str) -> bool:
        """Say whether an event is durable although the database may not show it yet."""
        return (tenant, event) in self._made

    async def enact(
        self, context: Context, wanted: Sequence[Wanted], now: float
    ) -> dict[str, SeawallError | None]:
        """Record many actions and let happen what becomes durable; say of each why it did not.

        What is not durable in time is left out: it may still come, and is not recorded twice.
        Raises RecordUnavailable when other gateways' commands cannot be looked up.
        """
        if self._see is not None:
            await self._see(context.tenant, [each.target for each in wanted])
        ahead = Ahead(self._labels)
        futures: dict[str, asyncio.Future[SeawallError | None]] = {}
        for each in wanted:
            key = (context.tenant, each.event)
            coming = self._coming.get(key)
            if coming is None:
                coming = self._start(context, each, ahead, now)
            futures[each.event] = coming
        if futures:
            await asyncio.wait(futures.values(), timeout=RECORD_S)
        return {event: each.result() for event, each in futures.items() if each.done()}

    def _start(
        self, context: Context, wanted: Wanted, ahead: Ahead, now: float
    ) -> asyncio.Future[SeawallError | None]:
        future: asyncio.Future[SeawallError | None] = asyncio.get_running_loop().create_future()
        key = (context.tenant, wanted.event)
        self._coming[key] = future
        entry = self._entry(context, wanted, ahead, now)

        def done(problem: SeawallError | None) -> None:
            self._coming.pop(key, None)
            if problem is None:
                self._remember(key)
                self._note_message(context.tenant, wanted, now)
            if not future.done():
                future.set_result(problem)

        self._recorder.enact(entry, done)
        return future

    def _entry(self, context: Context, wanted: Wanted, ahead: Ahead, now: float) -> Entry:
        target = wanted.target
        at = now
        labels: tuple[LabelRow, ...] = ()
        actions: tuple[Action, ...] = (Action(target, wanted.kind, wanted.for_s),)
        if target.kind == "user":
            at, labels, actions = _on_user(context, wanted, ahead, now)
            ahead.put(context.tenant, labels, at)
        because = context.rule or BY_HAND
        return Entry(
            "moderator", context.tenant, wanted.event, at, wanted.kind, 0, target.room or "",
            (target.id or "") if target.kind == "user" else "", actions=actions, rule=because,
            category=context.category, severity=context.severity, by=context.by, ref=context.case,
            commands=self._numbers.prepare(context.tenant, actions, because, at), labels=labels,
        )  # fmt: skip

    def _note_message(self, tenant: str, wanted: Wanted, now: float) -> None:
        if wanted.target.kind != "message":
            return
        message = wanted.target.id or ""
        if wanted.kind == "restore":
            self._restored.add(tenant, message, now)
        else:
            self._restored.remove(tenant, message)

    def _remember(self, key: tuple[str, str]) -> None:
        self._made[key] = None
        if len(self._made) > _MADE:
            del self._made[next(iter(self._made))]


_MADE = 20_000
_AFTER_S = 1e-3
_Made = tuple[float, tuple[LabelRow, ...], tuple[Action, ...]]


def _on_user(context: Context, wanted: Wanted, ahead: Ahead, now: float) -> _Made:
    """Return when it counts as decided, its labels, and what servers are told."""
    target, kind = wanted.target, wanted.kind
    room, user = target.room or "", target.id or ""
    layers = ahead.layers(context.tenant, "user", room, user)
    label = kind.removeprefix(LIFT) if kind.removeprefix(LIFT) in LASTING else kind
    at = latest(layers, label, now)
    lift = layers.get(label + LIFTED)
    if lift is not None and lift.set_at >= at:
        at = lift.set_at + _AFTER_S  # else it would be taken away at once
    because = context.rule or BY_HAND
    if label != kind:
        rows = tuple(
            LabelRow("user", room, user, name, layer.until, layer.because, layer.category,
                     layer.by, ended=True)
            for name, layer in sorted(layers.items())
            if name.partition(":")[0] == label and not layer.ended and until_of(layer.until) > at
        )  # fmt: skip
        lifted = LabelRow(
            "user", room, user, label + LIFTED, at + LIFTED_S, because, context.category, context.by
        )
        return at, (lifted, *rows), (Action(target, label, 0.0),)
    if kind not in LASTING or (kind == "kick" and wanted.for_s is None):
        return at, (), (Action(target, kind, wanted.for_s),)
    until = None if wanted.for_s is None else at + wanted.for_s
    name = layer_name(kind, wanted.event, 0, "")
    row = LabelRow("user", room, user, name, until, because, context.category, context.by)
    standing = in_force(layers).get(kind)
    after = in_force(with_rows(layers, (row,), at)).get(kind)
    told = Action(target, kind, wanted.for_s)
    if standing is None or after is None or until_of(standing.until) <= at:
        return at, (row,), (told,)
    longer = until_of(after.until) > until_of(standing.until)
    return at, (row,), (told,) if longer else ()
