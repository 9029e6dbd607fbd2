"""A moderator's switches of a room: on, off, or back to automatic.

A human's word wins. "on" is not released by itself before its time; "off" takes the restriction
away and keeps decisions from setting it again. Both are rows of labels, so they last over restarts
and hold on every node.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from gateway.chat.acted import ended, latest
from gateway.record.entry import CommandRow, Entry, LabelRow
from gateway.state.labels import Labels
from gateway.state.layers import OFF, Layer, in_force, until_of, with_rows
from seawall.actions import Action, Target
from seawall.policy.model import Label
from seawall.restrictions import ROOM_LABELS

__all__ = ["Orders", "Record", "See", "Switch", "Switches"]

RECORD_S = 1.0

See = Callable[[str, Iterable[Target]], Awaitable[None]]
"""Learns of other gateways' commands for these targets, so that the next one counts as newer: a
clock may be behind. Raises RecordUnavailable."""


class Orders(Protocol):
    """Where commands are made and, once durable, sent."""

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Make the rows to record."""

    def send(self, tenant: str, rows: Iterable[CommandRow]) -> None:
        """Send what is durable."""


class Record(Protocol):
    """The journal."""

    async def record(self, entry: Entry, deadline_s: float) -> None:
        """Make an entry durable. Raises RecordUnavailable."""


class Switch(msgspec.Struct, frozen=True):
    """A room's restriction as it stands. `switch` None: nobody has a hand on it.

    `until` is the switch's end, None when it lasts until reversed; `in_force` says whether the room
    is restricted, by whomever, `ends` until when.
    """

    name: str
    switch: bool | None
    until: float | None
    by: str
    in_force: bool
    ends: float | None


class Switches:
    """Sets and shows switches."""

    def __init__(
        self,
        labels: Labels,
        orders: Orders,
        record: Record,
        changed: Callable[[str], None],
        see: See | None = None,
    ) -> None:
        """`changed` is told the tenant whose labels have changed."""
        self._see = see
        self._labels = labels
        self._orders = orders
        self._record = record
        self._changed = changed

    def of(self, tenant: str, room: str, now: float) -> list[Switch]:
        """Return how every switch of a room stands."""
        layers = self._labels.layers(tenant, "room", room, "")
        shown = in_force(layers)
        return [_switch(name, layers, shown, now) for name in sorted(ROOM_LABELS)]

    async def turn(
        self, tenant: str, room: str, name: str, on: bool, for_s: float | None, by: str, now: float
    ) -> Switch:
        """Switch a restriction on or off, for seconds or until reversed.

        Raises KeyError for an unknown name, RecordUnavailable when it cannot be recorded: then
        nothing has changed.
        """
        if name not in ROOM_LABELS:
            raise KeyError(name)
        layers = self._labels.layers(tenant, "room", room, "")
        at = latest(layers, name, now)
        until = None if for_s is None else at + for_s
        rows: tuple[LabelRow, ...]
        if on:
            rows = (
                LabelRow("room", room, "", name, until, "switch", "flood", by),
                LabelRow("room", room, "", name + OFF, None, "switch", "flood", by, ended=True),
            )
            lasts = _left(_after(layers, rows, at).get(name), at)
            action = Action(Target("room", room), name, lasts)
        else:
            off = LabelRow("room", room, "", name + OFF, until, "switch", "flood", by)
            rows = (off, *ended("room", room, "", layers, name, by))
            action = Action(Target("room", room), name, 0.0)
        await self._do(tenant, room, f"{name}.{'on' if on else 'off'}", rows, (action,), by, at)
        return self._one(tenant, room, name, now)

    async def release(self, tenant: str, room: str, name: str, by: str, now: float) -> Switch:
        """Take the hand off a switch. What decisions had set and is not over stays in force.

        Raises as `turn` does.
        """
        if name not in ROOM_LABELS:
            raise KeyError(name)
        layers = self._labels.layers(tenant, "room", room, "")
        standing = _switch(name, layers, in_force(layers), now)
        if standing.switch is None:
            return standing
        at = latest(layers, name, now)
        rows = tuple(
            LabelRow("room", room, "", label, None, "switch", "flood", by, ended=True)
            for label in (name, name + OFF)
        )
        after = _after(layers, rows, at).get(name)
        actions: tuple[Action, ...] = ()
        if _stands(after, at) or standing.in_force:
            actions = (Action(Target("room", room), name, _left(after, at)),)
        await self._do(tenant, room, f"{name}.auto", rows, actions, by, at)
        return self._one(tenant, room, name, now)

    async def _do(
        self,
        tenant: str,
        room: str,
        what: str,
        rows: tuple[LabelRow, ...],
        actions: tuple[Action, ...],
        by: str,
        at: float,
    ) -> None:
        if self._see is not None:
            await self._see(tenant, [action.target for action in actions])
        commands = self._orders.prepare(tenant, actions, "switch", at)
        entry = Entry(
            "switch",
            tenant,
            "",
            at,
            what,
            room=room,
            actions=actions,
            by=by,
            commands=commands,
            labels=rows,
        )
        await self._record.record(entry, RECORD_S)
        self._labels.put(tenant, rows, at)
        self._orders.send(tenant, commands)
        self._changed(tenant)

    def _one(self, tenant: str, room: str, name: str, now: float) -> Switch:
        layers = self._labels.layers(tenant, "room", room, "")
        return _switch(name, layers, in_force(layers), now)


def _switch(
    name: str, layers: Mapping[str, Layer], shown: Mapping[str, Label], now: float
) -> Switch:
    on, off = layers.get(name), layers.get(name + OFF)
    if off is not None and (off.ended or until_of(off.until) <= now):
        off = None
    if on is not None and (on.ended or on.by == "" or until_of(on.until) <= now):
        on = None
    hand = on if off is None or (on is not None and on.set_at > off.set_at) else off
    label = shown.get(name)
    stands = _stands(label, now)
    return Switch(
        name,
        None if hand is None else hand is on,
        None if hand is None else hand.until,
        "" if hand is None else hand.by,
        stands,
        label.until if label is not None and stands else None,
    )


def _after(layers: Mapping[str, Layer], rows: Iterable[LabelRow], at: float) -> dict[str, Label]:
    return in_force(with_rows(layers, rows, at))


def _stands(label: Label | None, at: float) -> bool:
    return label is not None and until_of(label.until) > at


def _left(label: Label | None, at: float) -> float | None:
    """Return the seconds a label lasts from `at`: 0 when none does, None until reversed."""
    if label is None:
        return 0.0
    return None if label.until is None else max(0.0, label.until - at)
