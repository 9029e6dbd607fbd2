"""What people do with a case, each in the transaction it is given, with its note.

Rules:
1. The case was read under a lock in the same transaction, and is written by version: of two who
   move at once one wins, and the other is refused with the case as it stands then.
2. The same move by the same person again changes nothing and is no error.
3. A case that was escalated, or waits for a second opinion, comes back to that when it is released.
"""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import Connection, select

from gateway.cases.claims import CLAIM_S, holder, is_lead, why_not_have
from gateway.cases.rows import NOBODYS, Change, add_note, change, refuse_ended, step
from gateway.record.schema_cases import case_notes
from gateway.refusal import Refused, conflict, forbidden
from gateway.roles import Actor
from gateway.shapes.cases import CaseLine, Note, State
from seawall.cases import CaseMove

__all__ = [
    "ask",
    "assign",
    "claim",
    "escalate",
    "free",
    "hand_over",
    "is_with_leads",
    "note",
    "release",
]

_N = case_notes.c


def claim(
    connection: Connection, actor: Actor, line: CaseLine, now: float, version: int | None
) -> Change:
    """Take a case for `CLAIM_S`, or renew that."""
    refused = why_not_have(actor, line, now)
    if refused is not None:
        raise refused
    until = now + CLAIM_S
    if line.state == "claimed" and line.claimed_by == actor.name:
        until = max(until, line.claim_until or 0.0)  # a clock that went back shortens nothing
        return Change(actor.tenant, change(connection, actor.tenant, line, now, claim_until=until))
    if version is not None and version != line.version:
        raise Refused(412, "changed", "the case has changed since you looked", line)
    notes: list[Note] = []
    state = line.state
    if state == "claimed":  # somebody's lease has run out, and nobody has noticed yet
        notes.append(_stalled(connection, actor.tenant, line, now))
        state = _resting(connection, actor.tenant, line, "stall")
    if state == "second":  # the second person takes it as anybody takes an open one
        state = step(replace(line, state=state), "release")
    state = step(replace(line, state=state), "claim")
    held = {"state": state, "claimed_by": actor.name, "claim_until": until}
    moved = change(connection, actor.tenant, line, now, **held)
    notes.append(add_note(connection, actor.tenant, line.id, "claimed", now, by=actor.name))
    return Change(actor.tenant, moved, tuple(notes))


def release(connection: Connection, actor: Actor, line: CaseLine, now: float) -> Change:
    """Give a case back; a lead may also take it from whoever holds it."""
    refuse_ended(line)
    if line.state != "claimed":
        return Change(actor.tenant, line)
    _refuse_held(actor, line, now)
    state = _resting(connection, actor.tenant, line, "release")
    moved = change(connection, actor.tenant, line, now, state=state, **NOBODYS)
    told = add_note(
        connection, actor.tenant, line.id, "released", now, by=actor.name, to=line.claimed_by
    )
    return Change(actor.tenant, moved, (told,))


def free(connection: Connection, tenant: str, line: CaseLine, now: float) -> Change:
    """Give a case back whose lease has run out."""
    state = _resting(connection, tenant, line, "stall")
    moved = change(connection, tenant, line, now, state=state, **NOBODYS)
    return Change(tenant, moved, (_stalled(connection, tenant, line, now),))


def hand_over(
    connection: Connection, actor: Actor, line: CaseLine, now: float, to: str, text: str
) -> Change:
    """Give a case to somebody, who has it claimed for `CLAIM_S` then."""
    refuse_ended(line)
    if line.claimed_by == to and holder(line, now) == to:
        return Change(actor.tenant, line)
    _refuse_held(actor, line, now)
    if line.asked_by == to:
        raise conflict("second", f"{to} asked for a second opinion: somebody else decides", line)
    if holder(line, now) != actor.name:
        _refuse_kept(actor, line)
    state = step(line, "release") if line.state == "second" else line.state
    move: CaseMove = "handover" if state == "claimed" else "claim"
    state = step(replace(line, state=state), move)
    held = {"state": state, "claimed_by": to, "claim_until": now + CLAIM_S}
    assigned = line.assigned if line.assigned == to else ""
    moved = change(connection, actor.tenant, line, now, assigned=assigned, **held)
    told = add_note(
        connection, actor.tenant, line.id, "handover", now, by=actor.name, to=to, text=text
    )
    return Change(actor.tenant, moved, (told,))


