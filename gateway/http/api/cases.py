"""Cases as they are read: the queues, a page of one, a case with its evidence, what it would do.

Rules:
1. One line of the audit is durable before anything of a case is shown; pages of the queue show no
   evidence and leave none.
2. Text needs `evidence.view` in the case's queue; of a sealed case, or of what may endanger minors,
   `evidence.sealed` too. Who may not see it sees the case without it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint, Listed
from gateway.http.parts import here
from gateway.http.viewing import shown_members, view
from gateway.shapes.cases import CaseLine, CasePage, CaseView, MemberPage, Preview, QueueList

__all__ = ["ENDPOINTS", "CaseQuery", "ChoiceQuery", "line_version", "view_version"]

_Word = Annotated[str, Meta(min_length=1, max_length=128)]


class CaseQuery(Listed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which cases: those of a queue, a priority, a user, a room.

    `mine` are claimed by or assigned to the asker; `fit` those in languages that they read, of what
    they are asked for (their skills).
    """

    state: Literal["open", "ended", "all"] = "open"
    queue: _Word | None = None
    priority: Literal["p0", "p1", "p2", "p3"] | None = None
    mine: bool = False
    fit: bool = False
    user: _Word | None = None
    room: _Word | None = None


class ChoiceQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What would be decided, for how long."""

    choice: Annotated[str, Meta(min_length=1, max_length=64)]
    for_s: Annotated[float, Meta(gt=0, le=366 * 86_400)] | None = None


def line_version(line: CaseLine) -> int:
    """Return a case's version: its ETag."""
    return line.version


def view_version(shown: CaseView) -> int:
    """Return the version of a case that is viewed."""
    return shown.case.version


async def list_queues(call: Call) -> QueueList:
    """List the queues the asker may see, with their numbers."""
    return await here(call.parts.desk).queues(call.actor)


async def list_cases(call: Call) -> CasePage:
    """List cases: open ones by urgency, ended ones the newest first."""
    asked: CaseQuery = call.query
    return await here(call.parts.desk).page(
        call.actor,
        state=asked.state,
        queue=asked.queue,
        priority=asked.priority,
        mine=asked.mine,
        fit=asked.fit,
        user=asked.user,
        room=asked.room,
        cursor=asked.cursor,
        limit=asked.limit,
    )


async def show_case(call: Call) -> CaseView:
    """Show a case with its newest events, their evidence, the room around it, and the choices."""
    return await view(call, call.path["case"])


async def list_members(call: Call) -> MemberPage:
    """List a case's events, the newest first, with their evidence."""
    case = await here(call.parts.desk).find(call.actor, call.path["case"])
    return await shown_members(call, case, call.query.cursor, call.query.limit)


async def preview_choice(call: Call) -> Preview:
    """Say what a choice would hit, before it is made."""
    deciding, asked = here(call.parts.deciding), call.query
    return await deciding.preview(call.actor, call.path["case"], asked.choice, asked.for_s)


_ONE = "/v1/cases/{case}"

ENDPOINTS = (
    Endpoint("GET", "/v1/queues", "cases.read", "Every queue's numbers", list_queues, QueueList),
    Endpoint(
        "GET",
        "/v1/cases",
        "cases.read",
        "Cases: open ones by urgency, ended ones the newest first",
        list_cases,
        CasePage,
        query=CaseQuery,
    ),
    Endpoint(
        "GET",
        _ONE,
        "cases.read",
        "All of one case",
        show_case,
        CaseView,
        version=view_version,
        audits="case.view",
    ),
    Endpoint(
        "GET",
        f"{_ONE}/members",
        "cases.read",
        "A case's events, the newest first",
        list_members,
        MemberPage,
        query=Listed,
        audits="case.members",
    ),
    Endpoint(
        "GET",
        f"{_ONE}/preview",
        "cases.decide",
        "What a choice would hit",
        preview_choice,
        Preview,
        query=ChoiceQuery,
        refuses=(409, 422),
    ),
)
