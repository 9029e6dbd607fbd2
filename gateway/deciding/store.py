"""The tables of decisions: one method a question or a move, each in one transaction, any thread.

Rules:
1. A plan and the case's end become durable together or not at all: the case is locked, still at
   the version that was planned for, and still this person's to decide.
2. A decision that is undone and its case that waits again become durable together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, select

from gateway.cases.claims import why_not_decide
from gateway.cases.ending import reopen, settle
from gateway.cases.listing import list_members
from gateway.cases.rows import COLUMNS, add_note, look
from gateway.deciding import rows
from gateway.deciding.recipes import Step
from gateway.deciding.rows import DecisionRow, Settled
from gateway.record.away import groups
from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema import journal
from gateway.record.schema_cases import case_notes, cases
from gateway.refusal import unknown
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine, DecisionLine, Member, Part
from seawall.actions import Action, is_restriction
from seawall.cases import ENDED

__all__ = ["DecisionStore", "Grown"]

_C, _N, _J = cases.c, case_notes.c, journal.c
_ACTIONS = msgspec.json.Decoder(list[Action])
_PAGE = 1_000
_LEASED = 20


class Grown(Exception):
    """The case is not as it was planned for: plan anew."""


class DecisionStore:
    """Decisions in SQL. Blocks; each method raises RecordUnavailable, and nothing has happened."""

    def __init__(self, where: Where | Path) -> None:
        self.engine = open_engine(where)

    def case(self, tenant: str, case: str) -> tuple[CaseLine, list[Member]]:
        """Return a case with all its events that are kept, the newest first. Raises Refused 404."""
        query = select(*COLUMNS).where(_C.tenant == tenant, _C.id == case)
        with reading(self.engine) as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise unknown("case")
            members, cursor = list_members(connection, tenant, case, None, _PAGE)
            while cursor is not None:
                more, cursor = list_members(connection, tenant, case, cursor, _PAGE)
                members += more
            members = _with_acts(connection, tenant, members)
        return CaseLine(*row), members

    def settle(
        self, actor: Actor, line: CaseLine, row: DecisionRow, steps: Sequence[Step], now: float
    ) -> CaseLine:
        """Make a plan durable and end the case it is for. Raises Refused, Grown."""
        with writing(self.engine) as connection:
            standing = look(connection, actor.tenant, line.id)
            refused = why_not_decide(actor, standing, now)
            if refused is not None:
                raise refused
            if (standing.members, standing.latest) != (line.members, line.latest):
                raise Grown
            settled = settle(connection, actor.tenant, line.id, actor.name, row.choice, row.id, now)
            _compare(connection, actor, standing, row.choice, now)
            rows.add(connection, row, steps)
        return settled

    def add(self, row: DecisionRow, steps: Sequence[Step]) -> None:
        """Make a plan durable that ends no case."""
        with writing(self.engine) as connection:
            rows.add(connection, row, steps)

    def find(self, tenant: str, decision: str) -> tuple[DecisionRow, list[Part]]:
        """Return a decision with its parts. Raises Refused 404."""
        with reading(self.engine) as connection:
            row = rows.find(connection, tenant, decision)
            if row is None:
                raise unknown("decision")
            return row, rows.parts_of(connection, tenant, decision)

    def lines(self, tenant: str, decisions: Sequence[str]) -> dict[str, DecisionLine]:
        """Return how decisions stand; unknown ones are left out."""
        with reading(self.engine) as connection:
            found = rows.find_all(connection, tenant, decisions)
        return {row.id: rows.shown(row) for row in found}

    def note(
        self, row: DecisionRow, settled: Iterable[Settled], leased: float, counts: tuple[int, int]
    ) -> bool:
        """Write what became of parts; False when another node goes on with it."""
        with writing(self.engine) as connection:
            return rows.note(connection, row, settled, leased, counts)

    def applied(self, row: DecisionRow) -> bool:
        """Note that all parts were carried out, or failed."""
        with writing(self.engine) as connection:
            return rows.move(connection, row, "applied", leased=0.0)

    def begin_undo(
        self, row: DecisionRow, by: str, reason: str, now: float, node: str, leased: float
    ) -> bool:
        """Have a decision undone, once; False when it is not `applied` any more."""
        with writing(self.engine) as connection:
            return rows.move(
                connection, row, "undoing",
                undone_by=by, undone=now, undo_reason=reason, node=node, leased=leased,
            )  # fmt: skip

    def undone(self, row: DecisionRow, now: float) -> CaseLine | None:
        """Note that all parts were taken back, and let the case wait again if it may."""
        with writing(self.engine) as connection:
            if not rows.move(connection, row, "undone", leased=0.0) or not row.case:
                return None
            standing = look(connection, row.tenant, row.case)
            if standing.state not in ENDED or standing.decision != row.id:
                return None  # it was decided anew
            return reopen(connection, row.tenant, row.case, row.undone_by, now)

    def lease(self, node: str, now: float, until: float) -> list[DecisionRow]:
        """Take over what other nodes have left half-done."""
        with writing(self.engine) as connection:
            return rows.lease(connection, node, now, until, _LEASED)

    def left(self, now: float) -> bool:
        """Say whether something may be taken over; cheap, and without a lock."""
        with reading(self.engine) as connection:
            return rows.left(connection, now)

    def free(self, row: DecisionRow) -> None:
        """Let any node go on with it at once."""
        with writing(self.engine) as connection:
            rows.free(connection, row)

    def recorded(self, tenant: str, events: Sequence[str]) -> set[str]:
        """Return which parts' events are in the journal."""
        with reading(self.engine) as connection:
            return rows.recorded(connection, tenant, events)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def _with_acts(connection: Connection, tenant: str, members: list[Member]) -> list[Member]:
    """Return events with what was done about those whose message was allowed: a mute, say."""
    allowed = sorted({each.event for each in members if each.action == "allow" and each.event})
    acts: dict[tuple[str, int], str] = {}
    for some in groups(allowed):
        query = select(_J.event, _J.rev, _J.actions).where(
            _J.tenant == tenant, _J.event.in_(some), _J.kind == "verdict", _J.actions != "[]"
        )
        for row in connection.execute(query):
            kinds = [action.kind for action in _ACTIONS.decode(row.actions)]
            restricting = [kind for kind in kinds if is_restriction(kind)]
            if restricting:
                acts[row.event, row.rev] = restricting[0]
    return [replace(each, action=acts.get((each.event, each.rev), each.action)) for each in members]


def _compare(connection: Connection, actor: Actor, line: CaseLine, choice: str, now: float) -> None:
    """Note whether the second person chose what whoever asked them would have chosen."""
    if not line.asked_by or line.asked_by == actor.name:
        return
    asked = select(_N.to).where(_N.tenant == actor.tenant, _N.case == line.id, _N.kind == "second")
    wanted = connection.execute(asked.order_by(_N.at.desc(), _N.id.desc()).limit(1)).scalar()
    if wanted:
        same = "both agreed" if wanted == choice else f"{line.asked_by} would have chosen {wanted}"
        text = f"{choice}: {same}"
        add_note(
            connection, actor.tenant, line.id, "opinion", now, by=actor.name, to=line.asked_by,
            text=text,
        )  # fmt: skip
