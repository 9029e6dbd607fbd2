"""What one decision did, read back from the record in one consistent look, to be undone exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from gateway.record import schema
from gateway.record.database import Where, open_engine, reading
from gateway.record.entry import LabelKind
from seawall.actions import Action, Target

__all__ = ["Decided", "Decisions", "SetLabel", "SetStrikes", "Undone"]

_REMOVALS = ("remove", "self_only", "reduced")
_MOST = 500
_ACTIONS = msgspec.json.Decoder(list[Action])


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
    removed, `kept_away` those of all its messages that other decisions, not reverted, removed too.
    On `surface` `frame` and `speech` there is no message that could be restored.
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


class Decisions:
    """Decisions of the record. Calls run in a thread and raise RecordUnavailable."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    async def find(self, tenant: str, event: str, rev: int) -> Decided | None:
        """Return a decision; None when none is recorded for that event."""
        return await asyncio.to_thread(self._find, tenant, event, rev)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find(self, tenant: str, event: str, rev: int) -> Decided | None:
        columns = schema.journal.c
        query = select(
            columns.kind, columns.room, columns.action, columns.actions, columns.at,
            columns.by, columns.rule, columns.surface,
        ).where(
            columns.tenant == tenant, columns.event == event, columns.rev == rev,
            columns.kind.in_(("verdict", "revert")),
        ).order_by(columns.at).limit(_MOST)  # fmt: skip
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            verdict = next((row for row in rows if row.kind == "verdict"), None)
            undone = next((row for row in rows if row.kind == "revert"), None)
            if verdict is None:
                return None
            removed = _removed(connection, tenant, event) if rev == 0 else ()
            messages = {event, *(target.id or "" for target in removed)}
            return Decided(
                verdict.room,
                verdict.action,
                _visibility(verdict.actions),
                verdict.at,
                removed,
                _kept_away(connection, tenant, verdict.room, messages, event),
                _labels(connection, tenant, event, rev),
                _strikes(connection, tenant, event, rev),
                None if undone is None else Undone(undone.by, undone.at, undone.rule),
                verdict.surface,
            )


def _visibility(actions: str) -> str | None:
    kinds = [each.kind for each in _ACTIONS.decode(actions) if each.target.kind == "message"]
    return next((kind for kind in kinds if kind in _REMOVALS), None)


def _removed(connection: Connection, tenant: str, event: str) -> tuple[Target, ...]:
    """Return the messages removed together with `event`: only a first version has parts."""
    columns = schema.commands.c
    query = select(columns.room, columns.target, columns.rev).where(
        columns.tenant == tenant,
        columns.event == event,
        columns.target_kind == "message",
        columns.kind.in_(_REMOVALS),
    )
    rows = connection.execute(query.limit(_MOST))
    return tuple(Target("message", row.room, row.target, row.rev) for row in rows)


def _kept_away(
    connection: Connection, tenant: str, room: str, messages: Iterable[str], event: str
) -> frozenset[str]:
    columns = schema.commands.c
    query = select(columns.target, columns.event).where(
        columns.tenant == tenant,
        columns.target_kind == "message",
        columns.room == room,
        columns.target.in_(list(messages)),
        columns.kind.in_(_REMOVALS),
        columns.event != event,
    )
    others = connection.execute(query.limit(_MOST)).all()
    if not others:
        return frozenset()
    log = schema.journal.c
    asked = select(log.event).where(
        log.tenant == tenant,
        log.kind == "revert",
        log.rev == 0,
        log.event.in_({row.event for row in others}),
    )
    reverted = {row.event for row in connection.execute(asked)}
    return frozenset(row.target for row in others if row.event not in reverted)


def _labels(connection: Connection, tenant: str, event: str, rev: int) -> tuple[SetLabel, ...]:
    columns = schema.labels.c
    query = select(*(columns[name] for name in SetLabel.__struct_fields__)).where(
        columns.tenant == tenant,
        columns.event == event,
        columns.rev == rev,
        columns.ended.is_(False),
    )
    return tuple(SetLabel(*row) for row in connection.execute(query.limit(_MOST)))


def _strikes(connection: Connection, tenant: str, event: str, rev: int) -> tuple[SetStrikes, ...]:
    columns = schema.strikes.c
    query = select(columns.user, columns.strikes, columns.at).where(
        columns.tenant == tenant,
        columns.event == event,
        columns.rev == rev,
        columns.ended.is_(False),
    )
    return tuple(SetStrikes(*row) for row in connection.execute(query.limit(_MOST)))
