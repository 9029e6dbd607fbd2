"""Who set a label on one user or room, and what is in force of it: pure, told the time.

Several may have set the same label: each decision on a message, and people (the platform's
moderators, ours). Every one of them has a row of its own, so that each can be taken back alone:

1. A decision's row is named `label:rev:event`, the row of people `label`; the last word of people
   replaces the one before.
2. In force is the one that lasts longest; so nothing milder or shorter ever shortens another's.
3. `label_lifted` takes back every decision's row set up to then, those included that are still on
   their way from another node. Later decisions are not touched by it. One that was itself taken
   back takes nothing.
4. `label_off` keeps decisions from setting the label for as long as it lasts.
5. An ended row is a tombstone: it stays a while so that an older one cannot bring it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gateway.record.entry import LabelRow
from seawall.policy.model import Label
from seawall.verdicts import Change

__all__ = [
    "LIFTED",
    "LIFTED_S",
    "OFF",
    "Layer",
    "in_force",
    "layer_name",
    "rows_for",
    "until_of",
    "with_rows",
]

LIFTED = "_lifted"
OFF = "_off"
LIFTED_S = 86_400.0
"""How long a lift waits for rows that were set before it and arrive late."""


class Layer(msgspec.Struct, frozen=True, gc=False):
    """One row: the label as one decision or person set it at `set_at`."""

    until: float | None
    because: str
    category: str
    by: str
    set_at: float
    ended: bool = False


def layer_name(label: str, event: str, rev: int, by: str) -> str:
    """Name the row: one for each deciding event, one for people (`by` not empty)."""
    return label if by else f"{label}:{rev}:{event}"


def rows_for(
    changes: Iterable[Change], event: str, rev: int, by: str, now: float
) -> tuple[LabelRow, ...]:
    """Return the rows to record for `changes`; `by` is empty for a decision on event and rev."""
    return tuple(
        LabelRow(
            change.kind,
            change.room or "",
            "" if change.kind == "room" else change.id,
            layer_name(change.label, event, rev, by),
            change.until,
            change.because,
            change.category,
            by,
            change.until is not None and change.until <= now,
        )
        for change in changes
    )


def in_force(layers: Mapping[str, Layer]) -> dict[str, Label]:
    """Return the labels that stand, each until its own time; an expired one may still be there."""
    found: dict[str, Label] = {}
    for name, layer in layers.items():
        label, decided, _ = name.partition(":")
        if layer.ended or label.endswith(LIFTED) or _taken(layers, label, layer, bool(decided)):
            continue
        other = found.get(label)
        if other is None or until_of(other.until) < until_of(layer.until):
            found[label] = Label(label, layer.until, layer.because, layer.category)
    return found


def with_rows(layers: Mapping[str, Layer], rows: Iterable[LabelRow], at: float) -> dict[str, Layer]:
    """Return the layers of one place as they are once `rows`, of time `at`, are in force."""
    new = {
        row.label: Layer(row.until, row.because, row.category, row.by, at, row.ended)
        for row in rows
    }
    return {**layers, **new}


def until_of(until: float | None) -> float:
    """Return a time that compares: "until reversed" is after every other."""
    return float("inf") if until is None else until


def _taken(layers: Mapping[str, Layer], label: str, layer: Layer, decided: bool) -> bool:
    off = layers.get(label + OFF)
    if off is not None and not off.ended:
        limit = until_of(off.until) if decided else off.set_at
        if layer.set_at < limit:
            return True
    lifted = layers.get(label + LIFTED)
    if lifted is None or lifted.ended:
        return False
    return decided and layer.set_at <= lifted.set_at
