"""The rows of cases: read under a lock, and changed by version.

Every change of a case goes through `change`, so that `version` grows by one, `changed` never goes
back, and `open` and `rank` follow the state. An ended case's `rank` is the negated time of its end:
the same indexes that hold the queue in order of urgency hold ended cases newest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from secrets import token_hex
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, insert, select, update

from gateway.record.schema_cases import case_notes, cases
from gateway.refusal import Refused, conflict, unknown
from gateway.shapes.cases import CaseLine, Note, State
from seawall.cases import ENDED, CaseMove, advance
from seawall.errors import InvalidTransition
from seawall.urgency import due_at, rank

__all__ = [
    "COLUMNS",
    "NOBODYS",
    "Change",
    "add_note",
    "change",
    "end",
    "ended",
    "look",
    "make_note",
    "new_case",
    "ranked",
    "refuse_ended",
    "step",
    "write_notes",
]

COLUMNS = [cases.c[name] for name in CaseLine.__struct_fields__]
"""What a CaseLine is made of, in its order."""
NOBODYS: dict[str, Any] = {"claimed_by": "", "claim_until": None}  # as change takes them
"""The columns of a case that nobody holds."""
_SERIALS = count(1)


class Change(Struct, frozen=True):
    """A case as it stands after a change, and the notes that were written with it."""

    tenant: str
    line: CaseLine
    notes: tuple[Note, ...] = ()


def new_case() -> str:
    """Return the id of a case that there is not yet."""
    return f"k{token_hex(10)}"


def look(connection: Connection, tenant: str, case: str) -> CaseLine:
    """Return a case, locked until the transaction ends. Raises Refused 404."""
    query = select(*COLUMNS).where(cases.c.tenant == tenant, cases.c.id == case)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise unknown("case")
    return CaseLine(*row)


def change(
    connection: Connection,
    tenant: str,
    line: CaseLine,
    now: float,
    **values: Any,  # columns of the case, of their types
) -> CaseLine:
    """Write new values if the case is still at this version. Raises Refused 409 `changed`."""
    values["changed"] = max(now, line.changed)
    values["version"] = line.version + 1
    if "state" in values:
        values["open"] = values["state"] not in ENDED
    C = cases.c
    same = update(cases).where(C.tenant == tenant, C.id == line.id, C.version == line.version)
    if connection.execute(same.values(**values)).rowcount != 1:
        raise conflict("changed", "the case has changed meanwhile", line)
    values.pop("open", None)
    return replace(line, **values)


def end(
    connection: Connection,
    tenant: str,
    line: CaseLine,
    now: float,
    state: State,
    **values: Any,  # as in change
) -> CaseLine:
    """End a case: nobody holds it any more, and among the ended ones it is the newest."""
    return change(
        connection, tenant, line, now, state=state, decided=now, rank=-now, **NOBODYS, **values
    )


def ranked(line: CaseLine) -> float:
    """Return where an open case stands in the queue."""
    due = due_at(line.priority, line.opened) if line.due is None else line.due
    # What no detector doubts has happened: a command failed, somebody reported something.
    score = line.score if line.about in ("verdict", "hold") else 1.0
    return rank(line.severity, line.viewers, score, due)


def make_note(kind: str, now: float, *, by: str = "", to: str = "", text: str = "") -> Note:
    """Return a line of what happened. Those of one time keep the order they were made in."""
    serial = next(_SERIALS) & 0xFFFFFF
    id = f"n{int(max(now, 0.0) * 1000):012x}{serial:06x}{token_hex(4)}"
    return Note(id, now, kind, by, to, text)


def write_notes(connection: Connection, notes: Iterable[tuple[str, str, Note]]) -> None:
    """Write notes, each of a (tenant, case)."""
    rows = [{"tenant": tenant, "case": case, **asdict(note)} for tenant, case, note in notes]
    if rows:
        connection.execute(insert(case_notes), rows)


def add_note(
    connection: Connection,
    tenant: str,
    case: str,
    kind: str,
    now: float,
    *,
    by: str = "",
    to: str = "",
    text: str = "",
) -> Note:
    """Write one line of what happened."""
    note = make_note(kind, now, by=by, to=to, text=text)
    write_notes(connection, [(tenant, case, note)])
    return note


def step(line: CaseLine, move: CaseMove) -> State:
    """Return the state after a move. Raises Refused 409 `state` where the table has none."""
    try:
        return advance(line.state, move)
    except InvalidTransition as error:
        raise conflict("state", str(error), line) from error


def refuse_ended(line: CaseLine) -> None:
    """Raise Refused 409, naming who was first, when a case has ended."""
    refused = ended(line)
    if refused is not None:
        raise refused


def ended(line: CaseLine) -> Refused | None:
    """Return why nothing can be done with an ended case any more; None for an open one."""
    match line.state:
        case "decided":
            told = f"{line.decided_by} was first and decided: {line.choice}"
            return conflict("already_decided", told, line)
        case "expired":
            return conflict("state", "its deadline has passed", line)
        case "resolved":
            return conflict("state", "it needs nobody any more", line)
        case "open" | "claimed" | "second" | "escalated":
            return None
