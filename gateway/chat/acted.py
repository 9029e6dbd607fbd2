"""What the platform's own moderators did is respected, whoever had decided otherwise before.

Rules:
1. `acted mute` and the like set a label of people: decisions and their reverts never lift or
   shorten it. `acted unmute` ends the label whoever set it, also what other nodes set until then.
   Nobody is told: the platform has done it already; and what we had ordered to the contrary and is
   not carried out yet is overridden, so that a late server does not undo it.
2. It is in force at once, before it is recorded: it happened whether we record it or not.
3. A held message the platform removed is denied, one it approved or restored is approved. What it
   restored is not removed again by joined parts, as long as parts can be joined.
4. What it removed or restored is recorded like a command of its own that is done: ours to the
   contrary are overridden, and who takes a decision back leaves away what the platform removed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol

import msgspec

from gateway.record.entry import PLATFORM, CommandEnd, CommandRow, Entry, LabelKind, LabelRow
from gateway.state.labels import Labels
from gateway.state.layers import LIFTED, LIFTED_S, OFF, Layer
from seawall import wire
from seawall.actions import Action, Target
from seawall.acts import KEPT, LABELS, REMOVED, STREAM_LABELS, label_of

__all__ = [
    "STREAM_LABELS",
    "Overriding",
    "Platform",
    "Restored",
    "acted",
    "ended",
    "latest",
    "on_hold",
]

RESTORED_S = 120.0
_RESTORED = 10_000
_REMOVALS = frozenset({"remove", "self_only", "reduced"})


class Overriding(Protocol):
    """Where commands are numbered, and told apart from what is newer."""

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Make the rows to record."""

    def remember(self, tenant: str, revert: wire.Command, /) -> None:
        """Note a command that is over and overrides older ones."""


class Platform:
    """Takes in what the platform's moderators did to users, rooms and streams."""

    def __init__(
        self,
        labels: Labels,
        orders: Overriding,
        note: Callable[[Entry, Callable[[], None]], None],
        changed: Callable[[str], None],
    ) -> None:
        """`note` records an entry and then calls back; `changed` is told whose labels changed."""
        self._labels = labels
        self._orders = orders
        self._note = note
        self._changed = changed

    def acted(self, tenant: str, message: wire.Acted, now: float) -> Entry:
        """Put it in force at once, then record it."""
        entry = acted(self._labels, tenant, message, now)
        if message.target.kind == "message":
            entry = self._moved(tenant, message, entry)
        elif entry.labels:
            self._labels.put(tenant, entry.labels, entry.at)
            entry = self._overriding(tenant, message, entry)
        self._note(entry, lambda: self._changed(tenant))
        return entry

    def _moved(self, tenant: str, message: wire.Acted, entry: Entry) -> Entry:
        """Record that a message is gone, or back, as a command that is done."""
        kind = "restore" if on_hold(message) == "approved" else "remove"
        rows = self._orders.prepare(tenant, (Action(message.target, kind),), "acted", entry.at)
        for row in rows:
            # Ours name the version they are about; what people did is about all of them.
            for rev in {message.target.rev, None, 0}:
                target = msgspec.structs.replace(message.target, rev=rev)
                self._orders.remember(
                    tenant, wire.Command(row.id, row.seq, kind, target, None, row.expires)
                )
        ends = tuple(CommandEnd(row.id, "done", entry.by) for row in rows)
        return msgspec.structs.replace(entry, commands=rows, ends=ends)

    def _overriding(self, tenant: str, message: wire.Acted, entry: Entry) -> Entry:
        kind, lifts = _read(message, entry.at)
        for_s = None if message.until is None else message.until - entry.at
        action = Action(message.target, kind, 0.0 if lifts else for_s)
        rows = self._orders.prepare(tenant, (action,), "acted", entry.at)
        ends = tuple(CommandEnd(row.id, "done", entry.by) for row in rows)
        for row in rows:
            command = wire.Command(row.id, row.seq, kind, message.target, action.for_s, row.expires)
            self._orders.remember(tenant, command)
        return msgspec.structs.replace(entry, commands=rows, ends=ends)


