"""Lines of the record become cases: one transaction takes a batch of them.

Rules:
1. One taker at a time, over all gateways: in SQLite whoever writes is alone, in PostgreSQL a lock
   of the transaction says so. So two alikes never open two cases, and no line is taken twice.
2. A line that asks for somebody joins the open incident it is alike to, or opens a case. A line
   that says that nobody is needed ends its member, and the case when that was the last; if it came
   first, the line it belongs to finds it here.
3. An ended case is changed by nothing: what is alike and comes later opens a new one.
4. Notes tell of what joined at certain counts only: a raid is no flood.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, bindparam, insert, select, text, true, update

from gateway.cases.drafts import ALIKE_S, MOST, Draft, Line, opened, takes
from gateway.cases.ending import resolve
from gateway.cases.rows import COLUMNS, Change, change, make_note, new_case, write_notes
from gateway.record.schema import case_lines
from gateway.record.schema_cases import case_members, cases
from gateway.shapes.cases import CaseLine, Note

__all__ = ["BATCH", "NOBODY", "Taken", "take", "waiting"]

BATCH = 500
FILE_BATCH = 150
"""In SQLite the writer of decisions waits meanwhile: ten milliseconds, then it has its turn."""
NOBODY = "-"
"""`taken` of a line that says nobody is needed, before the line has come that it belongs to."""
_COUNTS = (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, MOST)
_LOCK = "SELECT pg_try_advisory_xact_lock(98710366)"
# Whoever stands still with the lock must not keep the others from taking.
_PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = 10000"
_L, _M, _C = case_lines.c, case_members.c, cases.c
_LINE = [_L[name] for name in Line.__struct_fields__]
_MEMBER = (
    *("event", "rev", "about", "ref", "room", "user", "name", "surface", "stream", "action"),
    *("rule", "score", "at"),
)
_Key = tuple[str, str]
"""A case: tenant, id."""


class Taken(Struct, frozen=True):
    """What one batch changed. `more`: there may be lines left."""

    changes: list[Change]
    more: bool


def waiting(connection: Connection) -> bool:
    """Say whether any line waits to be taken."""
    return connection.execute(select(_L.id).where(_L.taken == "").limit(1)).first() is not None


def take(connection: Connection, now: float) -> Taken:
    """Make cases of the oldest lines that are not taken yet."""
    most = FILE_BATCH
    if connection.dialect.name == "postgresql":
        most = BATCH
        connection.execute(text(_PATIENCE))
        if not connection.execute(text(_LOCK)).scalar():
            return Taken([], True)
    query = select(*_LINE).where(_L.taken == "").order_by(_L.at, _L.id, _L.state).limit(most)
    lines = [Line(*row) for row in connection.execute(query)]
    if not lines:
        return Taken([], False)
    return Taken(_Batch(connection, now).take(lines), len(lines) == most)


class _Batch:
    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now
        self._drafts: dict[_Key, Draft] = {}
        self._alike: defaultdict[_Key, list[Draft]] = defaultdict(list)
        self._placed: dict[str, _Key] = {}
        self._notes: defaultdict[_Key, list[Note]] = defaultdict(list)
        self._changed: dict[_Key, CaseLine] = {}

    def take(self, lines: list[Line]) -> list[Change]:
        asking = [line for line in lines if line.state == "open"]
        ending = [line for line in lines if line.state != "open"]
        self._find_incidents(asking)
        over = self._ended_before(asking)
        for line in asking:
            self._place(line, line.id in over)
        self._write_drafts()
        touched = self._end_members(ending)
        touched.update(
            (key, "") for key, draft in self._drafts.items() if not (draft.stood or draft.waiting)
        )
        self._resolve(touched)
        self._mark(lines)
        pairs = [(*key, note) for key, notes in self._notes.items() for note in notes]
        write_notes(self._connection, pairs)
        return [
            Change(key[0], line, tuple(self._notes[key])) for key, line in self._changed.items()
        ]

    # -- lines that ask for somebody -------------------------------------------------------------

    def _find_incidents(self, lines: list[Line]) -> None:
        by_tenant: defaultdict[str, list[Line]] = defaultdict(list)
        for line in lines:
            if line.alike:
                by_tenant[line.tenant].append(line)
        for tenant, alikes in by_tenant.items():
            since = min(line.at for line in alikes) - ALIKE_S
            query = select(_C.alike, *COLUMNS).where(
                _C.tenant == tenant,
                _C.alike.in_({line.alike for line in alikes}),
                _C.open == true(),
                _C.latest >= since,
            )
            # In the order of their ids: two that lock many rows must not wait for each other.
            query = query.order_by(_C.id).with_for_update()
            found = [(alike, CaseLine(*row)) for alike, *row in self._connection.execute(query)]
            users = {line.user for line in alikes}
            known = self._known_users(tenant, [case.id for _, case in found], users)
            for alike, case in sorted(found, key=lambda each: -each[1].latest):
                self._alike[tenant, alike].append(Draft(case, case, known[case.id]))

    def _known_users(
        self, tenant: str, incidents: list[str], users: set[str]
    ) -> defaultdict[str, set[str]]:
        known: defaultdict[str, set[str]] = defaultdict(set)
        if not incidents:
            return known
        query = select(_M.case, _M.user).distinct()
        query = query.where(_M.tenant == tenant, _M.case.in_(incidents))
        for case, user in self._connection.execute(query.where(_M.user.in_(users))):
            known[case].add(user)
        return known

    def _ended_before(self, lines: list[Line]) -> set[str]:
        """Return the ids of those that need nobody any more, as was said before they came."""
        ids = [line.id for line in lines]
        query = select(_L.id).where(_L.id.in_(ids), _L.state != "open", _L.taken != "")
        return set(self._connection.execute(query).scalars())

    def _place(self, line: Line, has_ended: bool) -> None:
        incidents = self._alike[line.tenant, line.alike] if line.alike else []
        draft = next((each for each in incidents if takes(each.line, line)), None)
        if draft is None:
            draft = Draft(opened(line, new_case()))
            incidents.append(draft)
        draft.add(line, has_ended)
        key = (line.tenant, draft.line.id)
        self._drafts[key] = draft
        self._placed[line.id] = key

    def _write_drafts(self) -> None:
        fresh, members = [], []
        for key, draft in self._drafts.items():
            tenant = key[0]
            values = asdict(draft.line)
            if draft.stood is None:
                line = draft.line
                changed = max(self._now, line.changed)
                values |= {"tenant": tenant, "open": True, "changed": changed}
                fresh.append({**values, "alike": draft.members[0][0].alike})
                self._changed[key] = CaseLine(**(asdict(line) | {"changed": changed}))
            else:
                stood = asdict(draft.stood)
                new = {name: value for name, value in values.items() if value != stood[name]}
                self._changed[key] = change(self._connection, tenant, draft.stood, self._now, **new)
            members += [_member(key, line, over) for line, over in draft.members]
            self._tell_growth(key, draft)
        if fresh:
            self._connection.execute(insert(cases), fresh)
        if members:
            self._connection.execute(insert(case_members), members)

    def _tell_growth(self, key: _Key, draft: Draft) -> None:
        before, now = draft.before, draft.line.members
        notes = self._notes[key]
        if before == 0:
            notes.append(make_note("opened", self._now))
        if any(before < count <= now for count in _COUNTS):
            told = f"{now} events of {draft.line.users} users"
            notes.append(make_note("joined", self._now, text=told))
        if before <= MOST < now:
            told = f"over {MOST} events: more are counted, not kept"
            notes.append(make_note("joined", self._now, text=told))

    # -- lines that say that nobody is needed ------------------------------------------------------

    def _end_members(self, lines: list[Line]) -> dict[_Key, str]:
        """End what the lines belong to; return the cases with why."""
        elsewhere = [line.id for line in lines if line.id not in self._placed]
        if elsewhere:
            query = select(_L.id, _L.tenant, _L.taken).where(_L.id.in_(elsewhere))
            query = query.where(_L.state == "open", _L.taken != "")
            for id, tenant, case in self._connection.execute(query):
                self._placed[id] = (tenant, case)
        touched: dict[_Key, str] = {}
        rows = []
        for line in lines:
            key = self._placed.get(line.id)
            if key is not None:
                touched[key] = line.because or line.state
                rows.append({"of_tenant": key[0], "of_case": key[1], "of_line": line.id})
        if rows:
            same = update(case_members).where(
                _M.tenant == bindparam("of_tenant"),
                _M.case == bindparam("of_case"),
                _M.line == bindparam("of_line"),
            )
            self._connection.execute(same.values(ended=True), rows)
        return touched

    def _resolve(self, touched: dict[_Key, str]) -> None:
        for key in sorted(touched):  # in one order, as above
            done = resolve(self._connection, *key, self._now, touched[key])
            if done is not None:
                self._changed[key] = done.line
                self._notes[key] += done.notes

    def _mark(self, lines: list[Line]) -> None:
        rows = []
        for line in lines:
            tenant_case = self._placed.get(line.id)
            taken = NOBODY if tenant_case is None else tenant_case[1]
            rows.append({"of_id": line.id, "of_state": line.state, "by": taken})
        mark = update(case_lines).where(
            _L.id == bindparam("of_id"), _L.state == bindparam("of_state"), _L.taken == ""
        )
        self._connection.execute(mark.values(taken=bindparam("by")), rows)


def _member(key: _Key, line: Line, over: bool) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(line, name) for name in _MEMBER}
    return values | {"tenant": key[0], "case": key[1], "line": line.id, "ended": over}
