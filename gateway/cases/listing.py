"""The queue, page by page: open cases by urgency, ended ones newest first; and what a case is of.

Every page is a range of an index that begins with what was asked for and ends with (rank, id). Of
somebody's few queues each is asked for by itself and the answers are merged; whose cases are a
user's is asked of their events first: so no page costs more because there are more cases.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, false, select, text, true, tuple_

from gateway.cases.cursors import Place, parse, show
from gateway.cases.fitting import conditions, fits
from gateway.cases.rows import COLUMNS
from gateway.record.schema_cases import case_members, case_notes, cases
from gateway.refusal import Refused
from gateway.shapes.cases import CaseLine, CasePage, Member, Note
from seawall.cases import ENDED

__all__ = ["Wanted", "list_members", "list_notes", "list_page"]

_C, _M, _N = cases.c, case_members.c, case_notes.c
_FEW = 2_000
"""The newest events of one user that are looked at, and the claims of one person."""
_TOGETHER = 400
_NOTES = 1_000
_STORED = [
    *("event", "rev", "about", "ref", "room", "user", "name", "surface", "stream", "action"),
    *("rule", "score", "at", "ended"),
]
_NOTE = [_N[name] for name in Note.__struct_fields__]


class Wanted(Struct, frozen=True):
    """Which cases are asked for. `only` None: in all queues but those `without`.

    `state` is `open`, `ended` or `all` (open ones first); `sealed`: those too; `mine`: claimed by
    or assigned to that person; '' for anything. `langs` and `skills` as in `fitting`.
    """

    state: str = "open"
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    sealed: bool = False
    priority: str = ""
    mine: str = ""
    user: str = ""
    room: str = ""
    langs: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


def list_page(
    connection: Connection, tenant: str, wanted: Wanted, cursor: str | None, limit: int
) -> CasePage:
    """Return a page. Raises Refused 400 for a cursor or state that is none."""
    if wanted.state not in ("open", "ended", "all"):
        raise Refused(400, "bad_state", "want state open, ended or all")
    after = None if cursor is None else parse(cursor)
    if connection.dialect.name == "postgresql":
        # A plan for any value would ignore which queues are small.
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    few = _few(connection, tenant, wanted)
    found: list[CaseLine] = []
    for ended in (False, True):
        if wanted.state == ("open" if ended else "ended") or (after and after.ended and not ended):
            continue
        begin = after if after is not None and after.ended == ended else None
        lines = [line for line in few if (line.state in ENDED) == ended and _is_behind(line, begin)]
        if not wanted.user:  # a user's are all among the few
            lines += _ranges(connection, tenant, wanted, ended, begin, limit + 1)
        by_id = {line.id: line for line in lines}
        found += sorted(by_id.values(), key=lambda line: (line.rank, line.id))
        if len(found) > limit:
            last = found[limit - 1]
            place = Place(last.rank, last.id, last.state in ENDED)
            return CasePage(found[:limit], show(place))
    return CasePage(found)


def _few(connection: Connection, tenant: str, wanted: Wanted) -> list[CaseLine]:
    """Return all cases of a user, or what a person has claimed: nobody has very many of those."""
    if wanted.user:
        of_user = select(_M.case, _M.at).where(_M.tenant == tenant, _M.user == wanted.user)
        rows = connection.execute(of_user.order_by(_M.at.desc()).limit(_FEW))
        ids = list(dict.fromkeys(case for case, _ in rows))
    elif wanted.mine:
        # By this alone: a database without statistics would sooner read the whole queue.
        claimed = select(_C.tenant, _C.id).where(_C.claimed_by == wanted.mine).limit(_FEW)
        ids = [id for whose, id in connection.execute(claimed) if whose == tenant]
    else:
        return []
    found: list[CaseLine] = []
    for start in range(0, len(ids), _TOGETHER):
        some = _C.id.in_(ids[start : start + _TOGETHER])
        query = select(*COLUMNS).where(_C.tenant == tenant, some)
        found += [CaseLine(*row) for row in connection.execute(query)]
    return [line for line in found if _suits(line, wanted)]


def _suits(line: CaseLine, wanted: Wanted) -> bool:
    return (
        (wanted.sealed or not line.sealed)
        and wanted.priority in ("", line.priority)
        and wanted.room in ("", line.room)
        and wanted.mine in ("", line.claimed_by, line.assigned)
        and (line.queue in wanted.only if wanted.only is not None else True)
        and line.queue not in wanted.without
        and fits(line, wanted.langs, wanted.skills)
    )


def _is_behind(line: CaseLine, place: Place | None) -> bool:
    return place is None or (line.rank, line.id) > (place.at, place.id)


def _ranges(
    connection: Connection,
    tenant: str,
    wanted: Wanted,
    ended: bool,
    begin: Place | None,
    limit: int,
) -> list[CaseLine]:
    half = [_C.tenant == tenant, _C.open == (false() if ended else true())]
    if begin is not None:
        half.append(tuple_(_C.rank, _C.id) > (begin.at, begin.id))
    found: list[CaseLine] = []
    for arm in _arms(wanted):
        query = select(*COLUMNS).where(*half, *arm).order_by(_C.rank, _C.id).limit(limit)
        found += [CaseLine(*row) for row in connection.execute(query)]
    return found


def _arms(wanted: Wanted) -> list[list[ColumnElement[bool]]]:
    """Return what each question asks besides; no case answers two of them."""
    every = conditions(wanted.langs, wanted.skills)
    if not wanted.sealed:
        every.append(_C.sealed == false())
    if wanted.priority:
        every.append(_C.priority == wanted.priority)
    if wanted.room:
        every.append(_C.room == wanted.room)
    if wanted.mine:
        every.append(_C.assigned == wanted.mine)
    if wanted.only is None:
        return [[*every, _C.queue.not_in(wanted.without)]] if wanted.without else [every]
    if wanted.mine:  # what is assigned is less than any queue: no index is to be had for this
        return [[*every, _C.queue.concat("").in_(wanted.only)]]
    return [[*every, _C.queue == queue] for queue in sorted(wanted.only)]


def list_members(
    connection: Connection, tenant: str, case: str, cursor: str | None, limit: int
) -> tuple[list[Member], str | None]:
    """Return a case's events, the newest first, without their evidence; and where to go on."""
    query = select(_M.line, *(_M[name] for name in _STORED))
    query = query.where(_M.tenant == tenant, _M.case == case)
    if cursor is not None:
        after = parse(cursor)
        query = query.where(tuple_(_M.at, _M.line) < (after.at, after.id))
    query = query.order_by(_M.at.desc(), _M.line.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    items = [
        Member(**dict(zip(_STORED, row[1:], strict=True)), kept=False, text=None, spans=[])
        for row in rows[:limit]
    ]
    more = len(rows) > limit
    return items, show(Place(rows[limit - 1].at, rows[limit - 1].line)) if more else None


def list_notes(
    connection: Connection, tenant: str, case: str, since: float | None = None
) -> list[Note]:
    """Return the newest thousand notes of a case, the oldest first."""
    query = select(*_NOTE).where(_N.tenant == tenant, _N.case == case)
    if since is not None:
        query = query.where(_N.at >= since)
    rows = connection.execute(query.order_by(_N.at.desc(), _N.id.desc()).limit(_NOTES)).all()
    return [Note(*row) for row in reversed(rows)]