def acted(labels: Labels, tenant: str, message: wire.Acted, now: float) -> Entry:
    """Return what to record of a platform's act.

    `labels.put(tenant, entry.labels, entry.at)` puts it in force on a user, room or stream; a
    message has no labels. A warning is recorded and changes nothing; what means nothing was
    refused before (`seawall.acts`).
    """
    target = message.target
    kind = target.kind
    if kind == "message":
        by, ref = PLATFORM + message.by, target.id or ""
        return Entry("acted", tenant, "", now, message.kind, 0, target.room or "", by=by, ref=ref)
    place = "" if kind == "room" else target.id or ""
    user, stream = (place, "") if kind == "user" else ("", place)
    room = target.room or ""
    by = PLATFORM + message.by
    layers = labels.layers(tenant, kind, room, place)
    label, lifts = _read(message, now)
    at = latest(layers, label, now)
    rows: tuple[LabelRow, ...] = ()
    if (room if kind == "room" else place) and label in LABELS[kind]:
        if lifts:
            until = at + LIFTED_S
            lifted = LabelRow(kind, room, place, label + LIFTED, until, "acted", "flood", by)
            rows = (lifted, *ended(kind, room, place, layers, label, by))
        else:
            rows = (LabelRow(kind, room, place, label, message.until, "acted", "flood", by),)
    return Entry(
        "acted", tenant, "", at, message.kind, 0, room, user, by=by, ref=stream, labels=rows
    )


def _read(message: wire.Acted, now: float) -> tuple[str, bool]:
    """Return the label an act is about, and whether it takes it away."""
    label, lifts = label_of(message.kind)
    return label, lifts or (message.until is not None and message.until <= now)


def ended(
    kind: LabelKind,
    room: str,
    id: str,
    layers: Mapping[str, Layer],
    label: str,
    by: str,
) -> tuple[LabelRow, ...]:
    """Return rows that end a label whoever set it; the people's row is ended even if unknown."""
    names = {label} | {
        name
        for name, layer in layers.items()
        if not layer.ended and name.partition(":")[0] == label
    }
    return tuple(
        LabelRow(kind, room, id, name, None, "ended", "flood", by, ended=True)
        for name in sorted(names)
    )


def latest(layers: Mapping[str, Layer], label: str, now: float) -> float:
    """Return a time that is not before any row of a label: clocks differ, the last word counts."""
    about = {label, label + OFF, label + LIFTED}
    times = (layer.set_at for name, layer in layers.items() if name.partition(":")[0] in about)
    return max(now, *times, now)


def on_hold(message: wire.Acted) -> Literal["approved", "denied"] | None:
    """Return what an act on a message says about its hold, if it is held."""
    if message.target.kind != "message":
        return None
    if message.kind in KEPT:
        return "approved"
    return "denied" if message.kind in REMOVED else None


class Restored:
    """Messages that people put back: the last ten thousand of the last two minutes."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def add(self, tenant: str, message: str, now: float) -> None:
        """Note that a message was put back."""
        self._at.pop((tenant, message), None)
        self._at[tenant, message] = now
        if len(self._at) > _RESTORED:
            self._at.popitem(last=False)

    def remove(self, tenant: str, message: str) -> None:
        """Note that it is gone again."""
        self._at.pop((tenant, message), None)

    def without(
        self, tenant: str, event: str, actions: Iterable[Action], now: float
    ) -> tuple[Action, ...]:
        """Return the actions without removals of put back messages other than `event` itself."""
        if not self._at:
            return tuple(actions)
        return tuple(
            action
            for action in actions
            if not (
                action.kind in _REMOVALS
                and action.target.kind == "message"
                and action.target.id != event
                and self._is_fresh(tenant, action.target, now)
            )
        )

    def _is_fresh(self, tenant: str, target: Target, now: float) -> bool:
        at = self._at.get((tenant, target.id or ""))
        return at is not None and now - at < RESTORED_S
