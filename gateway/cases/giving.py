"""Cases given out by the gateway: what waits goes to whoever is there, fits, and has least to do.

Rules:
1. Given are open cases that nobody has, the most urgent first, to people with a console open who
   may decide them, read their language and are asked for their category (`fitting`).
2. It goes to whoever has least, to leads last; nobody has more than `MOST` at a time.
3. A case is given once. Who does not take it within `wait_s` loses it to everybody, and is given
   nothing for `AWAY_S`, or until they take a case.

What was given is told by the case's notes: an `assigned` of nobody. So any number of gateways may
give and take back, for the tenants whose people they have; one that restarts forgets nothing but
who was away.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, exists, func, not_, select, true

from gateway.cases.claims import is_lead, why_not_decide
from gateway.cases.fitting import fits
from gateway.cases.rows import COLUMNS, Change, add_note, change, step
from gateway.record.schema_cases import case_notes, cases
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine

__all__ = ["AWAY_S", "MOST", "Away", "give", "is_due", "take_back"]

MOST = 3
AWAY_S = 300.0
_LOOKED_AT = 50
"""The most urgent cases that nobody has; more are looked at once these are had."""
_C, _N = cases.c, case_notes.c


class Away:
    """Who let a case lie, each by (tenant, name), and until when they are given none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def note(self, tenant: str, name: str) -> None:
        """They let one lie."""
        self._until[tenant, name] = self._clock() + AWAY_S

    def back(self, tenant: str, name: str) -> None:
        """They took one."""
        self._until.pop((tenant, name), None)

    def present(self, people: Iterable[Actor]) -> list[Actor]:
        """Return those who are not away."""
        now = self._clock()
        self._until = {who: until for who, until in self._until.items() if until > now}
        return [each for each in people if (each.tenant, each.name) not in self._until]


def is_due(connection: Connection, tenant: str, now: float, wait_s: float) -> bool:
    """Say whether anything may be given or taken back; cheap, and without a lock."""
    asked = (_nobodys(tenant), _lying(tenant, now, wait_s))
    return any(connection.execute(select(exists().where(*each))).scalar() for each in asked)


def give(connection: Connection, tenant: str, people: Sequence[Actor], now: float) -> list[Change]:
    """Give out what waits."""
    if not people:
        return []
    has = _loads(connection, tenant, [each.name for each in people])
    if all(has[each.name] >= MOST for each in people):
        return []
    given: list[Change] = []
    for line in _waiting(connection, tenant):
        able = [each for each in people if has[each.name] < MOST and _suits(each, line, now)]
        if not able:
            continue
        to = min(able, key=lambda each: (is_lead(each, line), has[each.name], each.name)).name
        has[to] += 1
        moved = change(connection, tenant, line, now, assigned=to, state=step(line, "assign"))
        note = add_note(connection, tenant, line.id, "assigned", now, to=to)
        given.append(Change(tenant, moved, (note,)))
    return given


def take_back(connection: Connection, tenant: str, now: float, wait_s: float) -> list[Change]:
    """Leave to everybody what was given and not taken in time."""
    query = select(*COLUMNS).where(*_lying(tenant, now, wait_s))
    rows = connection.execute(query.limit(_LOOKED_AT).with_for_update(skip_locked=True)).all()
    back: list[Change] = []
    for row in rows:
        line = CaseLine(*row)
        if _given_by(connection, tenant, line.id):
            continue  # a lead has given it to the same person since
        moved = change(connection, tenant, line, now, assigned="")
        note = add_note(
            connection, tenant, line.id, "released", now, to=line.assigned, text="not taken in time"
        )
        back.append(Change(tenant, moved, (note,)))
    return back


def _suits(person: Actor, line: CaseLine, now: float) -> bool:
    langs = frozenset(each.lower() for each in person.langs)
    return (
        fits(line, langs, person.skills)
        and person.may("cases.claim", line.queue)
        and why_not_decide(person, line, now) is None
    )


def _loads(connection: Connection, tenant: str, names: list[str]) -> Counter[str]:
    """Count the open cases that each of them has."""
    has: Counter[str] = Counter()
    for column, more in ((_C.claimed_by, ()), (_C.assigned, (_C.claimed_by == "",))):
        query = select(column, func.count()).where(
            _C.tenant == tenant, _C.open == true(), column.in_(names), *more
        )
        for name, count in connection.execute(query.group_by(column)):
            has[name] += count
    return has


def _waiting(connection: Connection, tenant: str) -> list[CaseLine]:
    """Return the most urgent cases that nobody has, or was given."""
    query = select(*COLUMNS).where(*_nobodys(tenant)).order_by(_C.rank, _C.id)
    rows = connection.execute(query.limit(_LOOKED_AT).with_for_update(skip_locked=True)).all()
    return [CaseLine(*row) for row in rows]


def _nobodys(tenant: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a case that nobody has, and nobody was ever given."""
    open_ = _C.tenant == tenant, _C.open == true(), _C.state == "open"
    return *open_, _C.assigned == "", _C.claimed_by == "", not_(_was_given())


def _lying(tenant: str, now: float, wait_s: float) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a case that we gave so long ago, and that nobody has taken."""
    ours = _was_given(_N.by == "", _N.to == _C.assigned, _N.at <= now - wait_s)
    had = _C.tenant == tenant, _C.open == true(), _C.assigned > "", _C.claimed_by == ""
    return *had, ours


def _was_given(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    same = _N.case == _C.id, _N.tenant == _C.tenant, _N.kind == "assigned"
    return select(_N.id).where(*same, *more).exists()


def _given_by(connection: Connection, tenant: str, case: str) -> str:
    """Name who said last whose a case shall be; '' for the gateway."""
    query = select(_N.by).where(_N.tenant == tenant, _N.case == case, _N.kind == "assigned")
    newest = query.order_by(_N.at.desc(), _N.id.desc()).limit(1)
    return str(connection.execute(newest).scalar() or "")
