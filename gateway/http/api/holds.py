"""Held messages: listed, approved, denied. A second decision is told who was first."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.refusal import Refused, unknown

__all__ = ["ENDPOINTS", "Hold", "HoldDecided", "HoldList", "Holding"]


_PLACE = msgspec.json.Decoder(
    tuple[float, Annotated[str, Meta(pattern="^[^\\x00]*$")], Annotated[int, Meta(ge=0, lt=2**31)]]
)


class Holding(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in the list to begin (`next` of the answer before), and how many are wanted."""

    cursor: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None  # names an id
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Hold(Struct, frozen=True, kw_only=True):
    """A held message. Times are seconds since the epoch; `outcome` None while it waits."""

    id: str
    rev: int
    room: str
    user: str
    name: str = ""
    text: str = ""
    rule: str = ""
    category: str = ""
    created: float
    expires: float
    outcome: Literal["approved", "denied", "expired"] | None = None
    by: str | None = None
    decided: float | None = None


class HoldDecided(Hold, frozen=True, kw_only=True):
    """What stands now; `fresh` False: it had been decided before."""

    fresh: bool


class HoldList(Struct, frozen=True):
    """Open holds, the ones that expire soonest first; `next` None where there are no more."""

    items: list[Hold]
    next: str | None = None


async def list_holds(call: Call) -> HoldList:
    """List open holds of the tenant, the ones that expire soonest first."""
    cursor, limit = call.query.cursor, call.query.limit
    after = None if cursor is None else _place(cursor)
    found = await call.context.list_holds(call.tenant, limit + 1, after)
    items = [_hold(each, Hold) for each in found[:limit]]
    return HoldList(items, _cursor(items[-1]) if len(found) > limit else None)


async def approve_hold(call: Call) -> Answer:
    """Let a held message through."""
    return await _decide(call, "approved")


async def deny_hold(call: Call) -> Answer:
    """Refuse a held message."""
    return await _decide(call, "denied")


async def _decide(call: Call, outcome: Literal["approved", "denied"]) -> Answer:
    by = call.actor.name
    told = await call.context.decide_hold(call.tenant, call.path["id"], call.rev, outcome, by)
    if told is None:
        raise unknown("hold")
    stands = _hold(told, HoldDecided)
    mine = stands.by == by and stands.outcome == outcome
    return Answer(stands, status=200 if mine else 409)


def _hold(told: dict[str, Any], kind: type[Hold]) -> Hold:  # the values of a hold's columns
    return msgspec.convert(told, kind)


def _cursor(hold: Hold) -> str:
    place = msgspec.json.encode((hold.expires, hold.id, hold.rev))
    return urlsafe_b64encode(place).decode().rstrip("=")


def _place(cursor: str) -> tuple[float, str, int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return _PLACE.decode(b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:  # msgspec's and binascii's are ValueErrors
        raise Refused(400, "bad_cursor", "cursor: take `next` of the page before") from error


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/holds",
        "evidence.view",
        "Open holds, soonest to expire first",
        list_holds,
        HoldList,
        query=Holding,
        audits="holds.view",
    ),
    Endpoint(
        "POST",
        "/v1/holds/{id}/{rev}/approve",
        "cases.decide",
        "Let a held message through",
        approve_hold,
        HoldDecided,
        audits="hold.approve",
        also=((409, HoldDecided),),
    ),
    Endpoint(
        "POST",
        "/v1/holds/{id}/{rev}/deny",
        "cases.decide",
        "Refuse a held message",
        deny_hold,
        HoldDecided,
        audits="hold.deny",
        also=((409, HoldDecided),),
    ),
)
