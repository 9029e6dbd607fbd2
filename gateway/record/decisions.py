"""What decisions did, read back from the record in one consistent look, to be undone exactly.

A decision is a machine's verdict on an event, or what a person did by hand: a journal row of kind
`moderator` whose event is the person's decision and the number of its part.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Table, select

from gateway.record import schema
from gateway.record.away import REINSTATE, REMOVALS, Away, away_of, groups
from gateway.record.database import Where, open_engine, reading
from gateway.record.entry import LabelKind
from seawall.actions import Action, Target

__all__ = ["Decided", "Decisions", "Key", "SetLabel", "SetStrikes", "Undone"]

_ACTIONS = msgspec.json.Decoder(list[Action])

Key = tuple[str, int]
"""(event, rev) of a decision."""
Found = Any  # a row of a select: its columns by name
Moved = tuple[tuple[Target, ...], tuple[Target, ...]]
"""Messages removed, and put back."""
T = TypeVar("T")


class SetLabel(msgspec.Struct, frozen=True):
    """A label the decision set and nobody ended; `label` is the row's name."""

    kind: LabelKind
    room: str
    id: str
    label: str
    until: float | None
    because: str
    category: str
    by: str
    set_at: float


class SetStrikes(msgspec.Struct, frozen=True):
    """Strikes the decision gave and nobody took back."""

    user: str
    strikes: int
    at: float


class Undone(msgspec.Struct, frozen=True):
    """Who reverted a decision, when, and why."""

    by: str
    at: float
    reason: str


class Decided(msgspec.Struct, frozen=True):
    """A decision on (event, rev) and what stands of it.

    `visibility` is what it did to the message besides `action`; `removed` are other messages it had
    removed, `restored` those it put back, `kept_away` those of all its messages that would be away
    without it. On `surface` `frame` and `speech` there is no message that could be restored; what
    was done `by_hand` has none of its own. `ended` are its labels that ended with its revert, or,
    where it lifts, those of others that it ended.
    """

    room: str
    action: str
    visibility: str | None
    at: float
    removed: tuple[Target, ...]
    kept_away: frozenset[str]
    labels: tuple[SetLabel, ...]
    strikes: tuple[SetStrikes, ...]
    undone: Undone | None
    surface: str = ""
    by_hand: bool = False
    restored: tuple[Target, ...] = ()
    ended: tuple[SetLabel, ...] = ()


class Decisions:
    """Decisions of the record. Calls run in a thread and raise RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def find(self, tenant: str, event: str, rev: int) -> Decided | None:
        """Return a decision; None when none is recorded for that event."""
        return (await self.find_all(tenant, [(event, rev)])).get((event, rev))

    async def find_all(self, tenant: str, keys: Sequence[Key]) -> dict[Key, Decided]:
        """Return those decisions that are recorded, read in one look."""
        return await asyncio.to_thread(self._find_all, tenant, keys)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find_all(self, tenant: str, keys: Sequence[Key]) -> dict[Key, Decided]:
        wanted = set(keys)
        with reading(self._engine) as connection:
            rows = _journal(connection, tenant, wanted)
            deciding = {key: found for key in rows if (found := _decision(rows[key])) is not None}
            messages = _messages(connection, tenant, {event for event, rev in deciding if rev == 0})
            away = away_of(connection, tenant, _places(deciding, messages))
            labels = _labels(connection, tenant, deciding, ended=False)
            ended = _labels(connection, tenant, deciding, ended=True)
            strikes = _strikes(connection, tenant, deciding)
        decided: dict[Key, Decided] = {}
        for key, row in deciding.items():
            event, rev = key
            removed, restored = messages[event] if rev == 0 else ((), ())
            decided[key] = Decided(
                row.room,
                row.action,
                _visibility(row.actions),
                row.at,
                removed,
                _kept_away(away, event, row.room, (*removed, *restored)),
                labels[key],
                strikes[key],
                _undone(rows[key]),
                row.surface,
                row.kind == "moderator",
                restored,
                ended[key],
            )
        return decided


def _places(deciding: Mapping[Key, Found], messages: Mapping[str, Moved]) -> set[tuple[str, str]]:
    """Return every message that the decisions are about: (room, id)."""
    places = {(row.room, event) for (event, _), row in deciding.items()}
    for event, _ in deciding:
        for target in itertools.chain(*messages[event]):
            places.add((target.room or "", target.id or ""))
    return places


def _journal(connection: Connection, tenant: str, keys: set[Key]) -> dict[Key, list[Found]]:
    """Return the journal's rows about events, the earliest first."""
    columns = schema.journal.c
    rows: dict[Key, list[Found]] = defaultdict(list)
    for some in groups(sorted({event for event, _ in keys})):
        query = select(
            columns.event, columns.rev, columns.kind, columns.room, columns.action,
            columns.actions, columns.at, columns.by, columns.rule, columns.surface,
        ).where(
            columns.tenant == tenant, columns.event.in_(some),
            columns.kind.in_(("verdict", "revert", "moderator")),
        ).order_by(columns.at)  # fmt: skip
        for row in connection.execute(query):
            if (row.event, row.rev) in keys:
                rows[row.event, row.rev].append(row)
    return rows


