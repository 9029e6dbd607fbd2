"""The tables of cases: one method a question or a move, each in one transaction, for any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, exists, select, tuple_

from gateway.cases import ending
from gateway.cases.claims import need
from gateway.cases.expiry import expire, lapsed, overdue, stall
from gateway.cases.giving import give, is_due, take_back
from gateway.cases.listing import Wanted, list_members, list_notes, list_page
from gateway.cases.numbers import count_queues
from gateway.cases.purge import purge
from gateway.cases.rows import COLUMNS, Change, add_note, look
from gateway.cases.taking import Taken, take, waiting
from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_cases import cases
from gateway.refusal import unknown
from gateway.roles import Actor, Permission
from gateway.shapes.cases import CaseLine, CasePage, Member, Note, QueueLine

__all__ = ["CaseStore", "Seen", "Work"]

_C = cases.c
_TOGETHER = 400

Do = Callable[[Connection, CaseLine], Change]


class Work(Struct, frozen=True):
    """What waits to be done by any gateway."""

    lines: bool
    stalled: bool
    overdue: bool


class Seen(Struct, frozen=True):
    """That a case is at a version, since when."""

    tenant: str
    id: str
    version: int
    changed: float


class CaseStore:
    """Cases in SQL. Blocks; each method raises RecordUnavailable, and nothing has happened then."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    # -- questions ---------------------------------------------------------------------------------

    def page(self, tenant: str, wanted: Wanted, cursor: str | None, limit: int) -> CasePage:
        """Return a page of the queue. Raises Refused 400."""
        with reading(self._engine) as connection:
            return list_page(connection, tenant, wanted, cursor, limit)

    def queues(self, tenant: str) -> list[QueueLine]:
        """Count all open cases by queue: not for every caller, see `Numbers`."""
        with reading(self._engine) as connection:
            return count_queues(connection, tenant)

    def find(self, tenant: str, case: str) -> CaseLine:
        """Return a case. Raises Refused 404."""
        query = select(*COLUMNS).where(_C.tenant == tenant, _C.id == case)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise unknown("case")
        return CaseLine(*row)

    def members(
        self, tenant: str, case: str, cursor: str | None, limit: int
    ) -> tuple[list[Member], str | None]:
        """Return a case's events, the newest first, and where to go on. Raises Refused 400."""
        with reading(self._engine) as connection:
            return list_members(connection, tenant, case, cursor, limit)

    def notes(self, tenant: str, case: str, since: float | None = None) -> list[Note]:
        """Return what happened to a case (since then), the oldest first."""
        with reading(self._engine) as connection:
            return list_notes(connection, tenant, case, since)

    # -- what people do ----------------------------------------------------------------------------

    def move(self, actor: Actor, case: str, permission: Permission, do: Do) -> Change:
        """Do something to a case that is locked for it. Raises what `do` does, Refused 403, 404."""
        with writing(self._engine) as connection:
            line = look(connection, actor.tenant, case)
            need(actor, permission, line)
            return do(connection, line)

    @staticmethod
    def settle(
        connection: Connection,
        tenant: str,
        case: str,
        actor_name: str,
        choice: str,
        decision_id: str,
        now: float,
    ) -> CaseLine:
        """Decide a case within somebody's transaction. Raises as `ending.settle` does."""
        return ending.settle(connection, tenant, case, actor_name, choice, decision_id, now)

    @staticmethod
    def reopen(connection: Connection, tenant: str, case: str, by: str, now: float) -> CaseLine:
        """Let a decided case wait again within somebody's transaction."""
        return ending.reopen(connection, tenant, case, by, now)

    def remark(
        self,
        tenant: str,
        case: str,
        kind: str,
        now: float,
        *,
        by: str = "",
        to: str = "",
        text: str = "",
    ) -> Note:
        """Write a note that changes nothing, such as that somebody was paged."""
        with writing(self._engine) as connection:
            return add_note(connection, tenant, case, kind, now, by=by, to=to, text=text)

    # -- what any gateway does ---------------------------------------------------------------------

    def work(self, now: float) -> Work:
        """Say what waits; cheap, and without a lock."""
        with reading(self._engine) as connection:
            stalled = select(exists().where(lapsed(now)))
            late = select(exists().where(overdue(now)))
            return Work(
                waiting(connection),
                bool(connection.execute(stalled).scalar()),
                bool(connection.execute(late).scalar()),
            )

    def take(self, now: float) -> Taken:
        """Make cases of a batch of lines."""
        with writing(self._engine) as connection:
            return take(connection, now)

    def stall(self, now: float) -> list[Change]:
        """Give back claims that have run out."""
        with writing(self._engine) as connection:
            return stall(connection, now)

    def expire(self, now: float) -> list[Change]:
        """Do what deadlines say."""
        with writing(self._engine) as connection:
            return expire(connection, now)

    def may_give(self, tenant: str, now: float, wait_s: float) -> bool:
        """Say whether cases may have to be given or taken back; cheap, and without a lock."""
        with reading(self._engine) as connection:
            return is_due(connection, tenant, now, wait_s)

    def give(self, tenant: str, people: Sequence[Actor], now: float) -> list[Change]:
        """Give cases that nobody has to people of a tenant who are there."""
        with writing(self._engine) as connection:
            return give(connection, tenant, people, now)

    def take_back(self, tenant: str, now: float, wait_s: float) -> list[Change]:
        """Leave to everybody what was given and not taken in time."""
        with writing(self._engine) as connection:
            return take_back(connection, tenant, now, wait_s)

    def purge(self, now: float) -> bool:
        """Delete some of what is too old; say whether there may be more."""
        with writing(self._engine) as connection:
            return purge(connection, now)

    def changed_since(self, at: float, limit: int) -> list[Seen]:
        """Return which cases changed at a time or later, the earliest first."""
        columns = [_C[name] for name in Seen.__struct_fields__]
        query = select(*columns).where(_C.changed >= at).order_by(_C.changed, _C.id).limit(limit)
        with reading(self._engine) as connection:
            return [Seen(*row) for row in connection.execute(query)]

    def load(self, keys: Iterable[tuple[str, str]], since: float) -> list[Change]:
        """Return cases by (tenant, id) as they stand, each with its notes since then."""
        wanted, found = list(keys), []
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _TOGETHER):
                some = tuple_(_C.tenant, _C.id).in_(wanted[start : start + _TOGETHER])
                for tenant, *row in connection.execute(select(_C.tenant, *COLUMNS).where(some)):
                    line = CaseLine(*row)
                    notes = list_notes(connection, tenant, line.id, since)
                    found.append(Change(tenant, line, tuple(notes)))
        return found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
