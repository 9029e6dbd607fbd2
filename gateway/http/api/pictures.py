"""Pictures and clips of a case's events. Each view is written down before a byte is given."""

from __future__ import annotations

import asyncio

from gateway.http.api.stills import JPEG, MATROSKA, played
from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.http.parts import here
from gateway.http.viewing import is_sealed, may_open
from gateway.record.clips import Key
from gateway.record.kept import Kept
from gateway.refusal import Refused, forbidden
from seawall.errors import ConfigError

__all__ = ["ENDPOINTS"]

_PAGE = 200
_MOST_PAGES = 25
"""An incident has no more events than this many pages hold that anybody looks at one by one."""


async def member_still(call: Call) -> Answer:
    """Give the JPEG of what an event of a case showed."""
    _, kept = await _member(call)
    if not kept.still:
        raise Refused(404, "not_found", "this event has no still")
    return Answer(kept.still, JPEG)


async def member_clip(call: Call) -> Answer:
    """Give what a stream showed and said before an event of a case, as a Matroska file."""
    key, _ = await _member(call)
    try:
        clip = await asyncio.to_thread(here(call.parts.player).clips.find, key)
    except ConfigError as changed:
        raise Refused(409, "changed", str(changed)) from changed
    return await played(call, key, clip)


async def _member(call: Call) -> tuple[Key, Kept]:
    """Find an event of a case, and what is kept of it. Raises Refused 403, 404, 409."""
    case = await here(call.parts.desk).find(call.actor, call.path["case"])
    key = (call.tenant, call.path["event"], call.rev)
    await _refuse_others(call, case.id)
    try:
        kept = await here(call.parts.evidence).find(key)
    except ConfigError as changed:
        raise Refused(409, "changed", str(changed)) from changed
    if kept is None:
        raise Refused(404, "not_found", "nothing is kept of this event, or no longer")
    sealed = case.sealed or is_sealed(kept.category)
    if not may_open(call.actor, case.queue, sealed):
        raise forbidden("evidence.sealed" if sealed else "evidence.view", case.queue)
    return key, kept


async def _refuse_others(call: Call, case: str) -> None:
    """Raise Refused for an event that is none of this case."""
    desk, wanted, cursor = here(call.parts.desk), (call.path["event"], call.rev), None
    for _ in range(_MOST_PAGES):
        rows, cursor = await desk.members(call.tenant, case, cursor, _PAGE)
        if any((row.event, row.rev) == wanted for row in rows):
            return
        if cursor is None:
            break
    raise Refused(404, "not_found", "no such event in this case")


_OF = "/v1/cases/{case}/members/{event}/{rev}"

ENDPOINTS = (
    Endpoint(
        "GET",
        f"{_OF}/still",
        "evidence.view",
        "The picture of an event of a case",
        member_still,
        JPEG,
        audits="evidence.still",
        refuses=(409,),
    ),
    Endpoint(
        "GET",
        f"{_OF}/clip",
        "evidence.view",
        "The seconds before an event of a case",
        member_clip,
        MATROSKA,
        audits="evidence.clip",
        refuses=(409, 422),
    ),
)