def _decision(rows: list[Found]) -> Found | None:
    for kind in ("verdict", "moderator"):
        for row in rows:
            if row.kind == kind:
                return row
    return None


def _undone(rows: list[Found]) -> Undone | None:
    """Return the revert that stands: the first since the last time one was taken back."""
    standing: Undone | None = None
    for row in rows:
        if row.kind == "revert":
            standing = standing or Undone(row.by, row.at, row.rule)
        elif row.kind == "moderator" and row.action == REINSTATE:
            standing = None
    return standing


def _visibility(actions: str) -> str | None:
    kinds = [each.kind for each in _ACTIONS.decode(actions) if each.target.kind == "message"]
    return next((kind for kind in kinds if kind in REMOVALS), None)


def _messages(
    connection: Connection, tenant: str, events: Iterable[str]
) -> defaultdict[str, Moved]:
    """Return the messages removed and put back by each event: only a first version has parts."""
    columns = schema.commands.c
    removed: dict[str, dict[Target, None]] = defaultdict(dict)
    restored: dict[str, dict[Target, None]] = defaultdict(dict)
    for some in groups(sorted(events)):
        query = select(
            columns.event, columns.kind, columns.room, columns.target, columns.rev
        ).where(
            columns.tenant == tenant,
            columns.event.in_(some),
            columns.target_kind == "message",
            columns.kind.in_((*REMOVALS, "restore")),
        ).order_by(columns.seq)  # fmt: skip
        for row in connection.execute(query):
            table = restored if row.kind == "restore" else removed
            table[row.event][Target("message", row.room, row.target, row.rev)] = None
    found: defaultdict[str, Moved] = defaultdict(lambda: ((), ()))
    for event in {*removed, *restored}:
        found[event] = (tuple(removed[event]), tuple(restored[event]))
    return found


def _kept_away(away: Away, event: str, room: str, moved: Iterable[Target]) -> frozenset[str]:
    places = {(room, event), *((target.room or "", target.id or "") for target in moved)}
    return frozenset(message for place, message in places if away.without(event, place, message))


def _labels(
    connection: Connection, tenant: str, keys: Iterable[Key], *, ended: bool
) -> defaultdict[Key, tuple[SetLabel, ...]]:
    columns = schema.labels.c
    names = SetLabel.__struct_fields__

    def made(row: Found) -> SetLabel:
        return SetLabel(*(getattr(row, name) for name in names))

    return _by_event(connection, schema.labels, names, tenant, keys, columns.ended.is_(ended), made)


def _strikes(
    connection: Connection, tenant: str, keys: Iterable[Key]
) -> defaultdict[Key, tuple[SetStrikes, ...]]:
    columns = schema.strikes.c

    def made(row: Found) -> SetStrikes:
        return SetStrikes(row.user, row.strikes, row.at)

    stands = columns.ended.is_(False)
    names = ("user", "strikes", "at")
    return _by_event(connection, schema.strikes, names, tenant, keys, stands, made)


def _by_event(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    tenant: str,
    keys: Iterable[Key],
    stands: Any,  # a condition on the table's columns
    made: Callable[[Found], T],
) -> defaultdict[Key, tuple[T, ...]]:
    """Return a table's rows by the decision they stand by."""
    wanted = set(keys)
    found: defaultdict[Key, tuple[T, ...]] = defaultdict(tuple)
    for some in groups(sorted({event for event, _ in wanted})):
        query = select(table.c.event, table.c.rev, *(table.c[name] for name in names)).where(
            table.c.tenant == tenant, table.c.event.in_(some), stands
        )
        for row in connection.execute(query):
            if (row.event, row.rev) in wanted:
                found[row.event, row.rev] += (made(row),)
    return found