def assign(
    connection: Connection, actor: Actor, line: CaseLine, now: float, to: str | None
) -> Change:
    """Say whose a case shall be; None: anybody's. One's own is everybody's to take and to drop."""
    refuse_ended(line)
    wanted = to or ""
    if line.assigned == wanted:
        return Change(actor.tenant, line)
    own = {wanted, line.assigned} <= {"", actor.name}
    if not own and not is_lead(actor, line):
        raise forbidden("cases.assign", line.queue)
    if wanted and line.asked_by == wanted:
        raise conflict("second", f"{wanted} asked for a second opinion", line)
    state = step(line, "assign")
    moved = change(connection, actor.tenant, line, now, assigned=wanted, state=state)
    told = add_note(connection, actor.tenant, line.id, "assigned", now, by=actor.name, to=wanted)
    return Change(actor.tenant, moved, (told,))


def escalate(
    connection: Connection,
    actor: Actor,
    line: CaseLine,
    now: float,
    reason: str,
    queue: str | None,
) -> Change:
    """Give a case to the leads, in another queue if one is named."""
    refuse_ended(line)
    _refuse_held(actor, line, now)
    into = queue or line.queue
    if line.state == "escalated" and into == line.queue:
        first = _last(connection, actor.tenant, line.id, ("escalated",))
        if first is not None and first.by == actor.name:
            return Change(actor.tenant, line)
        raise conflict("state", f"{(first and first.by) or 'policy'} was first to escalate", line)
    if line.state != "escalated":
        state = step(line, "escalate")
    else:
        state = line.state
        _refuse_kept(actor, line)
    moved = change(
        connection, actor.tenant, line, now, state=state, queue=into, assigned="", **NOBODYS
    )
    moved_to = "" if into == line.queue else into
    told = add_note(
        *(connection, actor.tenant, line.id, "escalated", now),
        by=actor.name,
        to=moved_to,
        text=reason,
    )
    return Change(actor.tenant, moved, (told,))


def ask(
    connection: Connection, actor: Actor, line: CaseLine, now: float, question: str, choice: str
) -> Change:
    """Leave a case to a second person. What the asker would choose is the note's `to`."""
    refuse_ended(line)
    if line.asked_by == actor.name:
        return Change(actor.tenant, line)
    if line.asked_by:
        raise conflict("second", f"{line.asked_by} was first to ask for a second opinion", line)
    _refuse_held(actor, line, now)
    if holder(line, now) != actor.name:
        _refuse_kept(actor, line)
    state = step(line, "second")
    assigned = "" if line.assigned == actor.name else line.assigned
    values = {"state": state, "asked_by": actor.name, "assigned": assigned}
    moved = change(connection, actor.tenant, line, now, **values, **NOBODYS)
    told = add_note(
        *(connection, actor.tenant, line.id, "second", now),
        by=actor.name,
        to=choice,
        text=question,
    )
    return Change(actor.tenant, moved, (told,))


def note(connection: Connection, actor: Actor, line: CaseLine, now: float, text: str) -> Change:
    """Write an internal note; ended cases take them too."""
    moved = change(connection, actor.tenant, line, now)
    told = add_note(connection, actor.tenant, line.id, "note", now, by=actor.name, text=text)
    return Change(actor.tenant, moved, (told,))


def _refuse_held(actor: Actor, line: CaseLine, now: float) -> None:
    held = holder(line, now)
    if held not in ("", actor.name) and not is_lead(actor, line):
        raise conflict("claimed", f"{held} was first and has claimed it", line)


def _refuse_kept(actor: Actor, line: CaseLine) -> None:
    """Raise what keeps a person from moving a case that they do not hold."""
    if is_lead(actor, line):
        return
    if line.state == "escalated":
        raise Refused(403, "escalated", "it is escalated: a lead decides it", line)
    if line.assigned not in ("", actor.name):
        raise conflict("assigned", f"it is assigned to {line.assigned}", line)


def _stalled(connection: Connection, tenant: str, line: CaseLine, now: float) -> Note:
    return add_note(connection, tenant, line.id, "stalled", now, to=line.claimed_by)


def _resting(connection: Connection, tenant: str, line: CaseLine, move: CaseMove) -> State:
    """Return the state in which a claimed case waits again."""
    state = step(line, move)
    if is_with_leads(connection, tenant, line.id):
        return step(replace(line, state=state), "escalate")
    if line.asked_by:
        return step(replace(line, state=state), "second")
    return state


def is_with_leads(connection: Connection, tenant: str, case: str) -> bool:
    """Say whether a case was escalated, whoever holds it now."""
    last = _last(connection, tenant, case, ("escalated", "undone"))
    return last is not None and last.kind == "escalated"


def _last(connection: Connection, tenant: str, case: str, kinds: tuple[str, ...]) -> Note | None:
    columns = [_N[name] for name in Note.__struct_fields__]
    query = select(*columns).where(_N.tenant == tenant, _N.case == case, _N.kind.in_(kinds))
    row = connection.execute(query.order_by(_N.at.desc(), _N.id.desc()).limit(1)).one_or_none()
    return None if row is None else Note(*row)
