"""Decisions as they are searched: those of people and of machines together, the newest first.

Rules:
1. A machine's decision is a verdict that restricted; it is found by the event's id. A person's is
   found by its own id, its case's, that of whatever it fell on, or a piece of a reason, either
   the one it was made for or the one it was taken back for.
2. The journal knows users by keyed hashes; what people decided names them plainly.
3. Each page is a range of time in both tables, merged; a cursor is a place in that order.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, tuple_

from gateway.cases.cursors import Place, parse, show
from gateway.deciding.rows import DecisionRow, shown
from gateway.record.away import REINSTATE, groups
from gateway.record.schema import evidence, journal
from gateway.record.schema_cases import case_members, cases, decision_parts, decisions
from gateway.shapes.cases import DecisionLine, DecisionPage

__all__ = ["Asked", "about", "search"]

_D, _P, _C, _M, _J = decisions.c, decision_parts.c, cases.c, case_members.c, journal.c
_E = evidence.c
_ROW = [_D[name] for name in DecisionRow.__struct_fields__]
_VERDICT = [
    _J.event, _J.rev, _J.at, _J.room, _J.rule, _J.category, _J.action, _J.surface, _J.actions,
]  # fmt: skip


class Asked(Struct, frozen=True):
    """What is searched for; '' and None for anything. `subject` is the user's keyed hash."""

    q: str = ""
    user: str = ""
    subject: str = ""
    room: str = ""
    rule: str = ""
    by: str = ""
    since: float | None = None
    until: float | None = None
    machine: bool | None = None


def search(
    connection: Connection, tenant: str, asked: Asked, cursor: str | None, limit: int
) -> DecisionPage:
    """Return a page. Raises Refused 400 for a cursor that is none."""
    after = None if cursor is None else parse(cursor)
    found: list[DecisionLine] = []
    if asked.machine is not True:
        found += _of_people(connection, tenant, asked, after, limit + 1)
    if asked.machine is not False and not asked.by:
        found += _of_machines(connection, tenant, asked, after, limit + 1)
    found.sort(key=lambda line: (line.at, line.id), reverse=True)
    items = found[:limit]
    more = len(found) > limit
    if any(line.machine for line in items):
        items = _completed(connection, tenant, items)
    return DecisionPage(items, show(Place(items[-1].at, items[-1].id)) if more else None)


def _of_people(
    connection: Connection, tenant: str, asked: Asked, after: Place | None, limit: int
) -> list[DecisionLine]:
    query = select(*_ROW, _C.room, _C.rule, _C.category, _C.surface).outerjoin(
        cases, and_(_C.tenant == _D.tenant, _C.id == _D.case)
    )
    query = query.where(_D.tenant == tenant, *_times(_D.at, asked))
    parts = exists().where(_P.tenant == tenant, _P.decision == _D.id)
    members = exists().where(_M.tenant == tenant, _M.case == _D.case, _D.case != "")
    if after is not None:
        query = query.where(tuple_(_D.at, _D.id) < (after.at, after.id))
    if asked.q:
        query = query.where(
            or_(
                _D.id == asked.q.partition(".")[0],
                _D.case == asked.q,
                parts.where(_P.target == asked.q),
                members.where(_M.event == asked.q),
                _D.reason.icontains(asked.q, autoescape=True),
                _D.undo_reason.icontains(asked.q, autoescape=True),
            )
        )
    if asked.user:
        query = query.where(
            or_(
                parts.where(_P.target_kind == "user", _P.target == asked.user),
                members.where(_M.user == asked.user),
            )
        )
    if asked.room:
        query = query.where(or_(_C.room == asked.room, parts.where(_P.room == asked.room)))
    if asked.rule:
        query = query.where(_C.rule == asked.rule)
    if asked.by:
        query = query.where(_D.by == asked.by.removeprefix("moderator:"))
    rows = connection.execute(query.order_by(_D.at.desc(), _D.id.desc()).limit(limit))
    return [_person(*row) for row in rows]


def _person(*row: object) -> DecisionLine:
    line = shown(DecisionRow(*row[: len(_ROW)]))  # type: ignore[arg-type]  # columns in its order
    room, rule, category, surface = (str(value or "") for value in row[len(_ROW) :])
    return replace(line, room=room, rule=rule, category=category, surface=surface)


def about(tenant: str, subject: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of a user's verdicts of which there is evidence still (a month).

    The journal has no index on users: it cost its writer a quarter more (`seawall bench
    console-idle`). The kind is asked for so that no index serves it, or SQLite would choose that.
    """
    theirs = select(_E.id).where(_E.tenant == tenant, _E.user == subject)
    return _J.user == subject, _J.event.in_(theirs), (_J.kind + "") == "verdict"


def _of_machines(
    connection: Connection, tenant: str, asked: Asked, after: Place | None, limit: int
) -> list[DecisionLine]:
    query = select(*_VERDICT).where(
        _J.tenant == tenant, _J.event != "", or_(_J.action != "allow", _J.actions != "[]"),
        *_times(_J.at, asked),
    )  # fmt: skip
    if not asked.user:
        query = query.where(_J.kind == "verdict")
    if after is not None:
        query = query.where(tuple_(_J.at, _J.event) < (after.at, after.id))
    for column, wanted in ((_J.event, asked.q), (_J.room, asked.room), (_J.rule, asked.rule)):
        if wanted:
            query = query.where(column == wanted)
    if asked.user:
        query = query.where(*about(tenant, asked.subject))
    rows = connection.execute(query.order_by(_J.at.desc(), _J.event.desc()).limit(limit))
    found: dict[tuple[float, str], DecisionLine] = {}
    for row in rows:
        actions = row.actions.count('"kind"') // 2 if row.actions != "[]" else 0
        line = DecisionLine(
            row.event, "", row.at, "", row.action, "", "applied", max(1, actions),
            max(1, actions), 0, "", None, True, row.room, row.rule, row.category, row.action,
            row.surface, row.rev,
        )  # fmt: skip
        found.setdefault((row.at, row.event), line)
    return list(found.values())


def _times(column: ColumnElement[float], asked: Asked) -> Iterable[ColumnElement[bool]]:
    if asked.since is not None:
        yield column >= asked.since
    if asked.until is not None:
        yield column <= asked.until


def _completed(
    connection: Connection, tenant: str, lines: list[DecisionLine]
) -> list[DecisionLine]:
    """Return machines' decisions with their case, and who took them back."""
    ids = sorted({line.id for line in lines if line.machine})
    of_case: dict[str, str] = {}
    undone: dict[str, tuple[float, str, str]] = {}
    for some in groups(ids):
        joined = select(_M.event, _M.case).where(_M.tenant == tenant, _M.event.in_(some))
        of_case.update((row.event, row.case) for row in connection.execute(joined))
        reverts = select(_J.event, _J.at, _J.kind, _J.by).where(
            _J.tenant == tenant,
            _J.event.in_(some),
            or_(_J.kind == "revert", and_(_J.kind == "moderator", _J.action == REINSTATE)),
        )
        for row in connection.execute(reverts.order_by(_J.at)):
            undone[row.event] = (row.at, row.kind, row.by)
    completed = []
    for line in lines:
        if line.machine:
            line = replace(line, case=of_case.get(line.id, ""))
            at, kind, by = undone.get(line.id, (0.0, "", ""))
            if kind == "revert":
                who = by.removeprefix("moderator:")
                line = replace(line, state="undone", undone_by=who, undone=at)
        completed.append(line)
    return completed
