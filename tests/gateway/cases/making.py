"""What the tests of cases make: lines of the record, people, and moves of theirs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.cases import moves
from gateway.cases.listing import Wanted
from gateway.cases.rows import Change
from gateway.cases.store import CaseStore
from gateway.record.columns import COLUMNS
from gateway.record.database import Where, as_where, open_engine, reading, writing
from gateway.record.schema import case_lines
from gateway.record.schema_cases import cases
from gateway.roles import DEFAULT_MATRIX, Actor, Permission, Rights, Role
from gateway.shapes.cases import CaseLine

__all__ = ["AT", "Work", "actor", "make_line"]

AT = 2_000_000_000.0
_NUMBERS = count(1)
_EMPTY: dict[str, Any] = dict.fromkeys(COLUMNS["case_lines"], "")  # a line's columns, of any type
_USUAL = {
    "state": "open",
    "tenant": "acme",
    "at": AT,
    "queue": "fraud",
    "priority": "p2",
    "about": "verdict",
    "room": "lobby",
    "rule": "lure",
    "category": "scam.phishing",
    "severity": "medium",
    "score": 0.5,
    "surface": "chat",
    "rev": 0,
    "viewers": 10,
    "due": None,
    "taken": "",
}


def make_line(**changes: Any) -> dict[str, Any]:  # any column of case_lines
    """Return a row of case_lines with an id of its own."""
    number = next(_NUMBERS)
    own = {"id": f"l{number:06}", "event": f"m{number}", "user": f"u{number}"}
    return _EMPTY | _USUAL | own | changes


def actor(name: str = "ann", *roles: Role, **changes: Any) -> Actor:  # any field of Actor
    """Return somebody with the rights of roles, a moderator's unless told."""
    roles = roles or ("moderator",)
    rights = Rights(frozenset(each for role in roles for each in DEFAULT_MATRIX[role]))
    fields: dict[str, Any] = {"tenant": "acme", "rights": rights, "roles": roles}
    return Actor(name=name, pseudonym=f"mod-{name}", **(fields | changes))


class Work:
    """The tables, with lines put there as the writer would."""

    def __init__(self, where: Where | Path) -> None:
        self.where = as_where(where)
        self.store = CaseStore(where)
        self.engine = open_engine(where)

    def close(self) -> None:
        self.store.close()
        self.engine.dispose()

    def put(self, *lines: dict[str, Any]) -> None:  # of any columns
        with writing(self.engine) as connection:
            connection.execute(insert(case_lines), list(lines))

    def take(self, now: float = AT) -> list[Change]:
        """Take all there is."""
        changes: list[Change] = []
        while True:
            taken = self.store.take(now)
            changes += taken.changes
            if not taken.more:
                return changes

    def opened(self, now: float = AT, **changes: Any) -> CaseLine:  # as make_line takes them
        """Return a case that one line has opened."""
        self.put(make_line(**changes))
        (change,) = self.take(now)
        return change.line

    def every(self, tenant: str = "acme", state: str = "all") -> list[CaseLine]:
        wanted = Wanted(state=state, sealed=True)
        found, cursor = [], None
        while True:
            page = self.store.page(tenant, wanted, cursor, 200)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    def taken(self) -> dict[tuple[str, str], str]:
        """Return what became of each line."""
        c = case_lines.c
        with reading(self.engine) as connection:
            rows = connection.execute(select(c.id, c.state, c.taken))
            return {(row.id, row.state): row.taken for row in rows}

    def kinds(self, case: CaseLine) -> list[str]:
        """Return the kinds of a case's notes, in order."""
        return [note.kind for note in self.store.notes("acme", case.id)]

    def is_open(self, case: CaseLine) -> bool:
        with reading(self.engine) as connection:
            query = select(cases.c.open).where(cases.c.id == case.id)
            return bool(connection.execute(query).scalar_one())

    # -- moves -------------------------------------------------------------------------------------

    def do(
        self,
        who: Actor,
        case: CaseLine,
        do: Callable[[Connection, CaseLine], Change],
        permission: Permission = "cases.claim",
    ) -> CaseLine:
        return self.store.move(who, case.id, permission, do).line

    def claim(
        self, who: Actor, case: CaseLine, now: float = AT, version: int | None = None
    ) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.claim(at, who, line, now, version))

    def release(self, who: Actor, case: CaseLine, now: float = AT) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.release(at, who, line, now))

    def hand_over(self, who: Actor, case: CaseLine, to: str, now: float = AT) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.hand_over(at, who, line, now, to, "yours"))

    def assign(self, who: Actor, case: CaseLine, to: str | None, now: float = AT) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.assign(at, who, line, now, to))

    def escalate(
        self, who: Actor, case: CaseLine, queue: str | None = None, now: float = AT
    ) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.escalate(at, who, line, now, "hm", queue))

    def ask(self, who: Actor, case: CaseLine, now: float = AT) -> CaseLine:
        return self.do(who, case, lambda at, line: moves.ask(at, who, line, now, "well?", "ban"))

    def settle(
        self, name: str, case: CaseLine, decision: str = "d1", now: float = AT, choice: str = "ban"
    ) -> CaseLine:
        with writing(self.engine) as connection:
            return CaseStore.settle(connection, "acme", case.id, name, choice, decision, now)

    def reopen(self, case: CaseLine, now: float = AT) -> CaseLine:
        with writing(self.engine) as connection:
            return CaseStore.reopen(connection, "acme", case.id, "lea", now)
