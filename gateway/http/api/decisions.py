"""Decisions: searched, shown, taken back; and what is known of a user."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta, Struct, field

from gateway.chat.reverts import Reverted
from gateway.http.endpoint import Call, Endpoint, Listed
from gateway.http.parts import here
from gateway.refusal import Refused
from gateway.shapes.cases import DecisionPage, DecisionShown, UndoBody, UserView
from seawall.wire import Rev

__all__ = ["ENDPOINTS", "DecisionQuery", "RevertBody"]

_Word = Annotated[str, Meta(min_length=1, max_length=128)]
_Time = Annotated[float, Meta(ge=0, le=1e11)]


class DecisionQuery(Listed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which decisions: `q` is an id, or a piece of the reason somebody gave; times since the epoch.

    `machine`: verdicts alone (true), or people's decisions alone (false).
    """

    q: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    user: _Word | None = None
    room: _Word | None = None
    rule: _Word | None = None
    by: _Word | None = None
    since: _Time | None = field(default=None, name="from")
    until: _Time | None = field(default=None, name="to")
    machine: bool | None = None


class RevertBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is reverted besides the event's id, and why."""

    rev: Rev = 0
    reason: Annotated[str, Meta(max_length=512)] = ""


async def search_decisions(call: Call) -> DecisionPage:
    """Search decisions, the newest first."""
    asked: DecisionQuery = call.query
    return await here(call.parts.deciding).search(
        call.actor,
        q=asked.q,
        user=asked.user,
        room=asked.room,
        rule=asked.rule,
        by=asked.by,
        since=asked.since,
        until=asked.until,
        machine=asked.machine,
        cursor=asked.cursor,
        limit=asked.limit,
    )


async def show_decision(call: Call) -> DecisionShown:
    """Show a decision with its parts."""
    return await here(call.parts.deciding).find(call.actor, call.path["id"])


async def undo_decision(call: Call) -> DecisionShown:
    """Take back exactly what a decision did."""
    body: UndoBody = call.body
    return await here(call.parts.deciding).undo(call.actor, call.path["id"], body.reason)


async def revert(call: Call) -> Reverted:
    """Undo all that the decision on an event did, and nothing that anybody else did."""
    body: RevertBody = call.body
    by, reverts = f"moderator:{call.actor.name}", here(call.context.reverts)
    done = await reverts.revert(
        call.tenant, call.path["event"], body.rev, by, body.reason, time.time()
    )
    if done is None:
        raise Refused(404, "not_found", "no decision on this (event, rev) is recorded here")
    return done


async def show_user(call: Call) -> UserView:
    """Show what is known of a user: strikes, restrictions, what was decided before."""
    return await here(call.parts.deciding).user(call.actor, call.path["user"])


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/decisions",
        "decisions.read",
        "Decisions, the newest first",
        search_decisions,
        DecisionPage,
        query=DecisionQuery,
    ),
    Endpoint(
        "GET",
        "/v1/decisions/{id}",
        "decisions.read",
        "A decision with its parts",
        show_decision,
        DecisionShown,
    ),
    Endpoint(
        "POST",
        "/v1/decisions/{id}/undo",
        "decisions.undo",
        "Take a decision back",
        undo_decision,
        DecisionShown,
        takes=UndoBody,
        audits="decision.undo",
    ),
    Endpoint(
        "POST",
        "/v1/decisions/{event}/revert",
        "decisions.undo",
        "Undo all that a verdict did",
        revert,
        Reverted,
        takes=RevertBody,
        audits="verdict.revert",
    ),
    Endpoint(
        "GET",
        "/v1/users/{user}",
        "cases.read",
        "What is known of a user",
        show_user,
        UserView,
        audits="user.view",
    ),
)
