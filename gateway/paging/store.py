"""Pages and deliveries in the record. Blocking: call it in a thread.

Rules:
1. A page's id comes from its case, so several gateways that notice the same case make one page.
2. Who does the next step of a page, or makes a delivery, has leased it first; a step is counted in
   the same transaction that writes its deliveries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_cases import cases
from gateway.record.schema_people import deliveries, pages
from gateway.refusal import conflict, unknown
from gateway.shapes.paging import DeliveryLine, PageLine

__all__ = ["CaseAsked", "PageRow", "PageStore", "Planned"]

_P, _D, _C = pages.c, deliveries.c, cases.c
_LINE = [_P[name] for name in PageLine.__struct_fields__]
_DELIVERY = [_D[name] for name in DeliveryLine.__struct_fields__]
_WAITING = ("open", "quiet")
LEASE_S = 30.0


class _There(Exception):
    """A row is there already."""


class CaseAsked(Struct, frozen=True):
    """A case as paging sees it."""

    tenant: str
    id: str
    state: str
    open: bool
    queue: str
    priority: str
    rule: str
    category: str
    severity: str
    room: str
    members: int
    users: int
    opened: float
    due: float | None
    nobody: str
    because: str
    claimed_by: str
    decided_by: str


_CASE = [_C[name] for name in CaseAsked.__struct_fields__]


class PageRow(Struct, frozen=True):
    """A page with its tenant."""

    tenant: str
    line: PageLine


class Planned(Struct, frozen=True):
    """A delivery to be made."""

    id: str
    channel: str
    person: str
    sent: bool = False


class PageStore:
    """The tables of pages. Every call raises RecordUnavailable when the database is away."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # -- pages ----------------------------------------------------------------------------------

    def unpaged(
        self, usual: Iterable[str], tenants: Mapping[str, Iterable[str]], limit: int = 200
    ) -> list[CaseAsked]:
        """Return open cases that nobody has taken and that have no page of their state yet.

        They are those of the `usual` priorities; of tenants that say so, of others.
        """
        paged = select(_P.id).where(_P.tenant == _C.tenant, _P.id == _page_of())
        query = select(*_CASE).where(
            _C.open.is_(True),
            or_(
                and_(_C.tenant.not_in(list(tenants)), _C.priority.in_(list(usual))),
                *(
                    and_(_C.tenant == tenant, _C.priority.in_(list(those)))
                    for tenant, those in tenants.items()
                ),
            ),
            _C.state.in_(("open", "escalated")),
            ~paged.exists(),
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_C.rank).limit(limit))
            return [CaseAsked(*row) for row in rows]

    def open(self, tenant: str, page: str, case: str, priority: str, why: str, at: float) -> bool:
        """Make a page that is due at once; False where it was there."""
        row = {
            "tenant": tenant, "id": page, "case": case, "priority": priority, "why": why[:500],
            "at": at, "state": "open", "step": 0, "person": "", "next": at, "acked_by": "",
            "acked": None, "changed": at, "node": "", "leased": 0.0,
        }  # fmt: skip
        return self._insert(pages, row)

    def due(self, node: str, now: float, limit: int = 50) -> list[PageRow]:
        """Lease and return the pages whose next step has come."""
        ready = and_(_P.state.in_(_WAITING), _P.next <= now)
        query = select(_P.tenant, *_LINE).where(ready).order_by(_P.next)
        found = self._lease(pages, query, node, now, limit)
        return [PageRow(row[0], PageLine(*list(row)[1:])) for row in found]

    def step(
        self,
        page: PageRow,
        state: str,
        calls: int,
        person: str,
        until: float | None,
        planned: Iterable[Planned],
        now: float,
    ) -> bool:
        """Go on with a page, and plan its deliveries; False when somebody else has meanwhile."""
        line = page.line
        mine = and_(
            _P.tenant == page.tenant, _P.id == line.id,
            _P.step == line.step, _P.state.in_(_WAITING),
        )  # fmt: skip
        new = {"state": state, "step": calls, "person": person, "next": until, "changed": now}
        with writing(self._engine) as connection:
            done = connection.execute(update(pages).where(mine).values(**new, leased=0.0))
            if done.rowcount != 1:
                return False
            rows = [_delivery(page.tenant, line.id, each, now) for each in planned]
            if rows:
                connection.execute(insert(deliveries), rows)
        return True

    def ack(self, tenant: str, page: str, by: str, now: float) -> PageLine:
        """Answer a page. Raises Refused 404, or 409 `acked` naming who was first."""
        mine = and_(_P.tenant == tenant, _P.id == page)
        with writing(self._engine) as connection:
            answered = {"state": "acked", "acked_by": by, "acked": now, "next": None}
            waits = mine & _P.state.in_((*_WAITING, "exhausted"))
            done = connection.execute(update(pages).where(waits).values(**answered, changed=now))
            row = connection.execute(select(*_LINE).where(mine)).first()
            if row is None:
                raise unknown("page")
            line = PageLine(*row)
            if done.rowcount == 1:
                connection.execute(
                    update(deliveries).where(_unsent(tenant, page)).values(_dropped())
                )
        if done.rowcount != 1 and line.acked_by != by:
            who = f"{line.acked_by} has answered it" if line.acked_by else "it is closed"
            raise conflict("acked", who, line)
        return line

    def end(self, page: PageRow, state: str, by: str, now: float) -> None:
        """Close a page that nobody need answer any more."""
        mine = and_(_P.tenant == page.tenant, _P.id == page.line.id, _P.state.in_(_WAITING))
        new = {"state": state, "next": None, "changed": now, "leased": 0.0}
        if by:
            new |= {"acked_by": by, "acked": now}
        with writing(self._engine) as connection:
            connection.execute(update(pages).where(mine).values(**new))
            left = _unsent(page.tenant, page.line.id)
            connection.execute(update(deliveries).where(left).values(_dropped()))

    def case(self, tenant: str, case: str) -> CaseAsked | None:
        """Return a case."""
        query = select(*_CASE).where(_C.tenant == tenant, _C.id == case)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else CaseAsked(*row)

    def page(self, tenant: str, page: str) -> PageLine | None:
        """Return a page."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(*_LINE).where(_P.tenant == tenant, _P.id == page)
            ).first()
        return None if row is None else PageLine(*row)

    def called(self, tenant: str, person: str, since: float) -> int:
        """Count the pages that somebody was called about since a time."""
        query = select(func.count(_D.page.distinct())).where(
            _D.tenant == tenant, _D.person == person, _D.at >= since
        )
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def changed(self, since: float, limit: int = 500) -> list[PageRow]:
        """Return the pages that changed since a time, on any gateway."""
        query = select(_P.tenant, *_LINE).where(_P.changed >= since).order_by(_P.changed)
        with reading(self._engine) as connection:
            found = connection.execute(query.limit(limit)).all()
        return [PageRow(row[0], PageLine(*list(row)[1:])) for row in found]

    def pages(self, tenant: str, before: tuple[float, str] | None, limit: int) -> list[PageLine]:
        """Return pages, the newest first, from after a place in that order."""
        query = select(*_LINE).where(_P.tenant == tenant)
        if before is not None:
            query = query.where(_after(_P.at, _P.id, before))
        query = query.order_by(_P.at.desc(), _P.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [PageLine(*row) for row in connection.execute(query)]

    # -- deliveries -----------------------------------------------------------------------------

    def waiting(self, node: str, now: float, limit: int = 50) -> list[tuple[str, DeliveryLine]]:
        """Lease and return (tenant, delivery) of what is to be sent now."""
        ready = and_(_D.state == "waiting", _D.next <= now)
        query = select(_D.tenant, *_DELIVERY).where(ready).order_by(_D.next)
        found = self._lease(deliveries, query, node, now, limit)
        return [(row[0], DeliveryLine(*list(row)[1:])) for row in found]

    def sent(self, tenant: str, delivery: str, now: float) -> None:
        """Note that a delivery arrived."""
        new = {"state": "sent", "sent": now, "error": "", "next": None, "leased": 0.0}
        self._tried(tenant, delivery, new)

    def failed(self, tenant: str, delivery: str, why: str, until: float | None) -> None:
        """Note that a delivery failed; it is tried again at `until`, or (None) no more."""
        state = "dead" if until is None else "waiting"
        new = {"state": state, "error": why[:500], "next": until, "leased": 0.0}
        self._tried(tenant, delivery, new)

    def add(self, tenant: str, page: str, planned: Iterable[Planned], now: float) -> None:
        """Plan deliveries besides; what is there already stays as it is."""
        for each in planned:
            self._insert(deliveries, _delivery(tenant, page, each, now))

    def retry(self, tenant: str, delivery: str, now: float) -> DeliveryLine:
        """Try a dead delivery once more. Raises Refused."""
        mine = and_(_D.tenant == tenant, _D.id == delivery)
        with writing(self._engine) as connection:
            again = {"state": "waiting", "next": now, "attempts": 0}
            dead = update(deliveries).where(mine, _D.state == "dead").values(**again)
            done = connection.execute(dead)
            row = connection.execute(select(*_DELIVERY).where(mine)).first()
        if row is None:
            raise unknown("delivery")
        if done.rowcount != 1:
            raise conflict("state", f"it is {row.state}, not dead")
        return DeliveryLine(*row)

    def deliveries(
        self, tenant: str, state: str | None, before: tuple[float, str] | None, limit: int
    ) -> list[DeliveryLine]:
        """Return deliveries, the newest first, from after a place in that order."""
        query = select(*_DELIVERY).where(_D.tenant == tenant)
        if state is not None:
            query = query.where(_D.state == state)
        if before is not None:
            query = query.where(_after(_D.at, _D.id, before))
        query = query.order_by(_D.at.desc(), _D.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [DeliveryLine(*row) for row in connection.execute(query)]

    def failing(self, tenant: str) -> dict[str, str]:
        """Return the channels whose last delivery did not arrive, and why."""
        query = select(_D.channel, _D.state, _D.error).where(_D.tenant == tenant)
        query = query.where(or_(_D.sent.is_not(None), _D.error != ""))
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(_D.at.desc()).limit(500)):
                found.setdefault(row.channel, "" if row.state == "sent" else row.error)
        return {channel: why for channel, why in found.items() if why}

    def _lease(
        self, table: Table, query: Select[Any], node: str, now: float, limit: int
    ) -> list[Row[Any]]:
        """Take rows that nobody has; of two gateways that see the same row one gets it."""
        free = table.c.leased <= now
        with reading(self._engine) as connection:  # mostly there is nothing: keep from the lock
            found = connection.execute(query.where(free).limit(limit)).all()
        mine: list[Row[Any]] = []
        if not found:
            return mine
        with writing(self._engine) as connection:
            for row in found:
                this = and_(table.c.tenant == row.tenant, table.c.id == row.id, free)
                lease = update(table).where(this).values(node=node, leased=now + LEASE_S)
                if connection.execute(lease).rowcount == 1:
                    mine.append(row)
        return mine

    def _insert(self, table: Table, row: dict[str, Any]) -> bool:
        """Write a row; False where there is one of its key."""
        try:
            with writing(self._engine) as connection:
                try:
                    connection.execute(insert(table).values(**row))
                except IntegrityError as error:  # in here, or it would count as an outage
                    raise _There from error
        except _There:
            return False
        return True

    def _tried(self, tenant: str, delivery: str, new: dict[str, Any]) -> None:
        mine = and_(_D.tenant == tenant, _D.id == delivery, _D.state == "waiting")
        with writing(self._engine) as connection:
            changed = update(deliveries).where(mine).values(**new, attempts=_D.attempts + 1)
            connection.execute(changed)


def _page_of() -> ColumnElement[str]:
    """Return the id of the page that a case in its state has: one open, one once escalated."""
    return _C.id + func.coalesce(func.nullif("." + _C.state, ".open"), "")


def _after(
    at: ColumnElement[float], ident: ColumnElement[str], place: tuple[float, str]
) -> ColumnElement[bool]:
    return or_(at < place[0], and_(at == place[0], ident < place[1]))


def _unsent(tenant: str, page: str) -> ColumnElement[bool]:
    return and_(_D.tenant == tenant, _D.page == page, _D.state == "waiting")


def _dropped() -> dict[str, Any]:
    return {"state": "dropped", "next": None, "error": "answered before it was sent", "leased": 0.0}


def _delivery(tenant: str, page: str, planned: Planned, now: float) -> dict[str, Any]:
    return {
        "tenant": tenant, "id": planned.id, "page": page, "channel": planned.channel,
        "person": planned.person, "at": now, "state": "sent" if planned.sent else "waiting",
        "attempts": 0, "next": None if planned.sent else now, "error": "",
        "sent": now if planned.sent else None, "node": "", "leased": 0.0,
    }  # fmt: skip
