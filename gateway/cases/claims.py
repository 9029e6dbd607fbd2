"""Whose a case is, and who may not have it: claims, assignments, escalations, second opinions."""

from __future__ import annotations

from gateway.cases.rows import ended
from gateway.refusal import Refused, conflict, forbidden
from gateway.roles import Actor, Permission
from gateway.shapes.cases import CaseLine

__all__ = ["CLAIM_S", "holder", "is_lead", "need", "why_not_decide", "why_not_have", "why_not_see"]

CLAIM_S = 120.0
"""How long a claim holds; claiming again renews it."""
LEAD: Permission = "cases.assign"
"""What makes a lead: the matrix may give it to anybody."""


def holder(line: CaseLine, now: float) -> str:
    """Name who holds a case; '' for nobody, and once the lease has run out."""
    return line.claimed_by if (line.claim_until or 0.0) > now else ""


def is_lead(actor: Actor, line: CaseLine) -> bool:
    """Say whether this person may overrule others in this case's queue."""
    return actor.may(LEAD, line.queue)


def need(actor: Actor, permission: Permission, line: CaseLine) -> None:
    """Raise Refused 403 where this person may not do that with this case."""
    refused = why_not_see(actor, line)
    if refused is None and not actor.may(permission, line.queue):
        refused = forbidden(permission, line.queue)
    if refused is not None:
        raise refused


def why_not_see(actor: Actor, line: CaseLine) -> Refused | None:
    """Return why a person may not look at a case; None when they may."""
    if not actor.may("cases.read", line.queue):
        return forbidden("cases.read", line.queue)
    if line.sealed and not actor.may("evidence.sealed", line.queue):
        return forbidden("evidence.sealed", line.queue)
    return None


def why_not_have(actor: Actor, line: CaseLine, now: float) -> Refused | None:
    """Return why a person may not take a case into their hands; None when they may."""
    refused = ended(line)
    if refused is not None:
        return refused
    held = holder(line, now)
    if held == actor.name:
        return None
    if held:
        return conflict("claimed", f"{held} was first and has claimed it", line)
    if line.asked_by == actor.name:
        return conflict("second", "you asked for a second opinion: somebody else decides", line)
    if line.state == "escalated" and not is_lead(actor, line):
        return Refused(403, "escalated", "it is escalated: a lead decides it", line)
    if line.assigned not in ("", actor.name) and not is_lead(actor, line):
        return conflict("assigned", f"it is assigned to {line.assigned}", line)
    return None


def why_not_decide(actor: Actor, line: CaseLine, now: float) -> Refused | None:
    """Return why a person may not decide a case; None when they may."""
    refused = why_not_see(actor, line)
    if refused is None and not actor.may("cases.decide", line.queue):
        refused = forbidden("cases.decide", line.queue)
    return refused or why_not_have(actor, line, now)
