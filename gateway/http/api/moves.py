"""Moves of a case: claimed, given back, given on, noted, and decided, one or many at once."""

from __future__ import annotations

from msgspec import Struct

from gateway.http.api.cases import line_version
from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.shapes.cases import (
    BulkBody,
    BulkPreview,
    BulkPreviewBody,
    CaseLine,
    DecideBody,
    DecisionShown,
)
from gateway.shapes.moves import AssignBody, EscalateBody, HandOverBody, NoteBody, SecondBody

__all__ = ["ENDPOINTS", "DecisionList"]


class DecisionList(Struct, frozen=True):
    """What was decided, one for each case."""

    items: list[DecisionShown]


async def claim_case(call: Call) -> CaseLine:
    """Take a case, or renew the claim; whoever holds it already is told (409)."""
    return await here(call.parts.desk).claim(call.actor, call.path["case"], call.if_match)


async def release_case(call: Call) -> CaseLine:
    """Give a claimed case back to its queue."""
    return await here(call.parts.desk).release(call.actor, call.path["case"])


async def escalate_case(call: Call) -> CaseLine:
    """Give a case to a lead, with the reason."""
    body: EscalateBody = call.body
    desk = here(call.parts.desk)
    return await desk.escalate(call.actor, call.path["case"], body.reason, body.queue)


async def hand_case_over(call: Call) -> CaseLine:
    """Give a claimed case to somebody, with a word."""
    body: HandOverBody = call.body
    return await here(call.parts.desk).hand_over(call.actor, call.path["case"], body.to, body.text)


async def assign_case(call: Call) -> CaseLine:
    """Say whose a case shall be; nobody's with null."""
    body: AssignBody = call.body
    return await here(call.parts.desk).assign(call.actor, call.path["case"], body.to)


async def ask_second(call: Call) -> CaseLine:
    """Ask for a second opinion."""
    body: SecondBody = call.body
    desk = here(call.parts.desk)
    return await desk.second(call.actor, call.path["case"], body.question, body.choice)


async def write_note(call: Call) -> CaseLine:
    """Write an internal note."""
    body: NoteBody = call.body
    return await here(call.parts.desk).note(call.actor, call.path["case"], body.text)


async def decide_case(call: Call) -> DecisionShown:
    """Decide a case; whoever comes second is told who was first (409)."""
    body: DecideBody = call.body
    return await here(call.parts.deciding).decide(call.actor, call.path["case"], body)


async def preview_bulk(call: Call) -> BulkPreview:
    """Say what one choice would do to many cases."""
    return await here(call.parts.deciding).preview_bulk(call.actor, call.body)


async def decide_bulk(call: Call) -> DecisionList:
    """Make one choice in many cases, as it was previewed."""
    done = await here(call.parts.deciding).decide_bulk(call.actor, call.body)
    return DecisionList(list(done))


_ONE = "/v1/cases/{case}"
_BULK_BYTES = 256 * 1024

ENDPOINTS = (
    Endpoint(
        "POST",
        f"{_ONE}/claim",
        "cases.claim",
        "Take a case, or renew the claim",
        claim_case,
        CaseLine,
        version=line_version,
        if_match="may",
        audits="case.claim",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/release",
        "cases.claim",
        "Give a claimed case back",
        release_case,
        CaseLine,
        version=line_version,
        audits="case.release",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/escalate",
        "cases.claim",
        "Give a case to a lead",
        escalate_case,
        CaseLine,
        takes=EscalateBody,
        version=line_version,
        audits="case.escalate",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/handover",
        "cases.claim",
        "Give a claimed case to somebody",
        hand_case_over,
        CaseLine,
        takes=HandOverBody,
        version=line_version,
        audits="case.handover",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/assign",
        "cases.assign",
        "Say whose a case shall be",
        assign_case,
        CaseLine,
        takes=AssignBody,
        version=line_version,
        audits="case.assign",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/second",
        "cases.claim",
        "Ask for a second opinion",
        ask_second,
        CaseLine,
        takes=SecondBody,
        version=line_version,
        audits="case.second",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/notes",
        "cases.claim",
        "Write an internal note",
        write_note,
        CaseLine,
        takes=NoteBody,
        version=line_version,
        audits="case.note",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/decision",
        "cases.decide",
        "Decide a case",
        decide_case,
        DecisionShown,
        takes=DecideBody,
        audits="case.decide",
    ),
    Endpoint(
        "POST",
        "/v1/cases/bulk/preview",
        "cases.bulk",
        "What one choice would do to many cases",
        preview_bulk,
        BulkPreview,
        takes=BulkPreviewBody,
        changes=False,
        refuses=(404, 422),
        body_bytes=_BULK_BYTES,
    ),
    Endpoint(
        "POST",
        "/v1/cases/bulk",
        "cases.bulk",
        "Make one choice in many cases",
        decide_bulk,
        DecisionList,
        takes=BulkBody,
        audits="cases.bulk",
        refuses=(404,),
        body_bytes=_BULK_BYTES,
    ),
)
