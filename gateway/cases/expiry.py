"""What the clock does to cases: claims that run out, deadlines that pass.

A deadline's outcome is policy's word, `nobody`. `close` ends the case; `escalate` gives it to the
leads, without a deadline from then on; any other word is about something with a clock of its own (a
hold, a veto), which ends by itself and resolves the case: that has `GRACE_S` before the case is
over too. A `cut` that did not happen by then (the stream hung up, its gateway died) is escalated.

Each row is locked, and looked at again under the lock: of several gateways one acts, and a clock
that goes back finds nothing to do twice.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from gateway.cases.moves import free, is_with_leads
from gateway.cases.rows import COLUMNS, NOBODYS, Change, add_note, change, end, step
from gateway.record.schema_cases import cases
from gateway.shapes.cases import CaseLine

__all__ = ["GRACE_S", "OURS", "expire", "lapsed", "overdue", "stall"]

GRACE_S = 30.0
OURS = ("close", "escalate", "")
"""The words of `nobody` that are carried out here; any other is about what has its own clock."""
_ESCALATED = ("escalate", "cut")
"""Who is to cut says so at once; where that did not happen, somebody has to know."""
_MOST = 100
_C = cases.c


def lapsed(now: float) -> ColumnElement[bool]:
    """Return the condition of claims that have run out."""
    return and_(_C.claimed_by > "", _C.claim_until <= now)


def overdue(now: float) -> ColumnElement[bool]:
    """Return the condition of cases whose deadline has passed."""
    # The youngest member came at `latest`, and waits as long as the first one did.
    last = _C.latest + (_C.due - _C.opened)
    ours = or_(_C.nobody.in_(OURS), last <= now - GRACE_S)
    return and_(_C.open == true(), _C.due <= now, ours)


def stall(connection: Connection, now: float) -> list[Change]:
    """Give back what was claimed by people who have gone; a hundred at most."""
    found = _locked(connection, lapsed(now))
    return [free(connection, tenant, line, now) for tenant, line in found]


def expire(connection: Connection, now: float) -> list[Change]:
    """Do what policy says of cases nobody decided in time; a hundred at most."""
    return [
        _escalated(connection, tenant, line, now)
        if line.nobody in _ESCALATED
        else _closed(connection, tenant, line, now)
        for tenant, line in _locked(connection, overdue(now))
    ]


def _locked(connection: Connection, condition: ColumnElement[bool]) -> list[tuple[str, CaseLine]]:
    query = select(_C.tenant, *COLUMNS).where(condition).limit(_MOST)
    # Whoever holds one of them just now is changing it: it is looked at next time.
    rows = connection.execute(query.with_for_update(skip_locked=True))
    return [(tenant, CaseLine(*row)) for tenant, *row in rows]


def _escalated(connection: Connection, tenant: str, line: CaseLine, now: float) -> Change:
    """Give a case to the leads. One that they have already goes on without its deadline."""
    if is_with_leads(connection, tenant, line.id):
        return Change(tenant, change(connection, tenant, line, now, due=None))
    told = add_note(connection, tenant, line.id, "escalated", now, text="nobody decided in time")
    state = step(line, "escalate")
    given = {"state": state, "due": None, "assigned": ""}
    moved = change(connection, tenant, line, now, **given, **NOBODYS)
    return Change(tenant, moved, (told,))


def _closed(connection: Connection, tenant: str, line: CaseLine, now: float) -> Change:
    moved = end(connection, tenant, line, now, step(line, "expire"))
    told = add_note(connection, tenant, line.id, "expired", now, text=line.nobody or "close")
    return Change(tenant, moved, (told,))
