"""The rows of decisions and their parts: written with the case they settle, and moved by state.

A decision goes `applying` -> `applied` -> `undoing` -> `undone`; each move names the state it
comes from. While it is under way a node holds a lease on it, so that one carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from gateway.deciding.recipes import Step
from gateway.record.away import groups
from gateway.record.schema import journal
from gateway.record.schema_cases import decision_parts, decisions
from gateway.shapes.cases import DecisionLine, Part

__all__ = [
    "DecisionRow",
    "Settled",
    "add",
    "find",
    "find_all",
    "free",
    "lease",
    "left",
    "move",
    "note",
    "part_event",
    "parts_of",
    "recorded",
    "shown",
]  # fmt: skip

_D, _P, _J = decisions.c, decision_parts.c, journal.c


class DecisionRow(Struct, frozen=True):
    """A decision as it stands. `by` is a name; `leased` until when `node` carries it out."""

    tenant: str
    id: str
    case: str
    at: float
    by: str
    choice: str
    reason: str
    for_s: float | None
    state: str
    parts: int
    done: int
    failed: int
    undone_by: str
    undone: float | None
    undo_reason: str
    node: str
    leased: float


class Settled(Struct, frozen=True):
    """What became of one part. `state`: planned done failed undone."""

    n: int
    state: str
    why: str = ""


_COLUMNS = [_D[name] for name in DecisionRow.__struct_fields__]


def part_event(decision: str, n: int) -> str:
    """Return the event under which a part stands in the journal."""
    return f"{decision}.{n}"


def add(connection: Connection, row: DecisionRow, steps: Sequence[Step]) -> None:
    """Write a decision with its plan."""
    connection.execute(insert(decisions), [{name: getattr(row, name) for name in _NAMES}])
    planned = [
        {
            "tenant": row.tenant,
            "decision": row.id,
            "n": n,
            "kind": step.kind,
            "target_kind": step.target_kind,
            "room": step.room,
            "target": step.target,
            "rev": step.rev,
            "for_s": step.for_s,
            "state": "planned",
            "why": "",
        }
        for n, step in enumerate(steps, 1)
    ]
    if planned:
        connection.execute(insert(decision_parts), planned)


def find(connection: Connection, tenant: str, decision: str) -> DecisionRow | None:
    """Return a decision."""
    query = select(*_COLUMNS).where(_D.tenant == tenant, _D.id == decision)
    row = connection.execute(query).one_or_none()
    return None if row is None else DecisionRow(*row)


def find_all(connection: Connection, tenant: str, decisions_: Iterable[str]) -> list[DecisionRow]:
    """Return those decisions that there are."""
    found: list[DecisionRow] = []
    for some in groups(list(decisions_)):
        query = select(*_COLUMNS).where(_D.tenant == tenant, _D.id.in_(some))
        found += [DecisionRow(*row) for row in connection.execute(query)]
    return found


def parts_of(connection: Connection, tenant: str, decision: str) -> list[Part]:
    """Return a decision's parts in order."""
    query = select(
        _P.n, _P.kind, _P.target_kind, _P.room, _P.target, _P.rev, _P.for_s, _P.state, _P.why
    )
    query = query.where(_P.tenant == tenant, _P.decision == decision).order_by(_P.n)
    return [Part(*row) for row in connection.execute(query)]


def note(
    connection: Connection,
    row: DecisionRow,
    settled: Iterable[Settled],
    leased: float,
    counts: tuple[int, int],
) -> bool:
    """Write what became of parts and renew the lease; False when another node has taken it over.

    `counts` are how many are done and failed altogether.
    """
    done, failed = counts
    mine = and_(_D.tenant == row.tenant, _D.id == row.id, _D.node == row.node)
    held = update(decisions).where(mine, _D.state == row.state)
    if connection.execute(held.values(leased=leased, done=done, failed=failed)).rowcount != 1:
        return False
    values: list[dict[str, Any]] = [
        {"part": each.n, "is": each.state, "because": each.why[:500]} for each in settled
    ]
    if values:
        statement = (
            update(decision_parts)
            .where(_P.tenant == row.tenant, _P.decision == row.id, _P.n == bindparam("part"))
            .values(state=bindparam("is"), why=bindparam("because"))
        )
        connection.execute(statement, values)
    return True


def move(
    connection: Connection,
    row: DecisionRow,
    state: str,
    **values: Any,  # columns of decisions, of their types
) -> bool:
    """Bring a decision into another state; False when it is not in the one it was seen in."""
    seen = and_(_D.tenant == row.tenant, _D.id == row.id, _D.state == row.state)
    if row.state in ("applying", "undoing"):
        seen = and_(seen, _D.node == row.node)
    return connection.execute(
        update(decisions).where(seen).values(state=state, **values)
    ).rowcount == 1  # fmt: skip


def left(connection: Connection, now: float) -> bool:
    """Say whether a decision under way is free to be taken over."""
    free_ = select(_D.id).where(_D.state.in_(("applying", "undoing")), _D.leased <= now)
    return connection.execute(free_.limit(1)).first() is not None


def lease(
    connection: Connection, node: str, now: float, until: float, limit: int
) -> list[DecisionRow]:
    """Take over decisions under way whose node has let its lease run out."""
    left = and_(_D.state.in_(("applying", "undoing")), _D.leased <= now)
    free_ = select(_D.tenant, _D.id).where(left).order_by(_D.leased).limit(limit)
    taken = []
    for tenant, id in connection.execute(free_.with_for_update(skip_locked=True)).all():
        mine = update(decisions).where(_D.tenant == tenant, _D.id == id, left)
        if connection.execute(mine.values(node=node, leased=until)).rowcount == 1:
            row = find(connection, tenant, id)
            assert row is not None
            taken.append(row)
    return taken


def free(connection: Connection, row: DecisionRow) -> None:
    """Let any node go on with a decision at once."""
    mine = and_(_D.tenant == row.tenant, _D.id == row.id, _D.node == row.node)
    under_way = or_(_D.state == "applying", _D.state == "undoing")
    connection.execute(update(decisions).where(mine, under_way).values(leased=0.0))


def recorded(connection: Connection, tenant: str, events: Sequence[str]) -> set[str]:
    """Return which of these parts' events are in the journal: those are done."""
    found: set[str] = set()
    for some in groups(events):
        query = select(_J.event).where(
            _J.tenant == tenant, _J.event.in_(some), _J.rev == 0, _J.kind == "moderator"
        )
        found.update(connection.execute(query).scalars())
    return found


def shown(row: DecisionRow) -> DecisionLine:
    """Return a decision as it is shown."""
    return DecisionLine(
        row.id, row.case, row.at, row.by, row.choice, row.reason, row.state, row.parts, row.done,
        row.failed, row.undone_by, row.undone,
    )  # fmt: skip


_NAMES = DecisionRow.__struct_fields__
