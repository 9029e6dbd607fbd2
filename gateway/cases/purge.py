"""What is old goes, bit by bit: ended cases with all that is theirs, and context by its expiry."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, false, select, tuple_

from gateway.cases.taking import NOBODY
from gateway.record.schema import case_lines
from gateway.record.schema_cases import case_context, case_members, case_notes, cases

__all__ = ["KEPT_S", "purge"]

KEPT_S = 400 * 86_400.0
"""How long a case stays after its end."""
_CASES = 50
_ROWS = 2_000
_C, _L = cases.c, case_lines.c


def purge(connection: Connection, now: float) -> bool:
    """Delete some of what is too old; say whether there may be more."""
    more = _context(connection, now) + _unplaced(connection, now) >= _ROWS
    old = select(_C.tenant, _C.id).where(_C.changed < now - KEPT_S, _C.open == false())
    found = connection.execute(old.order_by(_C.changed).limit(_CASES)).all()
    for tenant, case in found:
        left = _ROWS
        for table in (case_members, case_notes, case_context):
            left -= _some(connection, table, tenant, case, left)
        taken = select(_L.id, _L.state).where(_L.taken == case).limit(left)
        both = tuple_(_L.id, _L.state)
        left -= connection.execute(delete(case_lines).where(both.in_(taken))).rowcount
        if left <= 0:  # the case goes last, with the last of what it had
            return True
        connection.execute(delete(cases).where(_C.tenant == tenant, _C.id == case))
    return more or len(found) == _CASES


def _some(connection: Connection, table: Table, tenant: str, case: str, most: int) -> int:
    keys = list(table.primary_key.columns)
    mine = (table.c.tenant == tenant, table.c.case == case)
    some = select(*keys).where(*mine).limit(max(0, most))
    return connection.execute(delete(table).where(tuple_(*keys).in_(some))).rowcount


def _context(connection: Connection, now: float) -> int:
    keys = list(case_context.primary_key.columns)
    old = select(*keys).where(case_context.c.expires <= now).limit(_ROWS)
    return connection.execute(delete(case_context).where(tuple_(*keys).in_(old))).rowcount


def _unplaced(connection: Connection, now: float) -> int:
    """Delete lines that ended what never came."""
    old = select(_L.id, _L.state).where(_L.taken == NOBODY, _L.at < now - KEPT_S).limit(_ROWS)
    return connection.execute(delete(case_lines).where(tuple_(_L.id, _L.state).in_(old))).rowcount
