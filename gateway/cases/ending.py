"""How cases end and begin again: decided once, resolved when they need nobody, taken back."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import Connection, exists, false, select

from gateway.cases.claims import holder
from gateway.cases.drafts import MOST
from gateway.cases.expiry import OURS
from gateway.cases.rows import (
    Change,
    add_note,
    change,
    end,
    look,
    make_note,
    ranked,
    refuse_ended,
    step,
)
from gateway.record.schema import case_lines
from gateway.record.schema_cases import case_members
from gateway.refusal import conflict
from gateway.shapes.cases import CaseLine
from seawall.cases import ENDED

__all__ = ["reopen", "resolve", "settle"]

_L, _M = case_lines.c, case_members.c


def settle(
    connection: Connection,
    tenant: str,
    case: str,
    name: str,
    choice: str,
    decision: str,
    now: float,
) -> CaseLine:
    """Decide a case as somebody; the same decision again changes nothing.

    Raises Refused 404; 409 `already_decided`, `state`, `claimed` or `second` with what stands.
    Who else may not decide it is `claims.why_not_decide`'s to say.
    """
    line = look(connection, tenant, case)
    if line.state == "decided" and line.decision == decision:
        return line
    refuse_ended(line)
    held = holder(line, now)
    if held not in ("", name):
        raise conflict("claimed", f"{held} was first and has claimed it", line)
    if line.asked_by == name and held != name:
        raise conflict("second", "you asked for a second opinion: somebody else decides", line)
    state = step(line, "decide")
    values = {"choice": choice, "decision": decision, "decided_by": name}
    line = end(connection, tenant, line, now, state, **values)
    add_note(connection, tenant, case, "decided", now, by=name, to=decision, text=choice)
    return line


def reopen(connection: Connection, tenant: str, case: str, by: str, now: float) -> CaseLine:
    """Let a decided case wait again; one that is not decided any more stays as it is.

    Its deadline goes if it has passed: nobody could keep it. That of a hold or a veto goes with the
    last of them that is not over: nothing happens by itself any more. Raises Refused 404, 409
    `state`.
    """
    line = look(connection, tenant, case)
    if line.state not in ENDED:
        return line
    if line.state != "decided":
        raise conflict("state", f"it was not decided: it is {line.state}", line)
    state = step(line, "reopen")
    due, nobody = line.due, line.nobody
    if nobody not in OURS and not _needs_somebody(connection, tenant, line):
        due, nobody = None, ""
    elif due is not None and due <= now:
        due = None
    rank = ranked(replace(line, due=due))
    clock = {"due": due, "nobody": nobody, "rank": rank}
    values = {"decision": "", "choice": "", "decided_by": "", "decided": None, "asked_by": ""}
    line = change(connection, tenant, line, now, state=state, **clock, **values)
    add_note(connection, tenant, case, "undone", now, by=by)
    return line


def resolve(
    connection: Connection, tenant: str, case: str, now: float, because: str
) -> Change | None:
    """End an open case if no event of it needs anybody any more. The note is not written yet."""
    line = look(connection, tenant, case)
    if line.state in ENDED or _needs_somebody(connection, tenant, line):
        return None
    line = end(connection, tenant, line, now, step(line, "resolve"))
    return Change(tenant, line, (make_note("resolved", now, text=because),))


def _needs_somebody(connection: Connection, tenant: str, line: CaseLine) -> bool:
    query = select(_M.line).where(_M.tenant == tenant, _M.case == line.id, _M.ended == false())
    if connection.execute(query.limit(1)).first() is not None:
        return True
    if line.members <= MOST:
        return False
    over = case_lines.alias()
    said = exists().where(over.c.id == _L.id, over.c.state != "open")
    unkept = select(_L.id).where(_L.taken == line.id, _L.state == "open", ~said)
    return connection.execute(unkept.limit(1)).first() is not None
