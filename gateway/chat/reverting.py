"""What taking a decision back takes: the labels that end, what servers are told, which messages.

Nothing here is recorded or sent; `reverts` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec.structs import replace

from gateway.chat.acted import STREAM_LABELS
from gateway.record.decisions import Decided, SetLabel
from gateway.record.entry import LabelRow
from gateway.state.layers import Layer, in_force, until_of, with_rows
from seawall.actions import Action, Target
from seawall.policy.model import Label

__all__ = ["Ahead", "Layered", "moved_back", "put_back", "set_again", "target_of", "undo_labels"]

_OF_STREAMS = frozenset({"frame", "speech"})
_UNSHOWN = frozenset({"block", "remove", "mask"})
Place = tuple[str, str, str, str]


class Layered(Protocol):
    """Who knows every label's row: `gateway.state.labels.Labels`."""

    def layers(self, tenant: str, kind: str, room: str, user: str, /) -> Mapping[str, Layer]:
        """Return every row of one user, room or stream by its name, ended ones too."""


class Ahead:
    """Labels as they will be once entries that are on their way have become durable."""

    def __init__(self, labels: Layered) -> None:
        self._labels = labels
        self._coming: dict[Place, dict[str, Layer]] = {}

    def layers(self, tenant: str, kind: str, room: str, user: str, /) -> Mapping[str, Layer]:
        """Return the rows of a place, with what is coming."""
        coming = self._coming.get((tenant, kind, room, user))
        return self._labels.layers(tenant, kind, room, user) if coming is None else coming

    def put(self, tenant: str, rows: Iterable[LabelRow], at: float) -> None:
        """Take in what is coming."""
        for row in rows:
            place = (tenant, row.kind, row.room, row.id)
            self._coming[place] = with_rows(self.layers(*place), (row,), at)


def undo_labels(
    labels: Layered, tenant: str, mine: tuple[SetLabel, ...], by: str, at: float
) -> tuple[tuple[LabelRow, ...], tuple[Action, ...]]:
    """Return the rows that end a decision's labels, and what servers must be told for it."""
    rows: list[LabelRow] = []
    actions: list[Action] = []
    for each in mine:
        row = replace(_row(each), by=by, ended=True)
        rows.append(row)
        layers = {**labels.layers(tenant, each.kind, each.room, each.id)}
        layers.setdefault(
            each.label, Layer(each.until, each.because, each.category, each.by, each.set_at)
        )
        action = _told(each, layers, with_rows(layers, (row,), at), at)
        if action is not None:
            actions.append(action)
    return tuple(rows), tuple(actions)


def set_again(
    labels: Layered, tenant: str, gone: Iterable[SetLabel], at: float
) -> tuple[tuple[LabelRow, ...], tuple[Action, ...]]:
    """Return the rows that bring labels back which are not over, and what servers must be told."""
    ahead, rows, actions = Ahead(labels), [], []
    for each in gone:
        if until_of(each.until) <= at:
            continue
        row = _row(each)
        before = ahead.layers(tenant, each.kind, each.room, each.id)
        after = with_rows(before, (row,), at)
        ahead.put(tenant, (row,), at)
        rows.append(row)
        kind = each.label.partition(":")[0]
        old, new = _until(in_force(before).get(kind)), _until(in_force(after).get(kind))
        if new > max(old, at) and (each.kind != "stream" or kind in STREAM_LABELS):
            for_s = None if new == float("inf") else new - at
            actions.append(Action(target_of(each), kind, for_s))
    return tuple(rows), tuple(actions)


def put_back(event: str, rev: int, found: Decided, hold: str | None) -> tuple[Action, ...]:
    """Return what brings a decision's messages back where they were without it."""
    if found.surface in _OF_STREAMS:
        return ()
    unshown = not found.by_hand and (found.action in _UNSHOWN or found.visibility is not None)
    if found.action == "hold" and not found.by_hand:
        unshown = hold != "approved"
    messages = [Target("message", found.room, event, rev)] if unshown else []
    back = dict.fromkeys((*messages, *found.removed))
    restores = [Action(each, "restore") for each in back if each.id not in found.kept_away]
    if not found.by_hand:
        return tuple(restores)
    again = [Action(each, "remove") for each in found.restored if each.id in found.kept_away]
    return (*restores, *again)


def moved_back(event: str, rev: int, found: Decided) -> tuple[Action, ...]:
    """Return what takes the messages away again that a revert had brought back."""
    messages = dict.fromkeys(found.restored)
    if found.action == "hold" and found.surface not in _OF_STREAMS:
        messages[Target("message", found.room, event, rev)] = None
    kind = found.visibility or "remove"
    return tuple(Action(each, kind if each.id == event else "remove") for each in messages)


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
    return Action(target_of(mine), kind, max(0.0, new - at) if new < float("inf") else None)


def target_of(label: SetLabel) -> Target:
    """Return what a label restricts."""
    if label.kind == "room":
        return Target("room", label.room)
    return Target(label.kind, label.room or None, label.id)


def _row(each: SetLabel) -> LabelRow:
    return LabelRow(
        each.kind,
        each.room,
        each.id,
        each.label,
        each.until,
        each.because,
        each.category,
        each.by,
    )


def _until(label: Label | None) -> float:
    return 0.0 if label is None else until_of(label.until)
