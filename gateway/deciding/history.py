"""What is known of one user: what stands against them, and what was decided about them before."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from gateway.deciding.searching import Asked, about, search
from gateway.record.away import REINSTATE
from gateway.record.schema import journal, labels
from gateway.record.schema_cases import case_members
from gateway.shapes.cases import Restriction, UserView
from gateway.state.layers import LIFTED, OFF, Layer, in_force, until_of

__all__ = ["view"]

MONTH_S = 30 * 86_400.0
_MOST = 20
_LABELS = 500
_RULES = 200
_J, _L, _M = journal.c, labels.c, case_members.c


def view(
    connection: Connection, tenant: str, user: str, subject: str, strikes: float, now: float
) -> UserView:
    """Return what is known of a user. `subject` is their keyed hash, `strikes` what they have."""
    mine = (_J.tenant == tenant, *about(tenant, subject))
    restricted = or_(_J.action != "allow", _J.actions != "[]")
    counts = (
        select(_J.rule, func.sum(_J.count))
        .where(*mine, restricted, _J.at >= now - MONTH_S)
        .group_by(_J.rule)
        .order_by(func.sum(_J.count).desc())
        .limit(_RULES)
    )
    verdicts = {rule: int(count) for rule, count in connection.execute(counts)}
    first = connection.execute(select(func.min(_J.at)).where(*mine, restricted)).scalar()
    cases = select(func.count(_M.case.distinct())).where(_M.tenant == tenant, _M.user == user)
    named = select(_M.name).where(_M.tenant == tenant, _M.user == user, _M.name != "")
    name = connection.execute(named.order_by(_M.at.desc()).limit(1)).scalar()
    decisions = search(connection, tenant, Asked(user=user, subject=subject), None, _MOST)
    return UserView(
        user,
        name or "",
        strikes,
        _restrictions(connection, tenant, user, now),
        verdicts,
        decisions.items,
        int(connection.execute(cases).scalar() or 0),
        _reverted(connection, tenant, subject),
        first,
    )


def _reverted(connection: Connection, tenant: str, subject: str) -> int:
    """Count the verdicts on a user that were taken back and are not reinstated."""
    theirs = select(_J.event).where(_J.tenant == tenant, *about(tenant, subject))
    said = select(_J.event, _J.rev, _J.kind).where(
        _J.tenant == tenant,
        _J.event.in_(theirs),
        or_(_J.kind == "revert", (_J.kind == "moderator") & (_J.action == REINSTATE)),
    )
    latest = {(row.event, row.rev): row.kind for row in connection.execute(said.order_by(_J.at))}
    return sum(kind == "revert" for kind in latest.values())


def _restrictions(connection: Connection, tenant: str, user: str, now: float) -> list[Restriction]:
    """Return what stands, by room and kind: of several rows the one that lasts longest."""
    query = select(
        _L.room, _L.label, _L.until, _L.because, _L.category, _L.by, _L.set_at
    ).where(
        _L.tenant == tenant, _L.kind == "user", _L.id == user, _L.ended.is_(False),
        or_(_L.until.is_(None), _L.until > now),
    )  # fmt: skip
    rooms: dict[str, dict[str, Layer]] = {}
    for row in connection.execute(query.limit(_LABELS)):
        layer = Layer(row.until, row.because, row.category, row.by, row.set_at)
        rooms.setdefault(row.room, {})[row.label] = layer
    found = []
    for room, layers in sorted(rooms.items()):
        for kind, label in sorted(in_force(layers).items()):
            if kind.endswith((LIFTED, OFF)):
                continue
            same = [
                layer
                for name, layer in layers.items()
                if name.partition(":")[0] == kind and until_of(layer.until) == until_of(label.until)
            ]
            by = next((layer.by for layer in same if layer.by), "")
            found.append(Restriction(kind, room, label.until, label.because, by))
    return found
