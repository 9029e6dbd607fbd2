"""Which messages are kept from being shown, by whom, and which decisions no longer stand.

1. A message is away when something that stands removed it after whatever stands last put it back.
2. What was reverted does not stand: neither its removal nor the restoring of its revert.
3. A revert may itself be taken back (`REINSTATE`); of the two the later one counts.
4. A held message is away until it is approved, and is back from then on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.record import schema

__all__ = ["REINSTATE", "REMOVALS", "Away", "away_of", "groups", "reverted_of"]

REMOVALS = ("remove", "self_only", "reduced")
REINSTATE = "reinstate"
"""What a `moderator` row says that takes the revert of its event back."""
_UNSHOWN = ("block", "remove", "hold")
_TOGETHER = 400
"""How many values one statement names: databases bound their number."""

Place = tuple[str, str]
"""(room, message)."""


class _Said(Struct, frozen=True):
    """One word on a message: `by_event` removed it, or put it back, at a time in an order."""

    when: tuple[float, int]
    by_event: str
    removes: bool


class Away:
    """What stands of all that was said about some messages."""

    def __init__(self, said: dict[Place, list[_Said]], reverted: Iterable[str]) -> None:
        self._said = said
        self._reverted = frozenset(reverted)

    def without(self, event: str, room: str, message: str) -> bool:
        """Say whether a message would be away had `event` never been decided."""
        words = [
            word
            for word in self._said.get((room, message), ())
            if word.by_event != event and word.by_event not in self._reverted
        ]
        return bool(words) and max(words, key=lambda word: word.when).removes


def away_of(connection: Connection, tenant: str, messages: Iterable[Place]) -> Away:
    """Read all that was said about messages: three questions, whatever their number."""
    wanted = set(messages)
    said: dict[Place, list[_Said]] = defaultdict(list)
    rooms = sorted({room for room, _ in wanted})
    for some in groups(sorted({message for _, message in wanted})):
        for place, word in (
            *_ordered(connection, tenant, rooms, some),
            *_judged(connection, tenant, some),
        ):
            if place in wanted:
                said[place].append(word)
    events = {word.by_event for words in said.values() for word in words}
    return Away(said, reverted_of(connection, tenant, events))


def reverted_of(connection: Connection, tenant: str, events: Iterable[str]) -> set[str]:
    """Return those events whose decision was reverted and not reinstated."""
    log = schema.journal.c
    latest: dict[str, tuple[float, str]] = {}
    for some in groups(sorted(events)):
        query = select(log.event, log.kind, log.at).where(
            log.tenant == tenant,
            log.event.in_(some),
            log.rev == 0,
            (log.kind == "revert") | ((log.kind == "moderator") & (log.action == REINSTATE)),
        )
        for row in connection.execute(query):
            latest[row.event] = max(latest.get(row.event, (0.0, "")), (row.at, row.kind))
    return {event for event, (_, kind) in latest.items() if kind == "revert"}


def groups(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut values into pieces that one statement can name."""
    return (values[start : start + _TOGETHER] for start in range(0, len(values), _TOGETHER))


def _ordered(
    connection: Connection, tenant: str, rooms: Sequence[str], some: Sequence[str]
) -> Iterator[tuple[Place, _Said]]:
    """Yield what commands said."""
    columns = schema.commands.c
    for part in groups(rooms):
        query = select(
            columns.room, columns.target, columns.event, columns.kind, columns.created, columns.seq
        ).where(
            columns.tenant == tenant,
            columns.target_kind == "message",
            columns.room.in_(part),
            columns.target.in_(some),
            columns.kind.in_((*REMOVALS, "restore")),
        )
        for row in connection.execute(query):
            word = _Said((row.created, row.seq), row.event, row.kind != "restore")
            yield (row.room, row.target), word


def _judged(
    connection: Connection, tenant: str, some: Sequence[str]
) -> Iterator[tuple[Place, _Said]]:
    """Yield what verdicts on the messages themselves said, and the ends of their holds."""
    log = schema.journal.c
    query = select(log.room, log.event, log.kind, log.action, log.at).where(
        log.tenant == tenant,
        log.event.in_(some),
        ((log.kind == "verdict") & log.action.in_(_UNSHOWN))
        | ((log.kind == "hold") & (log.action == "approved")),
    )
    for row in connection.execute(query):
        word = _Said((row.at, 0), row.event, row.kind == "verdict")
        yield (row.room, row.event), word
